"""What the store keeps of wishes, of the line of a thread, and of deliveries."""

import asyncio
import time
from dataclasses import replace

from sqlmodel import update

from bot.domain.turns import Shown, TurnState
from bot.store.claims import Begun, Claims
from bot.store.database import Database
from bot.store.tables import ClaimRow
from bot.store.turn_queue import Lines, Queue
from bot.store.turns import Turns, Wishes
from tests.integration.test_store import THREAD, claimed, placed, question


async def test_a_wish_to_stop_is_kept_for_whoever_works_on_the_turn(database: Database) -> None:
    wishes = Wishes(database)
    id_ = await placed(database, 1)
    assert not await wishes.stop(id_, "U2")
    await claimed(database)
    assert await wishes.stop(id_, "U2")
    assert await wishes.stop(id_, "U3")
    assert await wishes.stops([id_, "another"]) == {id_: "U2"}


async def test_an_abandoned_turn_comes_with_the_wish_to_stop_it_and_its_end_erases_it(
    database: Database,
) -> None:
    turns, queue, wishes = Turns(database), Queue(database), Wishes(database)
    id_ = await placed(database, 1)
    await queue.release(await claimed(database))
    await wishes.stop(id_, "U2")
    turn = await claimed(database)
    assert turn.stop_by == "U2"
    await queue.finish(turn, TurnState.STOPPED)
    assert not await wishes.stop(id_, "U3")
    assert await turns.read_on(id_)
    assert (await claimed(database)).stop_by is None


async def test_a_turn_knows_whether_somebody_else_worked_on_it(database: Database) -> None:
    turns, queue = Turns(database), Queue(database)
    id_ = await placed(database, 1)
    first = await claimed(database)
    await queue.release(first)
    second = await claimed(database)
    assert (first.taken_up, second.taken_up) == (False, True)
    await queue.finish(second, TurnState.BROKEN, Shown(("20.000001",)))
    await turns.reopen(id_)
    assert not (await claimed(database)).taken_up


async def test_a_question_takes_a_new_text_until_it_is_asked_and_keeps_it_apart_then(
    database: Database,
) -> None:
    turns, wishes = Turns(database), Wishes(database)
    id_ = await placed(database, 1)
    assert await wishes.edit(id_, "why?")
    turn = await claimed(database)
    assert turn.question.text == "why?"
    assert not await wishes.edit(id_, "when?")
    found = await asyncio.gather(*(wishes.take_edit(id_) for _ in range(5)))
    assert sorted(found, key=str) == [None] * 4 + ["when?"]
    assert (await claimed_text(turns, id_)) == "why?"


async def claimed_text(turns: Turns, id_: str) -> str | None:
    turn = await turns.get(id_)
    return turn.question.text if turn else None


async def test_a_question_is_found_by_its_message(database: Database) -> None:
    wishes = Wishes(database)
    id_ = await placed(database, 1)
    found = await wishes.asked_in(THREAD.workspace, THREAD.channel, question(1).ts)
    assert found is not None
    assert found.id == id_
    assert await wishes.asked_in(THREAD.workspace, "C2", question(1).ts) is None


async def test_the_line_of_a_thread_moves_up(database: Database) -> None:
    turns, queue, lines = Turns(database), Queue(database), Lines(database)
    for number in (1, 2, 3):
        turn = await turns.record(question(number), "service")
        assert turn is not None
        assert (await lines.join(turn)).ahead == number - 1
        await queue.placed(turn.id, f"20.00000{number}")
    assert await lines.moved(THREAD, "service") == []
    first = await claimed(database)
    assert await lines.moved(THREAD, "service") == []
    await queue.finish(first, TurnState.DONE)
    second = await claimed(database)
    (third,) = await lines.moved(THREAD, "service")
    assert (third.question.ts, third.ahead) == (question(3).ts, 1)
    assert second.ahead == 1
    assert await lines.still_waits(third)
    assert not await lines.still_waits(second)
    await lines.told(third)
    assert await lines.moved(THREAD, "service") == []


async def test_an_earlier_question_stands_behind_a_later_one_that_is_answered_already(
    database: Database,
) -> None:
    turns, lines = Turns(database), Lines(database)
    await placed(database, 2)
    await claimed(database)
    late = await turns.record(question(1), "service")
    assert late is not None
    assert (await lines.join(late)).ahead == 1
    assert (await lines.join(replace(late, id="nobody's"))).ahead == 0


async def test_a_delivery_is_the_first_ones_until_it_is_done_given_back_or_its_time_is_over(
    database: Database,
) -> None:
    claims = Claims(database)
    found = await asyncio.gather(*(claims.begin("k") for _ in range(5)))
    assert (found.count(Begun.FIRST), found.count(Begun.UNDER_WAY)) == (1, 4)
    await claims.release("k")
    assert await claims.begin("k") is Begun.FIRST
    async with database.transaction() as session:
        await session.exec(update(ClaimRow).values(until=time.time() - 1))
    assert await claims.begin("k") is Begun.FIRST
    assert await claims.begin("k") is Begun.UNDER_WAY
    await claims.done("k")
    assert await claims.begin("k") is Begun.DONE
