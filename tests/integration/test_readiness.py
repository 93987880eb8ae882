"""Whether a bot is ready, and what it says where it is not."""

import asyncio
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import Connection, event

from bot.checks.findings import Grade
from bot.checks.local import NEEDED_ROOM, database_in_use, revision
from bot.demo.workspace.faults import Fault
from bot.store import database as schema
from bot.store.database import Database
from tests.house import House, house


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let this process write no file beyond a size, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def only_reading(connection: Connection) -> None:
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def only_querying(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA query_only = ON")


async def readiness(home: House) -> tuple[int, dict[str, Any]]:
    address = (home.workspace.app.request_url or "").replace("/slack/events", "/readyz")
    async with aiohttp.ClientSession() as http, http.get(address) as answer:
        return answer.status, await answer.json()


async def test_a_bot_is_ready_as_long_as_slack_accepts_its_token(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        assert home.bot.token_check is not None
        home.bot.token_check.seconds = 0
        assert await readiness(home) == (200, {"status": "ready", "reasons": []})
        home.workspace.faults.add(Fault("auth.test", status=503))
        status, body = await readiness(home)
        assert (status, len(body["reasons"])) == (503, 1)
        assert body["reasons"][0].startswith("SLACK_API_URL: ")
        home.workspace.app.revoke()
        _, body = await readiness(home)
        assert body["reasons"][0].startswith("SLACK_BOT_TOKEN: Slack does not accept it")


async def test_slack_is_asked_once_for_all_who_ask_within_some_seconds(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        counted = home.workspace.faults.add(Fault("auth.test", times=None, delay=0.1))
        found = await asyncio.gather(*(readiness(home) for _ in range(50)))
        assert {status for status, _ in found} == {200}
        for _ in range(10):
            await readiness(home)
        assert counted.struck == 1


async def test_a_database_file_that_is_deleted_or_replaced_is_noticed_at_once(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        assert (await readiness(home))[0] == 200
        moved = (tmp_path / "bot.db").rename(tmp_path / "moved.db")
        status, body = await readiness(home)
        (reason,) = body["reasons"]
        assert (status, reason.startswith("DATABASE_URL: bot.db was deleted")) == (503, True)
        shutil.copy(moved, tmp_path / "bot.db")
        assert (await readiness(home))[1]["reasons"] == [reason]
        moved.replace(tmp_path / "bot.db")
        assert (await readiness(home))[0] == 200
        (tmp_path / "bot.db-wal").unlink()
        assert "bot.db-wal was deleted" in (await readiness(home))[1]["reasons"][0]


async def test_a_disk_without_room_is_noticed_and_so_is_room_again(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.bot.database_check.seconds = 0
        assert (await readiness(home))[0] == 200
        with largest_file(NEEDED_ROOM // 2):
            status, body = await readiness(home)
        assert status == 503
        assert body["reasons"][0].startswith("DATABASE_URL: the database cannot be written to (")
        assert "make room on its disk" in body["reasons"][0]
        assert (await readiness(home))[0] == 200


async def test_a_database_that_only_reads_is_noticed(database: Database) -> None:
    assert (await database_in_use(database)).grade is Grade.OK
    end_writing = only_reading if database.file is None else only_querying
    event.listen(database.engine.sync_engine, "begin", end_writing)
    found = await database_in_use(database)
    assert found.grade is Grade.FAIL
    assert "cannot be written to" in found.message


async def test_a_database_is_empty_behind_at_head_or_ahead(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    try:
        assert "is empty; run python -m bot migrate" in (await revision(database)).text
        await schema.migrate(database, "0001")
        behind = await revision(database)
        assert (behind.grade, behind.fix) == (Grade.FAIL, "run python -m bot migrate")
        assert "at 0001, not at" in behind.message
        await schema.migrate(database)
        assert (await revision(database)).grade is Grade.OK
        async with database.engine.begin() as connection:
            await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        ahead = await revision(database)
        assert (ahead.grade, ahead.fix) == (Grade.FAIL, "run the bot's newer version")
    finally:
        await database.dispose()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("@/postgres", "@/nothere"), "InvalidCatalogNameError"),
        (("?", "?pgbouncer=true&"), "TypeError"),
        (("postgres@", "nobody:a-password@"), "InvalidAuthorizationSpecificationError"),
    ],
)
async def test_a_database_that_lets_nobody_in_says_why_without_the_password(
    postgres: str, change: tuple[str, str], reason: str
) -> None:
    database = Database(postgres.replace(*change))
    try:
        found = await revision(database)
    finally:
        await database.dispose()
    assert found.grade is Grade.FAIL
    assert f"({reason})" in found.message
    assert "password" not in found.text
