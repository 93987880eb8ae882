"""Which workers live: each holds a lock as long as its process, and the system frees that of one that dies.

The leases of a dead worker are void at once. Where no lock can be held, leases expire by time alone, and so
do those of a host that vanished, whose database may believe in its connection for hours.
"""

import asyncio
import fcntl
import os
import secrets
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, time
from typing import Protocol
from uuid import uuid4

import structlog
from sqlalchemy import NullPool, make_url, or_, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlmodel import col, select

from bot.domain.turns import UNFINISHED_STATES
from bot.store.database import Database
from bot.store.tables import AccountRow, ClaimRow, InstallationRow, ReceivedRow, TurnRow

log = structlog.get_logger(__name__)

VOID = 1.0
"""What `leased_until` becomes when its worker died; 0 says that a worker gave the lease back."""

LOOK_INTERVAL = 1.0  # seconds between looks whether the lock is still held
LOOK_TIMEOUT = 3.0  # seconds for taking the lock and for seeing which ones are held
RECONNECT_GRACE = 6.0  # seconds after an outage of the database in which the other workers connect again


class Locks(Protocol):
    """The locks of all workers on one database.

    A worker counts as dead when its lock is free for `patience` seconds.
    """

    patience: float

    async def look(self, worker: str) -> frozenset[str] | None:
        """Hold the lock of `worker`, and return the workers whose locks are held; None where none can be."""

    async def close(self) -> None:
        """Free the lock."""


class FileLocks:
    """A locked file for each worker beside a SQLite database."""

    patience = 0.0

    def __init__(self, database: Path) -> None:
        self._database = database
        self._held: int | None = None
        self._path = database

    async def look(self, worker: str) -> frozenset[str] | None:
        """Do as Locks says, and remove the files of dead workers."""
        prefix = f"{self._database.name}-worker-"
        own = self._database.with_name(f"{prefix}{worker}")
        if self._held is None or not _is_file(self._held, own):
            await self.close()
            self._held, self._path = _locked(own, os.O_CREAT), own
        if self._held is None:
            return None
        live = {worker}
        for each in self._database.parent.glob(f"{prefix}*"):
            if each == own:
                continue
            if (free := _locked(each)) is not None:
                each.unlink(missing_ok=True)
                os.close(free)
            elif each.exists():
                live.add(each.name.removeprefix(prefix))
        return frozenset(live)

    async def close(self) -> None:
        """Remove the file, which frees its lock."""
        if self._held is not None:
            if _is_file(self._held, self._path):
                self._path.unlink(missing_ok=True)
            os.close(self._held)
            self._held = None


def _locked(path: Path, flags: int = 0) -> int | None:
    """Return a descriptor that holds the lock of a file; None where it is held, or the file is not there."""
    try:
        descriptor = os.open(path, os.O_RDWR | flags, 0o600)
    except FileNotFoundError:
        if flags & os.O_CREAT:
            raise
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    if _is_file(descriptor, path):
        return descriptor
    os.close(descriptor)  # another worker, which saw it before it was locked, has removed it
    return None


def _is_file(descriptor: int, path: Path) -> bool:
    """Return whether an open file is still the one that has the name `path`."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


NAMESPACE = 0x50495048  # "PIPH": the first key of the advisory locks, so that they are not another program's

_LOCKS = text(
    "SELECT CAST(objid AS bigint) AS key, pid, pg_backend_pid() AS own FROM pg_locks"
    " WHERE locktype = 'advisory' AND objsubid = 2 AND classid = :namespace AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " UNION ALL SELECT -1, 0, pg_backend_pid()"
)
_TAKE = text("SELECT pg_try_advisory_lock(:namespace, :key)")


class SessionLocks:
    """An advisory lock for each worker in PostgreSQL, held by a connection of its own."""

    # Longer than a worker takes to see that its connection broke and to take its lock in another one.
    patience = 3.0  # a worker whose connection broke takes its lock in another one sooner

    def __init__(self, url: str) -> None:
        self._engine = create_async_engine(
            url, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True
        )
        self._connection: AsyncConnection | None = None
        self._backend = 0
        self._is_pooled = False

    async def look(self, worker: str) -> frozenset[str] | None:
        """Do as Locks says; None as well behind a pooler, where a session's lock is not a client's."""
        if self._is_pooled:
            return None
        try:
            async with asyncio.timeout(LOOK_TIMEOUT):
                return await self._look(int(worker, 16))
        except BaseException:
            await self.close()
            raise

    async def _look(self, key: int) -> frozenset[str] | None:
        if self._connection is None:
            self._connection = await self._engine.connect()
            driver = (await self._connection.get_raw_connection()).driver_connection
            self._backend = driver.get_server_pid() if driver is not None else 0
        rows = (await self._connection.execute(_LOCKS, {"namespace": NAMESPACE})).all()
        if rows[0].own != self._backend:  # a pooler tells its clients an id of its own
            self._is_pooled = True
            log.warning(
                "worker.lock_unavailable",
                setting="DATABASE_URL",
                fix="name PostgreSQL itself and no pooler, so that the work of a process that died is taken "
                "up within seconds; until then that takes LEASE_SECONDS",
            )
            await self.close()
            return None
        if not any((row.key, row.pid) == (key, self._backend) for row in rows):
            await self._connection.execute(_TAKE, {"namespace": NAMESPACE, "key": key})
        return frozenset(f"{row.key:08x}" for row in rows if row.pid) | {f"{key:08x}"}

    async def close(self) -> None:
        """Close the connection, which frees the lock, without waiting for a database that is away."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                async with asyncio.timeout(LOOK_TIMEOUT):
                    await connection.invalidate()
                    await connection.close()
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.info("worker.connection_lost", error=type(error).__name__)


