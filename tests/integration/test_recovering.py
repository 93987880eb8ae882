"""Questions whose outcome is not known, looked up among everything the server has."""

import asyncio
import time
from pathlib import Path

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.model import DIALECTS, Dialect
from bot.domain.conversations import Completed, ConversationStarted
from bot.domain.turns import NO_OPTIONS, Question, Thread, Turn, TurnState
from bot.flows.answers.recovery import AnswerRecovery
from tests.house import OPENING, House, house

LEAVE = "@pipeshub how many days of annual leave do I have?"
TURN = ["user_query", "bot_response"]


async def kinds(home: House) -> list[list[str]]:
    return [[each.kind for each in one.messages] for one in await home.knowledge.conversations()]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_answer_to_a_broken_stream_is_found_and_the_thread_goes_on(
    tmp_path: Path, dialect: Dialect
) -> None:
    async with house(tmp_path, knowledge={"dialect": dialect}) as home:
        ts = await home.ask("mara", LEAVE)
        await home.ending(ts)
        home.knowledge.faults.add(Fault(Trouble.RESET, path="stream", after_words=3))
        await home.ask("mara", "and for interns?", thread_ts=ts)
        await home.ask("mara", "how much leave can I carry over?", thread_ts=ts)
        assert "20 days" in (await home.ending(ts, 2)).text
        assert "5 days" in (await home.ending(ts, 3)).text
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
        assert "28 days" in (await home.ending(ts, 2)).text
        assert await kinds(home) == [TURN * 2]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_conversation_is_found_though_many_others_were_begun_since(
    tmp_path: Path, dialect: Dialect
) -> None:
    async with house(tmp_path, knowledge={"dialect": dialect, "speed": 0, "thinking": 0.0}) as home:
        question = "how many days of annual leave do I have?"
        begun = await home.conversations.create(query=question)
        await asyncio.gather(
            *(home.conversations.create(query=f"what is leave, number {each}?") for each in range(120))
        )
        ts = f"{time.time():.6f}"
        turn = Turn("t1", Question(Thread("T1", "C1", ts), ts, "U1", question), "service", TurnState.RUNNING)
        recovery = AnswerRecovery(home.installed.identities, home.bot.threads, home.bot.turns)
        events = [each async for each in recovery.events(turn, question, None, NO_OPTIONS)]
        assert events[0] == ConversationStarted(begun.id)
        assert isinstance(events[-1], Completed)
        assert "28 days" in events[-1].answer.content
