"""What the store keeps of wishes, of the line of a thread, and of deliveries."""

import asyncio
import time
from dataclasses import replace

from sqlmodel import update

from bot.domain.turns import ShownMessages, Turn, TurnState
from bot.store.claims import ClaimResult, ClaimStore
from bot.store.database import Database
from bot.store.tables import ClaimRow
from bot.store.turn_queue import TurnQueue
from bot.store.turns import TurnStore
from tests.integration.test_store import THREAD, claimed, placed, question


async def ahead(queue: TurnQueue, turn: Turn) -> int:
    placed = await queue.assign_position(turn)
    assert placed is not None
    return placed.questions_ahead


async def test_a_wish_to_stop_is_kept_for_whoever_works_on_the_turn(database: Database) -> None:
    turns = TurnStore(database)
    id_ = await placed(database, 1)
    assert not await turns.request_stop(id_, "U2")
    await claimed(database)
    assert await turns.request_stop(id_, "U2")
    assert await turns.request_stop(id_, "U3")
    assert await turns.stop_requests([id_, "another"]) == {id_: "U2"}


async def test_an_abandoned_turn_comes_with_the_wish_to_stop_it_and_its_end_erases_it(
    database: Database,
) -> None:
    turns, queue = TurnStore(database), TurnQueue(database)
    id_ = await placed(database, 1)
    await queue.release(await claimed(database))
    await turns.request_stop(id_, "U2")
    turn = await claimed(database)
    assert turn.stop_requested_by == "U2"
    await queue.finish(turn, TurnState.STOPPED)
    assert not await turns.request_stop(id_, "U3")
    assert await turns.reopen_stopped(id_)
    assert (await claimed(database)).stop_requested_by is None


async def test_a_turn_knows_whether_somebody_else_worked_on_it(database: Database) -> None:
    turns, queue = TurnStore(database), TurnQueue(database)
    id_ = await placed(database, 1)
    first = await claimed(database)
    await queue.release(first)
    second = await claimed(database)
    assert (first.resumed, second.resumed) == (False, True)
    await queue.finish(second, TurnState.BROKEN, ShownMessages(("20.000001",)))
    await turns.reopen_failed(id_)
    assert not (await claimed(database)).resumed


async def test_a_question_takes_a_new_text_until_it_is_asked_and_keeps_it_apart_then(
    database: Database,
) -> None:
    turns = TurnStore(database)
    id_ = await placed(database, 1)
    assert await turns.save_edit(id_, "why?")
    turn = await claimed(database)
    assert turn.question.text == "why?"
    assert not await turns.save_edit(id_, "when?")
    found = await asyncio.gather(*(turns.take_edit(id_) for _ in range(5)))
    assert sorted(found, key=str) == [None] * 4 + ["when?"]
    assert (await claimed_text(turns, id_)) == "why?"


async def claimed_text(turns: TurnStore, id_: str) -> str | None:
    turn = await turns.get(id_)
    return turn.question.text if turn else None


async def test_a_question_is_found_by_its_message(database: Database) -> None:
    turns = TurnStore(database)
    id_ = await placed(database, 1)
    found = await turns.find_by_question(THREAD.workspace, THREAD.channel, question(1).ts)
    assert found is not None
    assert found.id == id_
    assert await turns.find_by_question(THREAD.workspace, "C2", question(1).ts) is None


async def test_the_line_of_a_thread_moves_up(database: Database) -> None:
    turns, queue = TurnStore(database), TurnQueue(database)
    for number in (1, 2, 3):
        turn = await turns.record(question(number), "service")
        assert turn is not None
        assert await ahead(queue, turn) == number - 1
        await queue.placeholder_posted(turn, f"20.00000{number}")
    assert await queue.changed_positions(THREAD, "service") == []
    first = await claimed(database)
    assert await queue.changed_positions(THREAD, "service") == []
    await queue.finish(first, TurnState.DONE)
    second = await claimed(database)
    (third,) = await queue.changed_positions(THREAD, "service")
    assert (third.question.ts, third.questions_ahead) == (question(3).ts, 1)
    assert second.questions_ahead == 1
    assert await queue.is_waiting(third)
    assert not await queue.is_waiting(second)
    await queue.save_position(third)
    assert await queue.changed_positions(THREAD, "service") == []


async def test_an_earlier_question_stands_behind_a_later_one_that_is_answered_already(
    database: Database,
) -> None:
    turns, queue = TurnStore(database), TurnQueue(database)
    await placed(database, 2)
    await claimed(database)
    late = await turns.record(question(1), "service")
    assert late is not None
    assert await ahead(queue, late) == 1
    assert await ahead(queue, replace(late, id="nobody's")) == 0
    await ClaimStore(database).claim_once(late.question.deletion_claim)
    assert await queue.assign_position(late) is None


async def test_a_delivery_is_the_first_ones_until_it_is_done_given_back_or_its_time_is_over(
    database: Database,
) -> None:
    claims = ClaimStore(database)
    found = await asyncio.gather(*(claims.try_begin("k") for _ in range(5)))
    assert (found.count(ClaimResult.CLAIMED), found.count(ClaimResult.IN_PROGRESS)) == (1, 4)
    await claims.release("k")
    assert await claims.try_begin("k") is ClaimResult.CLAIMED
    async with database.transaction() as session:
        await session.exec(update(ClaimRow).values(until=time.time() - 1))
    assert await claims.try_begin("k") is ClaimResult.CLAIMED
    assert await claims.try_begin("k") is ClaimResult.IN_PROGRESS
    await claims.complete("k")
    assert await claims.try_begin("k") is ClaimResult.DONE