class Worker:
    """What this process is as a worker: the owner of its leases, and which other workers died."""

    def __init__(self, url: str) -> None:
        """Work on the database at `url`."""
        parsed = make_url(url)
        self.id = f"{secrets.randbits(31):08x}"
        self._locks: Locks | None = None
        if parsed.get_backend_name() != "sqlite":
            self._locks = SessionLocks(url)
        elif parsed.database and parsed.database != ":memory:":
            self._locks = FileLocks(Path(parsed.database).resolve())
        self._live: frozenset[str] | None = None
        self._free_since: dict[str, float] = {}
        self._trusts_from = 0.0
        self._has_failed = False
        self._looking = asyncio.Lock()

    @asynccontextmanager
    async def holding(self) -> AsyncIterator[None]:
        """Hold the lock while the block runs; what is still held then can be taken up by others at once."""
        await self.look()
        keeping = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.wait({keeping})
            self._live = None
            if self._locks is not None:
                await self._locks.close()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(LOOK_INTERVAL)
            await self.look()

    @property
    def owner(self) -> str:
        """The owner of new leases: this worker while it holds its lock, and none while it cannot."""
        return self.id if self._live is not None else ""

    @property
    def is_alone(self) -> bool:
        """Whether it is known that no other process works on the database."""
        return isinstance(self._locks, FileLocks) and self._live == frozenset({self.id})

    async def look(self) -> None:
        """Hold this worker's lock, and see which workers hold theirs."""
        if self._locks is None:
            return
        async with self._looking:
            await self._look(self._locks)

    async def _look(self, locks: Locks) -> None:
        try:
            self._live = await locks.look(self.id)
        except Exception as error:  # noqa: BLE001 (whatever the driver raises: the next look may come through)
            self._live = None
            if not self._has_failed:
                log.warning(
                    "worker.lock_failed",
                    setting="DATABASE_URL",
                    fix="check that the database runs, or that its folder may be written to; until then the "
                    "work of a process that died is taken up after LEASE_SECONDS",
                    error=type(error).__name__,
                )
            self._has_failed = True
            return
        if self._has_failed:
            # The others lost their connections in the same outage, and have to take their locks again.
            self._has_failed, self._trusts_from = False, monotonic() + RECONNECT_GRACE
            self._free_since.clear()

    def dead(self, known: Collection[str]) -> set[str]:
        """Return which of the `known` workers are dead; none where that is not certain.

        They have to be known before the last look: a lock is taken before the first lease.
        """
        if self._locks is None or self._live is None or monotonic() < self._trusts_from:
            self._free_since.clear()
            return set()
        now, live = monotonic(), self._live
        self._free_since = {each: self._free_since.get(each, now) for each in known if each not in live}
        patience = self._locks.patience
        return {each for each, since in self._free_since.items() if now - since >= patience}


def new_lease(owner: str = "") -> str:
    """Return a new name for a lease of the worker `owner`, or of one that holds no lock."""
    return f"{owner}.{uuid4().hex}" if owner else uuid4().hex


@dataclass(frozen=True, slots=True)
class LeaseStore:
    """The leases of all workers."""

    database: Database

    async def owners(self) -> set[str]:
        """Return the workers whose leases have not expired."""
        now = time()
        turns = select(TurnRow.lease).where(
            col(TurnRow.state).in_(UNFINISHED_STATES), col(TurnRow.leased_until) > now
        )
        received = select(ReceivedRow.worker).where(
            col(ReceivedRow.leased_until) > now, col(ReceivedRow.worker).is_not(None)
        )
        async with self.database.transaction() as session:
            leases = [each for each in await session.exec(turns) if each and "." in each]
            workers = [each for each in await session.exec(received.distinct()) if each]
        return {each.partition(".")[0] for each in leases} | set(workers)

    async def void(self, owners: Collection[str]) -> None:
        """Let the leases of dead workers expire; one that lives after all renews what is not taken up yet."""
        of_turns = or_(*(col(TurnRow.lease).startswith(f"{each}.") for each in owners))
        async with self.database.transaction() as session:
            await session.exec(
                update(TurnRow)
                .where(col(TurnRow.state).in_(UNFINISHED_STATES), col(TurnRow.leased_until) > VOID, of_turns)
                .values(leased_until=VOID)
            )
            await session.exec(
                update(ReceivedRow).where(col(ReceivedRow.worker).in_(owners)).values(leased_until=VOID)
            )

    async def void_short(self) -> None:
        """Let expire what a process holds for moments, where it is known that no other one runs."""
        async with self.database.transaction() as session:
            await session.exec(update(ClaimRow).where(col(ClaimRow.until) > VOID).values(until=VOID))
            for table in (AccountRow, InstallationRow):
                renewing = col(table.refreshing_until) > VOID
                await session.exec(update(table).where(renewing).values(refreshing_until=0))
