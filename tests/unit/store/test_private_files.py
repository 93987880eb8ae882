"""The files of a SQLite database, which hold tokens and what people asked, are for the bot's user alone."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store import database as schema
from bot.store.claims import ClaimStore
from bot.store.database import Database


@pytest.fixture(autouse=True, params=[0o022, 0o000], ids=["usual", "open"])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {each.name: oct(stat.S_IMODE(each.stat().st_mode)) for each in folder.iterdir()}


async def modes_in_use(file: Path) -> dict[str, str]:
    """Return the modes of all files while a database is in use."""
    database = Database(f"sqlite+aiosqlite:///{file}")
    try:
        await schema.migrate(database)
        await ClaimStore(database).claim_once("key")
        return modes(file.parent)
    finally:
        await database.dispose()


PRIVATE = dict.fromkeys(("bot.db", "bot.db-wal", "bot.db-shm"), "0o600")


async def test_a_new_database_is_private(tmp_path: Path) -> None:
    assert await modes_in_use(tmp_path / "bot.db") == PRIVATE


async def test_a_database_that_others_could_read_is_not_any_more(tmp_path: Path) -> None:
    await modes_in_use(tmp_path / "bot.db")
    for name in PRIVATE:  # the two beside it are left over where a process was killed
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o666)
    assert await modes_in_use(tmp_path / "bot.db") == PRIVATE


async def test_a_link_to_a_file_elsewhere_is_followed(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", tmp_path / "app"
    data.mkdir()
    folder.mkdir()
    (folder / "bot.db").symlink_to(data / "kept.db")
    await modes_in_use(folder / "bot.db")
    assert modes(data) == {"kept.db": "0o600"}
