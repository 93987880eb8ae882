"""The database: one engine, short transactions, and its schema's revision."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from bot.domain.errors import RecordErased
from bot.tasks import finish_even_if_cancelled

log = structlog.get_logger(__name__)

Row = TypeVar("Row", bound=SQLModel)
Found = TypeVar("Found")
Method = TypeVar("Method", bound=Callable[..., Coroutine[Any, Any, Any]])

BUSY_TIMEOUT = 10_000  # milliseconds a SQLite writer waits for another one
POOL_SIZE = 15  # connections to PostgreSQL at once


def _finished_even_if_cancelled(method: Method) -> Method:
    @wraps(method)
    async def finished(*args: object, **options: object) -> object:
        return await finish_even_if_cancelled(method(*args, **options))

    return cast(Method, finished)


class Session(AsyncSession):
    """A session whose calls end before a cancellation goes on.

    When a call is cut, SQLAlchemy gives up its connection with the transaction open, and the file stays
    locked until that connection is collected as garbage.
    """

    exec = _finished_even_if_cancelled(AsyncSession.exec)
    get = _finished_even_if_cancelled(AsyncSession.get)
    get_one = _finished_even_if_cancelled(AsyncSession.get_one)
    merge = _finished_even_if_cancelled(AsyncSession.merge)
    delete = _finished_even_if_cancelled(AsyncSession.delete)
    commit = _finished_even_if_cancelled(AsyncSession.commit)
    close = _finished_even_if_cancelled(AsyncSession.close)


class PriorityLine:
    """Lets some in at a time, first those who are urgent, then in the order in which they came."""

    def __init__(self, size: int) -> None:
        """Let `size` in at once."""
        self._free = size
        self._urgent = deque[asyncio.Future[None]]()
        self._others = deque[asyncio.Future[None]]()

    @asynccontextmanager
    async def place(self, *, urgent: bool = False) -> AsyncIterator[None]:
        """Wait for a place and keep it while the block runs."""
        if self._free:
            self._free -= 1
        else:
            turn = asyncio.get_running_loop().create_future()
            (self._urgent if urgent else self._others).append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._give_up_place()
                raise
        try:
            yield
        finally:
            self._give_up_place()

    def _give_up_place(self) -> None:
        for line in (self._urgent, self._others):
            while line:
                turn = line.popleft()
                if not turn.done():
                    turn.set_result(None)
                    return
        self._free += 1


class Database:
    """The engine; rows stay readable after their transaction, and nothing is loaded lazily."""

    def __init__(self, url: str) -> None:
        self.url = url
        # SQLite has one writer at a time: further connections would only wait for it, in no order.
        parsed = make_url(url)
        size = 1 if (is_sqlite := parsed.get_backend_name() == "sqlite") else POOL_SIZE
        name = parsed.database if is_sqlite else None
        self.file = None if not name or name.startswith("file:") else Path(name).resolve()
        self._line = PriorityLine(size)
        self.engine = create_async_engine(
            url, pool_size=size, max_overflow=0, pool_pre_ping=not is_sqlite, hide_parameters=True
        )
        self._identities: dict[Path, tuple[int, int]] = {}
        if not is_sqlite:
            return
        event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(self.engine.sync_engine, "connect", self._identify_files)
        event.listen(self.engine.sync_engine, "begin", _begin_immediate)

    @asynccontextmanager
    async def transaction(self, *, urgent: bool = False) -> AsyncIterator[Session]:
        """Open a transaction, an `urgent` one before all that wait for a connection.

        Raises RecordErased where a row that the block requires does not exist.
        """
        async with self._line.place(urgent=urgent):
            session = Session(self.engine, expire_on_commit=False)
            try:
                yield session
                await session.commit()
            except NoResultFound as error:
                raise RecordErased("a row is gone") from error
            finally:
                await session.close()

    @asynccontextmanager
    async def locked(self, table: type[Row], key: object) -> AsyncIterator[Row | None]:
        """Open a transaction with the row of a primary key, locked until its end, or None."""
        async with self.transaction() as session:
            yield await session.get(table, key, with_for_update=True)

    @asynccontextmanager
    async def existing(self, table: type[Row], key: object) -> AsyncIterator[Row]:
        """Do as `locked` with a row that has to exist. Raises RecordErased."""
        async with self.transaction() as session:
            yield await session.get_one(table, key, with_for_update=True)

    async def get(self, table: type[Row], key: object) -> Row | None:
        """Return the row with a primary key, read in a transaction of its own."""
        async with self.transaction() as session:
            return await session.get(table, key)

    async def all(self, selected: SelectOfScalar[Found]) -> Sequence[Found]:
        """Return everything that is selected, read in a transaction of its own."""
        async with self.transaction() as session:
            return (await session.exec(selected)).all()

    async def first(self, selected: SelectOfScalar[Found]) -> Found | None:
        """Return the first of what is selected, read in a transaction of its own."""
        async with self.transaction() as session:
            return (await session.exec(selected.limit(1))).first()

    def lost_files(self) -> list[str]:
        """Return the files that were deleted or replaced while they are open.

        SQLite goes on with the deleted ones, and all that is written is gone when they are closed.
        """
        lost = []
        for path in _sqlite_files(self.file) if self.file else ():
            try:
                status = path.stat()
                found = (status.st_dev, status.st_ino)
            except OSError:
                found = None
            known = self._identities.get(path)
            if known is None and found is not None:
                self._identities[path] = found
            elif known != found:
                lost.append(path.name)
        return lost

    def _identify_files(self, *_connection: object) -> None:
        self._identities.clear()
        self.lost_files()

    async def dispose(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


async def insert_if_absent(session: Session, row: SQLModel) -> bool:
    """Insert `row` unless one with the same key exists; return whether it was inserted."""
    return await insert_all_if_absent(session, [row]) == 1


async def insert_all_if_absent(session: Session, rows: Sequence[SQLModel]) -> int:
    """Insert those `rows` of one table whose key does not exist; return how many they were."""
    if not rows:
        return 0
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = [row.model_dump() for row in rows]
    inserted = await session.exec(insert(type(rows[0])).values(values).on_conflict_do_nothing())
    return inserted.rowcount


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # Otherwise the driver begins transactions itself, and only at the first write.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    # In SQLite a transaction that has read cannot wait for another writer before its own first write;
    # with the write lock taken at the start, what a transaction has read stays true.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "bot:store/migrations")
    return config


def newest_revision() -> str | None:
    """Return the newest revision this code knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def knows_revision(revision: str) -> bool:
    """Return whether this code has a revision."""
    return any(each.revision == revision for each in ScriptDirectory.from_config(_config()).walk_revisions())


async def current_revision(database: Database) -> str | None:
    """Return the revision the database is at, or None if it is empty."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(
            lambda synchronous: MigrationContext.configure(synchronous).get_current_revision()
        )


PRIVATE = 0o600  # read and written by the user of the bot alone


def make_private(file: Path) -> None:
    """Let no other user read a SQLite file, which is made where there is none, nor those beside it."""
    # To open and close one that exists would give up the locks that this process has on it.
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE))
    for each in _sqlite_files(file):
        try:
            each.chmod(PRIVATE)
        except FileNotFoundError:  # SQLite makes those beside it with the mode of the first
            continue
        except PermissionError:
            log.warning(
                "database.not_private",
                file=each.name,
                setting="DATABASE_URL",
                fix="let the user of the bot own the file, so that no other one can read it",
            )


def _sqlite_files(file: Path) -> tuple[Path, ...]:
    return tuple(file.with_name(f"{file.name}{suffix}") for suffix in ("", "-wal", "-shm"))


async def migrate(database: Database, revision: str = "head") -> None:
    """Bring the database to `revision`, upward only; a SQLite file is made private first."""
    if database.file is not None:
        make_private(database.file)

    def upgrade(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    async with database.engine.begin() as connection:
        await connection.run_sync(upgrade)
