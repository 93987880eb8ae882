"""Turns at which processes die: deaths are counted, and the third one ends the turn in a sentence."""

import re
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.domain.turns import MAX_DEATHS, Question, Thread, Turn, TurnState
from bot.store.database import Database
from bot.store.inbox import InboxStore, ReceivedQuestion
from bot.store.tables import ReceivedRow, TurnRow
from bot.store.turn_queue import TurnQueue
from bot.store.turns import TurnStore
from tests.house import House, house, labels, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"
LAPSED = -1.0
"""Seconds of a lease that has expired at once, as that of a process that dies."""

THREAD = Thread("T1", "C1", "10.0")


async def claimed(queue: TurnQueue) -> Turn:
    turn = await queue.claim(THREAD, "service")
    assert turn is not None
    return turn


async def test_deaths_are_counted_and_nothing_else_is(database: Database) -> None:
    turns, dying, living = TurnStore(database, LAPSED), TurnQueue(database, LAPSED), TurnQueue(database)
    recorded = await turns.record(Question(THREAD, "10.0", "U1", "how?"), "service")
    assert recorded is not None
    unplaced = await dying.claim_unplaced(recorded.id)
    assert unplaced is not None
    assert unplaced.deaths == 1
    assert await living.placeholder_posted(unplaced, "11.0")
    assert (await claimed(dying)).deaths == 1
    died = await claimed(living)
    assert (died.deaths, died.resumed) == (2, True)
    await living.release(died)
    given_back = await claimed(dying)
    assert (given_back.deaths, given_back.resumed) == (2, True)
    assert (await claimed(dying)).deaths == 3
    last = await claimed(living)
    assert last.deaths == 4
    assert await living.finish(last, TurnState.FAILED)
    assert await turns.reopen_failed(last.id) is not None
    again = await claimed(living)
    assert (again.deaths, again.resumed) == (MAX_DEATHS - 1, False)
    assert await living.finish(again, TurnState.DONE)
    stored = await turns.get(last.id)
    assert stored is not None
    assert stored.deaths == 0


async def test_deaths_of_received_questions_are_no_failed_attempts(database: Database) -> None:
    store = InboxStore(database)
    received = ReceivedQuestion(Question(THREAD, "10.0", "U1", "how?"), unprompted=False, received_at=1.0)
    await store.write([received], ())
    for deaths, attempts in ((1, 0), (2, 0), (2, 1), (3, 1)):
        async with database.existing(ReceivedRow, received.key) as row:
            row.leased_until = 1.0
        (found,) = await store.take_abandoned()
        assert (found.deaths, found.attempts) == (deaths, attempts)
        if deaths == 2 and attempts == 0:
            await store.postpone(received.key, time.time() - 1)


async def dies(home: House, ts: str, state: TurnState, deaths: int) -> None:
    """Leave the turn of a question as a process does that died at it, after `deaths - 1` others."""
    mara = home.workspace.user("mara")
    thread = Thread(home.workspace.options.team.id, home.workspace.channel("help-desk").id, ts)
    question = Question(thread, ts, mara.id, "how many days of annual leave do I have?")
    turn = await TurnStore(home.bot.database).record(question, "service")
    assert turn is not None
    posted = state is not TurnState.RECORDED
    reply_ts = await home.installed.turn_worker.replies.post_placeholder(turn) if posted else None
    async with home.bot.database.existing(TurnRow, turn.id) as row:
        row.state, row.deaths, row.reply_ts, row.leased_until = state, deaths - 1, reply_ts, 1.0


async def recorded_question(home: House) -> str:
    ts = await home.people.post("mara", "help-desk", "how many days of annual leave do I have?")
    await home.settle()
    return ts


def code_in(text: str) -> str:
    found = re.search(r"code: `?(\w+)`?\.", text)
    assert found is not None, text
    return found[1]


async def test_a_turn_that_killed_three_processes_ends_in_words_and_can_be_tried_again(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as home:
        ts = await recorded_question(home)
        await dies(home, ts, TurnState.RUNNING, MAX_DEATHS)
        with capture_logs() as logs:
            await home.bot.resume_abandoned()
            reply = await home.ending(ts)
            await home.settle()
        incidents = [each["incident"] for each in logs if each["event"] == "turn.given_up"]
        assert incidents == [code_in(shown(reply))]
        assert home.replies(ts) == [reply]
        assert list(home.knowledge.requests) == []
        await home.press("mara", reply, "Try again")
        await home.workspace.until(lambda: "28 days" in shown(reply) or None)
        assert "Share" in labels(await home.ending(ts))


async def test_before_the_third_death_it_is_answered(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        ts = await recorded_question(home)
        await dies(home, ts, TurnState.RUNNING, MAX_DEATHS - 1)
        await home.bot.resume_abandoned()
        assert "28 days" in shown(await home.ending(ts))


async def test_where_even_the_sentence_kills_the_turn_ends_in_the_database(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        ts = await recorded_question(home)
        await dies(home, ts, TurnState.RUNNING, MAX_DEATHS + 1)
        before = shown(await home.reply(ts))
        await home.bot.resume_abandoned()
        await home.settle()
        assert shown(await home.reply(ts)) == before
        assert await home.bot.queue.find_abandoned() == []


@pytest.mark.parametrize("received", [True, False], ids=["received", "recorded"])
async def test_one_that_kills_before_anything_is_posted_is_told_its_asker_alone(
    tmp_path: Path, received: bool
) -> None:
    async with house(tmp_path) as home:
        ts = await recorded_question(home)
        if received:
            thread = Thread(home.workspace.options.team.id, home.workspace.channel("help-desk").id, ts)
            question = Question(thread, ts, home.workspace.user("mara").id, "how many days?")
            left = ReceivedQuestion(question, unprompted=False, received_at=time.time())
            await InboxStore(home.bot.database).write([left], ())
            async with home.bot.database.existing(ReceivedRow, left.key) as row:
                row.deaths, row.leased_until = MAX_DEATHS - 1, 1.0
        else:
            await dies(home, ts, TurnState.RECORDED, MAX_DEATHS)
        with capture_logs() as logs:
            await home.bot.resume_abandoned()
            told = await home.workspace.until(lambda: home.workspace.ephemerals("mara"))
            await home.settle()
        incidents = [each["incident"] for each in logs if str(each["event"]).endswith("given_up")]
        assert incidents == [code_in(told[0].text)]
        assert len(home.workspace.ephemerals("mara")) == 1
        assert home.replies(ts) == []
        await home.bot.resume_abandoned()
        await home.settle()
        assert len(home.workspace.ephemerals("mara")) == 1
