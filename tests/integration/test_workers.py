"""Workers on one database: who lives, whose leases are void, and what holds where no lock can be held."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from structlog.testing import capture_logs

from bot.domain.turns import Question, Thread, Turn
from bot.store.claims import ClaimResult, ClaimStore
from bot.store.database import Database
from bot.store.inbox import InboxStore, ReceivedQuestion
from bot.store.turn_queue import TurnQueue
from bot.store.turns import TurnStore
from bot.store.workers import NAMESPACE, LeaseStore, Worker, new_lease

LONG = 600.0
"""Seconds of a lease that does not expire in a test."""

THREAD = Thread("T1", "C1", "10.0")


@asynccontextmanager
async def working(url: str) -> AsyncIterator[Worker]:
    worker = Worker(url)
    async with worker.holding():
        yield worker


async def leased(database: Database, owner: str, number: int = 1) -> Turn:
    """Record a turn whose placeholder a worker is about to post."""
    question = Question(Thread("T1", "C1", f"1{number}.0"), f"1{number}.0", "U1", "how?")
    turn = await TurnStore(database, LONG, lambda: new_lease(owner)).record(question, "service")
    assert turn is not None
    return turn


def worker_files(folder: Path) -> list[Path]:
    return list(folder.glob("bot.db-worker-*"))


async def sweep(database: Database, worker: Worker) -> set[str]:
    """Look for dead workers as a bot does, and void their leases."""
    leases = LeaseStore(database)
    owners = await leases.owners()
    await worker.look()
    died = worker.dead(owners)
    if died:
        await leases.void(died)
    return died


async def sees_dead(database: Database, worker: Worker) -> set[str]:
    async with asyncio.timeout(10):
        while not (died := await sweep(database, worker)):  # noqa: ASYNC110 (a database tells nobody)
            await asyncio.sleep(0.2)
    return died


async def test_the_leases_of_a_worker_that_died_are_void_and_no_others(
    database: Database, database_url: str
) -> None:
    async with working(database_url) as watching, working(database_url) as living:
        async with working(database_url) as dying:
            assert len({watching.owner, living.owner, dying.owner, ""}) == 4
            turns = [
                await leased(database, owner, number)
                for number, owner in enumerate((watching.owner, living.owner, dying.owner, ""))
            ]
            received = ReceivedQuestion(
                Question(THREAD, "10.0", "U1", "how?"), unprompted=False, received_at=1
            )
            await InboxStore(database, lambda: dying.owner).write([received], ())
            assert await sweep(database, watching) == set()
        assert await sees_dead(database, watching) == {dying.id}
        queue = TurnQueue(database)
        assert [each.id for each in await queue.find_abandoned()] == [turns[2].id]
        assert [each.key for each in await InboxStore(database).take_abandoned()] == [received.key]
        assert [(await queue.claim_unplaced(each.id)) is not None for each in turns] == [
            False,
            False,
            True,
            False,
        ]


async def test_a_worker_that_lives_after_all_keeps_what_nobody_took_up(
    database: Database, database_url: str
) -> None:
    async with working(database_url) as worker:
        turn = await leased(database, worker.owner)
        await LeaseStore(database).void({worker.id})
        queue = TurnQueue(database, LONG)
        _, renewed = await queue.renew_leases([turn])
        assert renewed == {turn.lease}
        assert await queue.claim_unplaced(turn.id) is None
        await LeaseStore(database).void({worker.id})
        assert await queue.claim_unplaced(turn.id) is not None
        assert (await queue.renew_leases([turn]))[1] == set()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_beside_a_file_who_is_alone_waits_for_nothing(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    claims, leases = ClaimStore(database), LeaseStore(database)
    assert await claims.try_begin("press") is ClaimResult.CLAIMED
    assert await claims.claim_once("for good")
    left = tmp_path / "bot.db-worker-0badcafe"  # as a killed process leaves it
    left.touch()
    async with working(database_url) as first:
        assert first.is_alone
        assert not left.exists()
        await leases.void_short()
        assert await claims.try_begin("press") is ClaimResult.CLAIMED
        assert not await claims.claim_once("for good")
        async with working(database_url) as second:
            assert not second.is_alone
            await first.look()
            assert not first.is_alone
        await first.look()
        assert first.is_alone
    assert worker_files(tmp_path) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_lock_whose_file_was_removed_is_taken_again(database_url: str, tmp_path: Path) -> None:
    async with working(database_url) as worker, working(database_url) as other:
        file = tmp_path / f"bot.db-worker-{worker.id}"
        file.unlink()
        await worker.look()
        assert file.exists()
        assert (file.stat().st_mode & 0o777) == 0o600
        await other.look()
        assert other.dead({worker.id}) == set()


async def test_a_folder_that_may_not_be_written_to_is_told_once(tmp_path: Path) -> None:
    worker = Worker(f"sqlite+aiosqlite:///{tmp_path / 'nowhere' / 'bot.db'}")
    with capture_logs() as logs:
        await worker.look()
        await worker.look()
    assert worker.owner == ""
    assert worker.dead({"0badcafe"}) == set()
    assert [(each["event"], each["setting"]) for each in logs] == [("worker.lock_failed", "DATABASE_URL")]


async def end_session(database: Database, worker: Worker) -> None:
    """End the session that holds a worker's lock, as a network or an administrator does."""
    async with database.engine.connect() as connection:
        ended = await connection.scalar(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                " AND classid = :namespace AND objid = :key"
            ),
            {"namespace": NAMESPACE, "key": int(worker.id, 16)},
        )
    assert ended


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_lost_connection_is_no_death(database: Database, database_url: str) -> None:
    async with working(database_url) as worker, working(database_url) as other:
        await leased(database, worker.owner)
        with capture_logs() as logs:
            await end_session(database, worker)
            for _ in range(25):  # longer than a lock has to be free
                assert await sweep(database, other) == set()
                await asyncio.sleep(0.2)
        assert [each["event"] for each in logs if each["log_level"] == "warning"] == ["worker.lock_failed"]
        assert worker.owner == worker.id


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_after_an_outage_others_get_time_to_connect_again(
    database: Database, database_url: str
) -> None:
    async with working(database_url) as worker:
        await leased(database, "0badcafe")
        assert await sees_dead(database, worker) == {"0badcafe"}
        await leased(database, "0badcafe", 2)
        await end_session(database, worker)
        await worker.look()
        for _ in range(20):  # longer than a lock has to be free at other times
            assert await sweep(database, worker) == set()
            await asyncio.sleep(0.2)
        assert await sees_dead(database, worker) == {"0badcafe"}


