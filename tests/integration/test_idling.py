"""Conversations in which nobody asks any more are archived by the clock."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import update
from structlog.testing import capture_logs

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.model import Conversation
from bot.demo.workspace.faults import Fault as SlackFault
from bot.demo.workspace.model import Message
from bot.domain.conversations import ArchiveRecord, IdleConversation
from bot.domain.turns import Question, Thread
from bot.flows.scheduled.retention import DAY, SECONDS_BETWEEN_CONVERSATIONS
from bot.store.answers import AnswerStore
from bot.store.database import Database
from bot.store.tables import ThreadRow
from bot.store.threads import ThreadStore
from bot.store.turns import TurnStore
from tests.house import House, house, labels, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"
MARK = "Archived after 30 days without a question."


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, archive_after_days=30) as home:
        yield home


async def answered(home: House, text: str = LEAVE) -> Message:
    reply = await home.ending(await home.ask("mara", text))
    await at_rest(home)
    return reply


async def at_rest(home: House) -> None:
    """Wait until everything that was begun is done."""
    await home.settle()


async def aged(home: House, folder: Path, days: float = 31, *, at_pipeshub: bool = True) -> None:
    """Put everything so many days back, in the bot's store and at PipesHub."""
    async with home.bot.database.transaction() as session:
        await session.exec(update(ThreadRow).values(active_at=time.time() - days * DAY))
    if at_pipeshub:
        with sqlite3.connect(folder / "knowledge.db") as connection:
            back = int(days * DAY * 1000)
            connection.execute("UPDATE messages SET created_at = created_at - ?", (back,))
        connection.close()


async def night(home: House) -> None:
    """Do what is done every night."""
    (archiving,) = (each for each in home.bot.scheduled_work if each.name == "archiving")
    await archiving.run(time.time())


async def stored(home: House) -> Conversation:
    (conversation,) = await home.knowledge.conversations()
    return conversation


async def archived_where_nobody_asked_for_long(home: House, folder: Path, reply: Message) -> None:
    await night(home)
    assert not (await stored(home)).is_archived, "it is as good as new"
    await aged(home, folder, at_pipeshub=False)
    await night(home)
    assert not (await stored(home)).is_archived, "it went on at PipesHub"
    assert "Archive" in labels(reply)
    await aged(home, folder)
    posted = len(home.workspace.calls.of("chat.postMessage"))
    await night(home)
    assert (await stored(home)).is_archived
    assert MARK in shown(reply)
    assert "Unarchive" in labels(reply)
    assert "28 days" in shown(reply)
    assert len(home.workspace.calls.of("chat.postMessage")) == posted


async def taken_out_by_its_owner(home: House, reply: Message) -> None:
    await home.press("mara", reply, "Unarchive")
    await home.workspace.until(lambda: "Archive" in labels(reply) or None)
    await night(home)
    assert not (await stored(home)).is_archived


async def marked_where_it_was_archived_at_pipeshub(home: House, folder: Path, reply: Message) -> None:
    await aged(home, folder)
    await home.conversations.archive((await stored(home)).id)
    await night(home)
    assert "Unarchive" in labels(reply)


async def taken_out_by_the_next_question(home: House, reply: Message) -> None:
    await home.ask("mara", "and for interns?", thread_ts=reply.thread_ts)
    await home.ending(reply.thread_ts or "", 2)
    await at_rest(home)
    assert not (await stored(home)).is_archived
    await home.workspace.until(lambda: MARK not in shown(reply) or None)
    await night(home)
    assert not (await stored(home)).is_archived


