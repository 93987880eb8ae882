"""More questions at once than there are places for live answers."""

import asyncio
from pathlib import Path

from sqlmodel import col, select

from bot.demo.workspace.model import Message
from bot.domain.turns import TurnState
from bot.sentences import sentence
from bot.store.tables import TurnRow
from bot.store.turns import LEASE_SECONDS
from tests.house import OPENING, House, house, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"


async def waiting(home: House, ts: str) -> Message:
    """Return the reply in a thread once it says that it waits."""

    def found() -> Message | None:
        reply = next(iter(home.replies(ts)), None)
        return reply if reply is not None and sentence("answer.waiting_for_slot") in shown(reply) else None

    return await home.workspace.until(found, 10)


async def asked(home: House, count: int) -> list[str]:
    """Let one question be answered and the others wait for its place, each in a thread of its own."""
    first = await home.ask("mara", LEAVE)
    await home.workspace.until(lambda: any(OPENING in each.text for each in home.replies(first)) or None, 10)
    others = []
    for _ in range(count - 1):
        others.append(await home.ask("mara", LEAVE))
        await waiting(home, others[-1])
    return [first, *others]


async def test_a_burst_opens_no_more_streams_than_there_are_places(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 100, "thinking": 0.1}, max_live_answers=3) as home:
        threads = await asyncio.gather(*(home.ask("mara", LEAVE) for _ in range(10)))
        written: list[int] = []
        while True:
            known = await home.knowledge.conversations()
            written.append(sum(each.status == "Inprogress" for each in known))
            if len(known) == len(threads) and not written[-1]:
                break
            await asyncio.sleep(0.05)
        assert max(written) == 3
        for ts in threads:
            assert "28 days" in (await home.ending(ts)).text


async def test_who_waits_is_told_and_comes_in_their_turn(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 12}, max_live_answers=1) as home:
        first, second, third = await asked(home, 3)
        assert "Stop" in shown(home.replies(second)[0])
        assert home.bot.live_answer_slots.in_use == 1
        await home.ending(first, patience=10)
        await home.ending(second, patience=10)
        assert sentence("answer.waiting_for_slot") in shown(home.replies(third)[0])
        assert "28 days" in (await home.ending(third, patience=10)).text


async def test_stop_works_on_one_that_waits(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 12}, max_live_answers=1) as home:
        first, second, third = await asked(home, 3)
        await home.press("mara", home.replies(second)[0], "Stop")
        await home.ending(second)
        assert "Stopped" in shown(home.replies(second)[0])
        assert "28 days" in (await home.ending(first, patience=10)).text
        assert "28 days" in (await home.ending(third, patience=10)).text
        assert len(await home.knowledge.conversations()) == 2


async def test_a_stop_of_the_process_hands_over_what_waits(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 12}, max_live_answers=1) as home:
        first, second = await asked(home, 2)
        home.bot.live_answer_slots.close()
        assert "28 days" in (await home.ending(first, patience=10)).text
        await home.settle()
        (left,) = await home.bot.queue.find_abandoned()
        assert (left.state, left.question.ts) == (TurnState.WAITING, second)
        assert len(await home.knowledge.conversations()) == 1
        assert "Stop" in shown(home.replies(second)[0])


async def test_a_turn_that_waits_keeps_its_lease(tmp_path: Path) -> None:
    async def leased_until(home: House, ts: str) -> float:
        async with home.bot.database.transaction() as session:
            rows = await session.exec(select(TurnRow).where(col(TurnRow.message_ts) == ts))
            return rows.one().leased_until

    async with house(tmp_path, knowledge={"speed": 3}, max_live_answers=1) as home:
        _, second = await asked(home, 2)
        began = await leased_until(home, second)
        await asyncio.sleep(LEASE_SECONDS / 3 + 0.5)
        assert await leased_until(home, second) > began
        assert await home.bot.queue.find_abandoned() == []
        home.bot.live_answer_slots.close()
        await home.bot.background_tasks.drain(0)