@asynccontextmanager
async def pooled(url: str) -> AsyncIterator[str]:
    """Stand between a client and PostgreSQL, and tell clients a process id that is not their backend's."""
    folder = make_url(url).query["host"]

    async def relay(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65_536):
                at = data.find(b"K" + struct.pack("!i", 12))
                if at >= 0:
                    data = data[: at + 5] + struct.pack("!i", 7) + data[at + 9 :]
                target.write(data)
                await target.drain()
        target.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, ahead = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.5432")
        await asyncio.gather(relay(reader, ahead), relay(behind, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield f"postgresql+asyncpg://postgres@127.0.0.1:{port}/{make_url(url).database}?ssl=disable"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_behind_a_pooler_leases_expire_by_time(database: Database, database_url: str) -> None:
    async with pooled(database_url) as url, working(database_url) as other:
        with capture_logs() as logs:
            async with working(url) as worker:
                await worker.look()
                assert worker.owner == ""
                turn = await leased(database, worker.owner)
                assert await sweep(database, other) == set()
                await asyncio.sleep(4)
                assert await sweep(database, other) == set()
                assert worker.dead({other.id}) == set()
        assert [(each["event"], each["setting"]) for each in logs] == [
            ("worker.lock_unavailable", "DATABASE_URL")
        ]
        assert "." not in (turn.lease or "")