async def kept_open_by_a_question_in_between(home: House, folder: Path, reply: Message) -> None:
    await aged(home, folder)
    home.knowledge.faults.add(Fault(Trouble.DELAY, method="PATCH", path="/archive", seconds=1.0))
    before = len([path for _, path, _ in home.knowledge.requests if path.endswith("/archive")])
    work = asyncio.create_task(night(home))
    await asyncio.sleep(0.3)
    await home.ask("mara", "how much leave may be carried over?", thread_ts=reply.thread_ts)
    await home.ending(reply.thread_ts or "", 3)
    await work
    await at_rest(home)
    assert len([path for _, path, _ in home.knowledge.requests if path.endswith("/archive")]) == before + 1
    assert not (await stored(home)).is_archived
    assert not any(MARK in shown(each) for each in home.replies(reply.thread_ts or ""))


async def archived_although_it_cannot_be_drawn(home: House, folder: Path) -> None:
    await aged(home, folder)
    home.workspace.faults.add(SlackFault("chat.update", times=None, error="is_archived"))
    await night(home)
    assert (await stored(home)).is_archived


async def test_an_idle_conversation_is_archived_until_somebody_goes_on(home: House, tmp_path: Path) -> None:
    reply = await answered(home)
    await archived_where_nobody_asked_for_long(home, tmp_path, reply)
    await taken_out_by_its_owner(home, reply)
    await marked_where_it_was_archived_at_pipeshub(home, tmp_path, reply)
    await taken_out_by_the_next_question(home, reply)
    await kept_open_by_a_question_in_between(home, tmp_path, reply)
    await archived_although_it_cannot_be_drawn(home, tmp_path)


async def test_one_that_fails_stops_no_other_and_they_keep_their_distance(
    home: House, tmp_path: Path
) -> None:
    await answered(home)
    lost = await stored(home)
    reply = await answered(home, "@pipeshub how do I get a badge?")
    await aged(home, tmp_path)
    await home.conversations.delete(lost.id)
    began = time.monotonic()
    with capture_logs() as logs:
        await night(home)
    assert time.monotonic() - began >= SECONDS_BETWEEN_CONVERSATIONS
    assert MARK in shown(reply)
    (failure,) = (each for each in logs if each["event"] == "auto_archive.failed")
    assert failure["conversation"] == lost.id
    assert failure["reason"].startswith("not_found")


async def begun(database: Database, ts: str) -> IdleConversation:
    thread = Thread("T1", "C1", ts)
    turn = await TurnStore(database).record(Question(thread, ts, "U1", "how?"), "service")
    assert turn is not None
    await TurnStore(database).save_conversation_id(turn, f"c{ts}")
    return IdleConversation(thread, "service", f"c{ts}")


async def archive_record(database: Database, idle: IdleConversation) -> ArchiveRecord | None:
    return (await AnswerStore(database).footer_facts(idle.thread, "service")).archived


async def test_what_is_idle_is_told_by_the_last_question(database: Database) -> None:
    threads, idle = ThreadStore(database), await begun(database, "10.0")
    assert await threads.find_idle(time.time() - 60) == []
    assert await threads.find_idle(time.time() + 60) == [idle]
    await threads.save_archived(idle.thread, "service", "U1")
    assert await threads.find_idle(time.time() + 60) == []


async def test_the_clock_archives_what_is_idle_once_and_what_was_taken_out_is_not(database: Database) -> None:
    threads, idle = ThreadStore(database), await begun(database, "10.0")
    assert not await threads.save_archived_idle(idle, time.time() - 60, 30)
    assert await archive_record(database, idle) is None
    before = time.time() + 0.01
    await asyncio.sleep(0.02)
    assert await threads.save_archived_idle(idle, before, 30)
    assert not await threads.save_archived_idle(idle, before, 30)
    found = await archive_record(database, idle)
    assert found is not None
    assert found == ArchiveRecord(None, found.archived_at, 30)
    await threads.save_archived(idle.thread, "service", None)
    assert await archive_record(database, idle) is None
    assert not await threads.save_archived_idle(idle, before, 30)
    other = await begun(database, "11.0")
    await threads.save_archived_idle(other, time.time() + 60, 30)
    await threads.save_archived(other.thread, "service", "U1")
    found = await archive_record(database, other)
    assert found is not None
    assert (found.archived_by, found.after_days) == ("U1", None)
