"""What every kind of test may ask for."""

import gc
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.database import Database
from tests import databases

# Compiled code is kept, also where the environment says otherwise: workers and bots start in half the time.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

gc.disable()  # until everything is loaded


def pytest_xdist_auto_num_workers() -> int:
    """Return how many tests run at once: most of the time of one is waiting."""
    return 4 * (os.cpu_count() or 1)


LONGEST = (
    "test_replicas.py",
    "test_sockets_in_trouble.py",
    "test_installed_from_a_wheel.py",
    "test_bench.py",
    "test_page_in_a_browser.py",
    "test_any_text_is_read_in_linear_time.py",
    "test_limits.py",
)
WITH_SERVERS = ("acceptance", "integration")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests, and mix those that start processes with those that mostly wait.

    None is left to run alone at the end, and the processors have something to do all the time.
    """
    folders = [item.path.relative_to(Path(__file__).parent).parts[0] for item in items]
    sizes, seen = Counter(folders), Counter[str]()
    order: dict[str, tuple[int, float]] = {}
    for item, folder in zip(items, folders, strict=True):
        seen[folder] += 1
        if item.path.name in LONGEST:
            order[item.nodeid] = (0, LONGEST.index(item.path.name))
        elif folder in WITH_SERVERS:
            order[item.nodeid] = (1, seen[folder] / sizes[folder])
        else:
            order[item.nodeid] = (2, 0)
    items.sort(key=lambda item: order[item.nodeid])


def pytest_collection_finish() -> None:
    """Leave what is loaded by now out of garbage collection: looking through it took a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(100_000, 50, 50)


def pytest_configure(config: pytest.Config) -> None:
    """Prepare what the databases of all tests share."""
    databases.choose_postgres_folder()
    databases.compile_statements_once()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the PostgreSQL in the process that outlives all workers."""
    if not hasattr(config, "workerinput"):
        databases.remove_postgres()


@pytest.fixture
def postgres() -> str:
    """Start a real PostgreSQL and give its URL for asyncpg."""
    return databases.start_postgres()


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """Give the URL of a database without a table, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}"
        return
    async with databases.postgres_database(migrated=False) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """Give the URL of a database at head, once of each kind."""
    if request.param == "sqlite":
        await databases.place_migrated_sqlite(tmp_path / "bot.db")
        yield f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}"
        return
    async with databases.postgres_database(migrated=True) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Give a database at head."""
    database = Database(database_url)
    yield database
    await database.dispose()
