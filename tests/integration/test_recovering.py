"""Questions whose outcome is not known, looked up among everything the server has."""

import asyncio
from pathlib import Path

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.generations import GENERATIONS
from bot.demo.knowledge.model import DIALECTS, Dialect
from bot.demo.workspace.model import Message
from tests.house import OPENING, House, house

LEAVE = "@pipeshub how many days of annual leave do I have?"
TURN = ["user_query", "bot_response"]
GOING_ON = [name for name, each in GENERATIONS.items() if not each.stops_when_left]
"""The generations whose answers are written to their end, whether or not they are read."""


async def answered(home: House, failed: Message) -> None:
    """Press Try again and wait until the same message shows an answer."""
    await home.press("mara", failed, "Try again")
    await home.workspace.until(lambda: "days" in failed.text or None)


async def kinds(home: House) -> list[list[str]]:
    return [[each.kind for each in one.messages] for one in await home.knowledge.conversations()]


@pytest.mark.parametrize("dialect", GOING_ON)
async def test_the_answer_to_a_broken_stream_is_found_above_later_questions(
    tmp_path: Path, dialect: Dialect
) -> None:
    async with house(tmp_path, knowledge={"dialect": dialect}) as home:
        ts = await home.ask("mara", LEAVE)
        await home.ending(ts)
        home.knowledge.faults.add(Fault(Trouble.RESET, path="stream", after_words=3))
        await home.ask("mara", "and for interns?", thread_ts=ts)
        failed = await home.ending(ts, 2)
        await home.ask("mara", "how much leave can I carry over?", thread_ts=ts)
        assert "5 days" in (await home.ending(ts, 3)).text
        await answered(home, failed)
        assert "20 days" in failed.text
        assert await kinds(home) == [TURN * 3]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_question_after_a_stop_waits_until_the_server_has_written_what_nobody_reads(
    tmp_path: Path, dialect: Dialect
) -> None:
    async with house(tmp_path, knowledge={"dialect": dialect, "speed": 15}) as home:
        ts = await home.ask("mara", LEAVE)
        reply = await home.reply(ts)
        await home.workspace.until(lambda: OPENING in reply.text or None)
        await home.press("mara", reply, "Stop")
        await home.ending(ts)
        await home.ask("mara", "and for interns?", thread_ts=ts)
        assert "20 days" in (await home.ending(ts, 2, patience=20)).text
        assert await kinds(home) == [TURN * 2]


async def test_a_question_that_never_arrived_is_not_taken_for_the_same_words_before_it(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as home:
        ts = await home.ask("mara", LEAVE)
        await home.ending(ts)
        home.knowledge.faults.add(Fault(Trouble.DROP, method="POST", path="stream"))
        await home.ask("mara", LEAVE, thread_ts=ts)
        failed = await home.ending(ts, 2)
        assert await kinds(home) == [TURN]
        await answered(home, failed)
        assert await kinds(home) == [TURN * 2]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_conversation_is_found_though_many_others_were_begun_since(
    tmp_path: Path, dialect: Dialect
) -> None:
    async with house(tmp_path, knowledge={"dialect": dialect, "speed": 0, "thinking": 0.0}) as home:
        # Cut before its first event is read, so that nobody here knows the conversation's id.
        home.knowledge.faults.add(Fault(Trouble.DROP, method="POST", path="stream"))
        ts = await home.ask("mara", LEAVE)
        failed = await home.ending(ts)
        await home.conversations.create(query="what is leave?")
        before = len(await home.knowledge.conversations())
        question = "how many days of annual leave do I have?"
        await home.conversations.create(query=question)
        await asyncio.gather(
            *(home.conversations.create(query=f"what is leave, number {each}?") for each in range(120))
        )
        await answered(home, failed)
        stored = await home.knowledge.conversations()
        assert len(stored) == before + 121
        assert [each.kind for each in stored[before].messages] == TURN
