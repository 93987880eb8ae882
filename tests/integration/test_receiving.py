"""Questions between their delivery and their answer: written down, acknowledged, admitted, asked."""

import time
from pathlib import Path

from sqlmodel import select

from bot.demo.workspace.faults import Fault as SlackFault
from bot.domain.turns import Question, Thread
from bot.store.database import Database
from bot.store.inbox import InboxStore, ReceivedQuestion
from bot.store.tables import ReceivedRow
from tests.house import OPENING, House, house
from tests.integration.test_asking_elsewhere import whispered

LEAVE = "@pipeshub how many days of annual leave do I have?"


def received(number: int, *, at: float | None = None) -> ReceivedQuestion:
    question = Question(Thread("T0ACME001", "C0HELP", f"{number}.0"), f"{number}.0", "U1", "how?")
    return ReceivedQuestion(question, unprompted=False, received_at=at or time.time())


async def test_an_acknowledgement_does_not_wait_for_slack_to_say_who_asks(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        slow = home.workspace.faults.add(SlackFault("users.info", delay=2.0))
        ts = await home.ask("mara", LEAVE)
        await home.workspace.until(home.workspace.deliveries.settled)
        assert all(each.acknowledged for each in home.workspace.deliveries.log)
        assert home.replies(ts) == []  # who asks is not known yet
        assert OPENING in (await home.ending(ts)).text
        assert slow.struck == 1


async def test_who_cannot_be_looked_up_is_refused_until_slack_tells(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.workspace.faults.add(SlackFault("users.info", times=None, error="user_not_found"))
        first = await home.ask("mara", LEAVE)
        assert "Slack does not tell me right now" in await whispered(home, "mara")
        home.workspace.faults.clear()
        second = await home.ask("mara", LEAVE)
        assert OPENING in (await home.ending(second)).text
        await home.settle()
        assert home.replies(first) == []


async def test_a_channel_whose_readers_are_unknown_is_refused_too(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.workspace.faults.add(SlackFault("conversations.info", times=None, error="fatal_error"))
        await home.ask("mara", LEAVE)
        assert "Slack does not tell me right now" in await whispered(home, "mara")


async def test_what_an_answerless_slack_tells_on_the_second_attempt_is_enough(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.workspace.faults.add(SlackFault("users.info", status=503))
        assert OPENING in (await home.ending(await home.ask("mara", LEAVE))).text


async def question_left_behind(home: House, ts: str, text: str) -> None:
    """Write a question down as a process does that dies before it asks it."""
    mara = home.workspace.user("mara")
    thread = Thread(home.workspace.options.team.id, home.workspace.channel("help-desk").id, ts)
    store = InboxStore(home.bot.database)
    left = ReceivedQuestion(Question(thread, ts, mara.id, text), unprompted=False, received_at=time.time())
    await store.write([left], ())
    await store.postpone(left.key, time.time() - 1)


async def test_a_question_whose_process_died_is_asked_once_by_the_next(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        ts = await home.people.post("mara", "help-desk", "how many days of annual leave do I have?")
        await home.settle()
        await question_left_behind(home, ts, "how many days of annual leave do I have?")
        await home.bot.resume_abandoned()
        await home.bot.resume_abandoned()
        assert OPENING in (await home.ending(ts)).text
        await home.settle()
        assert len(home.replies(ts)) == 1
        assert await home.bot.database.all(select(ReceivedRow)) == []


async def test_each_question_is_written_once_and_leased_to_one_process(database: Database) -> None:
    store = InboxStore(database)
    await store.write([received(1), received(2)], ())
    await store.write([received(1)], ())
    assert await store.take_abandoned() == []
    for number in (1, 2):
        await store.postpone(received(number).key, time.time() - 1)
    assert [each.question.ts for each in await store.take_abandoned()] == ["1.0", "2.0"]
    assert await store.take_abandoned() == []
    await store.write([received(3)], [received(1).key])
    for number in (1, 2, 3):
        await store.postpone(received(number).key, time.time() - 1)
    left = await store.take_abandoned()
    assert [(each.question.ts, each.attempts) for each in left] == [("2.0", 2), ("3.0", 1)]
    assert left[0].question == received(2).question
