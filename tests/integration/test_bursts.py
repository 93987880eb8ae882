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


async def leased_until(home: House, ts: str) -> float:
    async with home.bot.database.transaction() as session:
        rows = await session.exec(select(TurnRow).where(col(TurnRow.message_ts) == ts))
        return rows.one().leased_until


async def test_a_burst_opens_no_more_streams_than_there_are_places(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 25, "thinking": 0.1}, max_live_answers=2) as home:
        threads = await asyncio.gather(*(home.ask("mara", LEAVE) for _ in range(5)))
        written: list[int] = []
        while True:
            known = await home.knowledge.conversations()
            written.append(sum(each.status == "Inprogress" for each in known))
            if len(known) == len(threads) and not written[-1]:
                break
            await asyncio.sleep(0.1)
        assert max(written) == 2
        for ts in threads:
            assert "28 days" in (await home.ending(ts)).text


async def test_who_waits_is_told_keeps_their_turn_and_is_handed_over_when_the_process_stops(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, knowledge={"speed": 5}, max_live_answers=1) as home:
        first, stopped, second = await asked(home, 3)
        for ts in (stopped, second):
            assert "Stop" in shown(home.replies(ts)[0])
        assert home.bot.live_answer_slots.in_use == 1
        await home.press("mara", home.replies(stopped)[0], "Stop")
        await home.ending(stopped)
        assert "Stopped" in shown(home.replies(stopped)[0])
        third = await home.ask("mara", LEAVE)
        await waiting(home, third)
        began = await leased_until(home, third)
        assert "28 days" in (await home.ending(first, patience=20)).text
        await home.workspace.until(lambda: OPENING in home.replies(second)[0].text or None, 10)
        async with asyncio.timeout(LEASE_SECONDS):
            while await leased_until(home, third) == began:  # noqa: ASYNC110 (a database tells nobody)
                await asyncio.sleep(0.1)
        assert await home.bot.queue.find_abandoned() == []
        assert sentence("answer.waiting_for_slot") in shown(home.replies(third)[0])
        home.bot.live_answer_slots.close()
        assert "28 days" in (await home.ending(second, patience=20)).text
        await home.settle()
        (left,) = await home.bot.queue.find_abandoned()
        assert (left.state, left.question.ts) == (TurnState.WAITING, third)
        assert len(await home.knowledge.conversations()) == 2
        assert "Stop" in shown(home.replies(third)[0])
