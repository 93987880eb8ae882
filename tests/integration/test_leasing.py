import asyncio

import pytest

from bot.domain.turns import Question, Thread, Turn
from bot.flows.answers.worker import TurnLeases
from bot.store.database import Database
from bot.store.tables import TurnRow
from bot.store.turn_queue import TurnQueue
from bot.store.turns import LEASE_SECONDS, TurnStore
from bot.tasks import finish_even_if_cancelled


async def running(database: Database, number: int) -> Turn:
    thread = Thread("T1", "C1", f"10.00000{number}")
    recorded = await TurnStore(database).record(Question(thread, thread.ts, "U1", "how?"), "service")
    assert recorded is not None
    queue = TurnQueue(database)
    await queue.placeholder_posted(recorded, f"20.00000{number}")
    turn = await queue.claim(thread, "service")
    assert turn is not None
    return turn


async def until(database: Database, turn: Turn) -> float:
    async with database.transaction() as session:
        return (await session.get_one(TurnRow, turn.id)).leased_until


async def renewed(database: Database, turn: Turn, before: float) -> float:
    async with asyncio.timeout(LEASE_SECONDS):
        while (now := await until(database, turn)) == before:  # noqa: ASYNC110 (a database tells nobody)
            await asyncio.sleep(0.02)
    return now


async def test_what_is_worked_on_stays_leased_and_what_is_left_does_not(database: Database) -> None:
    queue = TurnQueue(database)
    leases = TurnLeases(TurnQueue(database), 0.05)
    first, second = await running(database, 1), await running(database, 2)
    begun = [await until(database, each) for each in (first, second)]
    async with leases.hold(first):
        async with leases.hold(second):
            assert await renewed(database, first, begun[0]) > begun[0]
            assert await renewed(database, second, begun[1]) > begun[1]
        now = await until(database, first)
        assert await renewed(database, first, now) > now
        assert [each.id for each in await queue.find_abandoned()] == [second.id]
    assert {each.id for each in await queue.find_abandoned()} == {first.id, second.id}


async def test_a_database_that_was_away_is_told_at_the_next_beat(database: Database) -> None:
    turn = await running(database, 1)
    begun = await until(database, turn)
    async with TurnLeases(TurnQueue(database), 0.05).hold(turn):
        async with database.engine.begin() as connection:
            await connection.exec_driver_sql("ALTER TABLE turns RENAME TO elsewhere")
        await asyncio.sleep(0.2)
        async with database.engine.begin() as connection:
            await connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO turns")
        assert await renewed(database, turn, begun) > begun


async def test_what_should_not_be_cut_is_cut_when_it_takes_too_long() -> None:
    begun, cut = asyncio.Event(), asyncio.Event()

    async def endless() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cut.set()

    task = asyncio.create_task(finish_even_if_cancelled(endless(), patience=0.05))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cut.is_set()
