"""Channels in which who asked is answered in a direct message."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.workspace.faults import Fault as SlackFault
from bot.demo.workspace.model import Message
from bot.demo.workspace.options import PEOPLE, Person
from bot.domain.turns import QuestionOrigin, Thread
from bot.store.database import Database
from bot.store.threads import PrivateAnswerStore
from tests.house import House, house, labels, shown
from tests.integration.test_asking_elsewhere import fill, form, outcome, whispered
from tests.integration.test_channel_settings import decided

LEAVE = "how many days of annual leave do I have?"


# The answers to one person go into one direct message: each case has a person of its own.
ASKERS = ("ada", "bo", "cleo", "dan", "eva")


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(
        tmp_path, workspace={"people": (*PEOPLE, *(Person(each, each.title()) for each in ASKERS))}
    ) as home:
        await decided(home, audience="private")
        yield home


async def asked_aside(home: House, who: str, number: int = 1) -> Message:
    """Wait for a question that the bot writes into a direct message."""
    direct = home.workspace.direct_message(who)

    def found() -> Message | None:
        written = [each for each in home.workspace.messages(direct.id) if each.user == home.workspace.bot.id]
        return written[number - 1] if len(written) >= number else None

    return await home.workspace.until(found)


async def answered_aside(home: House, who: str, number: int = 1) -> Message:
    """Wait for the numbered answer below the first question in a direct message."""
    question = await asked_aside(home, who)
    return await home.ending(question.ts, 2 * number, question.channel)


async def said(home: House, message: Message, text: str) -> None:
    await home.workspace.until(lambda: text in shown(message) or None)


def said_in_channel(home: House) -> int:
    return len([each for each in home.workspace.messages("help-desk") if each.user == home.workspace.bot.id])


async def test_the_answer_stands_in_the_direct_message_and_the_thread_says_where(home: House) -> None:
    ts = await home.ask("tomasz", f"@pipeshub {LEAVE}")
    pointer = await home.reply(ts)
    answer = await answered_aside(home, "tomasz")
    assert "28 days" in answer.text
    assert "Share in thread" in labels(answer)
    question = await asked_aside(home, "tomasz")
    assert LEAVE in shown(question)
    assert f"/p{ts.replace('.', '')}|in this thread" in shown(question)
    assert f"<@{home.workspace.user('tomasz').id}>, I answer you in <" in shown(pointer)
    await home.settle()
    assert not any(word in shown(pointer) + pointer.text for word in ("days", "leave"))
    assert len(home.replies(ts)) == 1

    await home.ask("tomasz", "@pipeshub and for interns?", thread_ts=ts)
    assert "20 days" in (await answered_aside(home, "tomasz", number=2)).text
    await home.settle()
    assert len(home.replies(ts)) == 1
    assert "I answer you in" in await whispered(home, "tomasz")
    await home.people.post("tomasz", answer.channel, "and for interns?", thread_ts=question.ts)
    third = await home.ending(question.ts, 5, answer.channel)
    assert "20 days" in third.text, "no mention is needed there"
    assert len(await home.knowledge.conversations()) == 1

    await home.ask("amina", "@pipeshub how are expenses paid back?", thread_ts=ts)
    other = await answered_aside(home, "amina")
    assert "28 days" not in other.text
    assert other.channel != answer.channel
    assert len(await home.knowledge.conversations()) == 2
    assert len(home.replies(ts)) == 2


async def test_its_asker_shares_it_in_the_thread_with_sources_once(home: House) -> None:
    ts = await home.ask("tomasz", f"@pipeshub {LEAVE}")
    answer = await answered_aside(home, "tomasz")
    await home.reply(ts)
    home.workspace.faults.add(SlackFault("chat.postMessage", times=1, error="restricted_action"))
    await home.press("tomasz", answer, "Share in thread")
    assert "Slack did not let me do that" in await whispered(home, "tomasz")
    await home.people.reload("tomasz")
    await asyncio.gather(*(home.press("tomasz", answer, "Share in thread") for _ in range(2)))
    assert "stands in the thread already" in await whispered(home, "tomasz")
    copy = await home.reply(ts, 2)
    assert f"<@{home.workspace.user('tomasz').id}> asked:" in shown(copy)
    assert LEAVE in shown(copy)
    assert "28 days" in shown(copy)
    sources = [str(each) for each in copy.blocks if each["type"] == "context" and "[1]" in str(each)]
    assert len(sources) == 1
    assert "|Leave>" in sources[0]
    assert "Regenerate" not in labels(copy)
    await said(home, answer, "Shared in the thread it was asked in")
    assert "Share in thread" not in labels(answer)
    await home.settle()
    assert len(home.replies(ts)) == 2


async def test_what_the_channel_decides_else_counts_in_private_until_it_says_thread_again(
    home: House,
) -> None:
    await decided(home, audience="private", mode="web_search", unprompted="yes")
    ts = await home.ask("tomasz", LEAVE.capitalize())
    answer = await answered_aside(home, "tomasz")
    (conversation,) = await home.knowledge.conversations()
    assert "web_search" in str(conversation)
    await home.press("tomasz", answer, "Not now")
    await said(home, answer, "I stay out of this thread")
    await home.ask("tomasz", "And what about interns?", thread_ts=ts)
    await home.settle()
    assert len(home.replies(answer.thread_ts or "", answer.channel)) == 2
    await decided(home, audience="thread")
    assert "28 days" in (await home.ending(await home.ask("tomasz", f"@pipeshub {LEAVE}"))).text


async def test_every_way_of_asking_is_answered_privately_and_nobody_else_shares_it(home: House) -> None:
    for case, who in zip(
        (
            nobody_else_shares_it,
            a_command_is_answered_privately_too_and_says_so,
            a_question_about_a_message_is_answered_privately_too,
            a_mention_is_handled_once_however_it_is_delivered,
            a_private_answer_that_fails_fails_privately,
        ),
        ASKERS,
        strict=True,
    ):
        await case(home, who)
        await home.settle()


async def nobody_else_shares_it(home: House, who: str) -> None:
    ts = await home.ask(who, f"@pipeshub {LEAVE}")
    answer = await answered_aside(home, who)
    public = await home.ending(
        await home.ask("amina", f"@pipeshub {LEAVE}", where="general"), where="general"
    )
    row = next(each for each in answer.blocks if each["type"] == "actions")
    button = next(each for each in row["elements"] if each.get("action_id") == "share_in_thread")
    next(each for each in public.blocks if each["type"] == "actions")["elements"].append(button)
    await home.press("amina", public, "Share in thread")
    await whispered(home, "amina")
    await home.reply(ts)
    assert len(home.replies(ts)) == 1


async def a_command_is_answered_privately_too_and_says_so(home: House, who: str) -> None:
    before = said_in_channel(home)
    await home.people.slash(who, "help-desk", "/ask", LEAVE)
    assert "I answer you in" in await whispered(home, who)
    answer = await answered_aside(home, who)
    assert "28 days" in answer.text
    assert "Share in thread" not in labels(answer)
    assert said_in_channel(home) == before


async def a_question_about_a_message_is_answered_privately_too(home: House, who: str) -> None:
    ts = await home.ask("amina", "I have 40 days of annual leave left.")
    await home.people.message_shortcut(who, "help-desk", ts, "ask_about_message")
    await form(home, who)
    await fill(home, who, question=LEAVE)
    await home.people.submit_view(who)
    assert "in our direct message" in await outcome(home, who)
    assert "28 days" in (await answered_aside(home, who)).text
    assert "I answer you in" in shown(await home.reply(ts))


async def a_mention_is_handled_once_however_it_is_delivered(home: House, who: str) -> None:
    await asyncio.gather(*(home.ask(who, f"@pipeshub {LEAVE}") for _ in range(3)))
    await asked_aside(home, who, number=3)
    await home.settle()
    direct = home.workspace.direct_message(who).id
    assert len([each for each in home.workspace.messages(direct) if each.user == home.workspace.bot.id]) == 3


async def a_private_answer_that_fails_fails_privately(home: House, who: str) -> None:
    home.knowledge.faults.add(Fault(Trouble.ERROR, path="stream"))
    ts = await home.ask(who, f"@pipeshub {LEAVE}")
    failed = await answered_aside(home, who)
    assert "Try again" in labels(failed)
    assert len(home.replies(ts)) == 1


async def test_private_threads_are_found_by_who_asked_where(database: Database) -> None:
    asides, origin = PrivateAnswerStore(database), Thread("T1", "C1", "1.0")
    first, second = Thread("T1", "D1", "2.0"), Thread("T1", "D2", "3.0")
    await asides.add_thread(first, "U1", QuestionOrigin("C1", "1.0"))
    await asides.add_thread(second, "U2", QuestionOrigin("C1", "1.0"))
    assert await asides.find_thread(origin, "U1") == first
    assert await asides.find_thread(Thread("T2", "C1", "1.0"), "U1") is None
    assert await asides.find_origin(first) == QuestionOrigin("C1", "1.0")
    assert await asides.find_origin(Thread("T2", "D1", "2.0")) is None
    assert [await asides.mark_shared(first, "t1"), await asides.mark_shared(first, "t1")] == [True, False]
    await asides.unmark_shared(first, "t1")
    assert await asides.mark_shared(first, "t1")
