"""Questions whose outcome is not known, looked up among everything the server has."""

import asyncio
import sqlite3
import time
from contextlib import closing
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


async def go_on_after_a_broken_stream(home: House) -> None:
    ts = await home.ask("mara", LEAVE)
    await home.ending(ts)
    home.knowledge.faults.add(Fault(Trouble.RESET, path="stream", query="for interns", after_words=3))
    await home.ask("mara", "and for interns?", thread_ts=ts)
    await home.reply(ts, 2)
    await home.ask("mara", "how much leave can I carry over?", thread_ts=ts)
    assert "20 days" in (await home.ending(ts, 2, patience=20)).text
    assert "5 days" in (await home.ending(ts, 3, patience=20)).text


async def go_on_after_a_stop(home: House) -> None:
    ts = await home.ask("tomasz", "@pipeshub how many days of annual leave do all of us have?")
    reply = await home.reply(ts)
    await home.workspace.until(lambda: OPENING in reply.text or None)
    await home.press("tomasz", reply, "Stop")
    await home.ending(ts)
    await home.ask("tomasz", "how much annual leave do interns have?", thread_ts=ts)
    assert "20 days" in (await home.ending(ts, 2, patience=20)).text


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_thread_goes_on_once_the_server_has_written_what_broke_off_or_was_stopped(
    tmp_path: Path, dialect: Dialect
) -> None:
    async with house(tmp_path, knowledge={"dialect": dialect, "speed": 25}) as home:
        await asyncio.gather(go_on_after_a_broken_stream(home), go_on_after_a_stop(home))
        assert sorted(await kinds(home)) == [TURN * 2, TURN * 3]


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


def begin_many_after(conversation_id: str, folder: Path, count: int) -> None:
    """Begin conversations with a title of their own, each a moment after the one before it."""
    with closing(sqlite3.connect(folder / "knowledge.db")) as data, data:
        data.executemany(
            """INSERT INTO conversations (id, owner, title, status, created_at, updated_at, last_activity_at)
            SELECT printf('%024x', ?1), owner, 'what is leave, number ' || ?1 || '?', status,
            created_at, updated_at, last_activity_at + ?1 FROM conversations WHERE id = ?2""",
            [(each, conversation_id) for each in range(1, count + 1)],
        )


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_conversation_is_found_though_many_others_were_begun_since(
    tmp_path: Path, dialect: Dialect
) -> None:
    async with house(tmp_path, knowledge={"dialect": dialect, "speed": 0, "thinking": 0.0}) as home:
        question = "how many days of annual leave do I have?"
        begun = await home.conversations.create(query=question)
        begin_many_after(begun.id, tmp_path, 120)
        ts = f"{time.time():.6f}"
        turn = Turn("t1", Question(Thread("T1", "C1", ts), ts, "U1", question), "service", TurnState.RUNNING)
        recovery = AnswerRecovery(home.installed.identities, home.bot.threads, home.bot.turns)
        home.knowledge.requests.clear()
        events = [each async for each in recovery.events(turn, question, None, NO_OPTIONS)]
        assert events[0] == ConversationStarted(begun.id)
        assert isinstance(events[-1], Completed)
        assert "28 days" in events[-1].answer.content
        assert sum("conversations" in path for _, path, _ in home.knowledge.requests) > 2, "more than a page"
