"""Channels in which who asked is answered in a direct message."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.workspace.faults import Fault as SlackFault
from bot.demo.workspace.model import Message
from bot.domain.turns import QuestionOrigin, Thread
from bot.store.database import Database
from bot.store.threads import PrivateAnswerStore
from tests.house import House, house, labels, shown
from tests.integration.test_asking_elsewhere import fill, form, outcome, whispered
from tests.integration.test_channel_settings import decided

LEAVE = "how many days of annual leave do I have?"


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        await decided(home, audience="private")
        yield home


async def asked_aside(home: House, who: str = "tomasz", number: int = 1) -> Message:
    """Wait for a question that the bot writes into a direct message."""
    direct = home.workspace.direct_message(who)

    def found() -> Message | None:
        written = [each for each in home.workspace.messages(direct.id) if each.user == home.workspace.bot.id]
        return written[number - 1] if len(written) >= number else None

    return await home.workspace.until(found)


async def answered_aside(home: House, who: str = "tomasz", number: int = 1) -> Message:
    """Wait for the numbered answer below the first question in a direct message."""
    question = await asked_aside(home, who)
    return await home.ending(question.ts, 2 * number, question.channel)


async def said(home: House, message: Message, text: str) -> None:
    await home.workspace.until(lambda: text in shown(message) or None)


async def test_the_answer_stands_in_the_direct_message_and_the_thread_says_where(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await decided(home, audience="private")
        ts = await home.ask("tomasz", f"@pipeshub {LEAVE}")
        pointer = await home.reply(ts)
        answer = await answered_aside(home)
        assert "28 days" in answer.text
        assert "Share in thread" in labels(answer)
        question = await asked_aside(home)
        assert LEAVE in shown(question)
        assert f"/p{ts.replace('.', '')}|in this thread" in shown(question)
        assert f"<@{home.workspace.user('tomasz').id}>, I answer you in <" in shown(pointer)
        await home.settle()
        assert not any(word in shown(pointer) + pointer.text for word in ("days", "leave"))
        assert len(home.replies(ts)) == 1
        assert len(await home.knowledge.conversations()) == 1


async def test_the_same_person_goes_on_in_the_same_private_thread(home: House) -> None:
    ts = await home.ask("tomasz", f"@pipeshub {LEAVE}")
    await answered_aside(home)
    await home.ask("tomasz", "@pipeshub and for interns?", thread_ts=ts)
    assert "20 days" in (await answered_aside(home, number=2)).text
    await home.settle()
    assert len(await home.knowledge.conversations()) == 1
    assert len(home.replies(ts)) == 1
    assert "I answer you in" in await whispered(home, "tomasz")


async def test_somebody_else_in_the_same_thread_has_a_private_thread_of_their_own(home: House) -> None:
    ts = await home.ask("tomasz", f"@pipeshub {LEAVE}")
    await answered_aside(home)
    await home.ask("amina", "@pipeshub how are expenses paid back?", thread_ts=ts)
    other = await answered_aside(home, "amina")
    assert "28 days" not in other.text
    assert other.channel != (await answered_aside(home)).channel
    assert len(await home.knowledge.conversations()) == 2
    assert len(home.replies(ts)) == 2


async def test_in_the_direct_message_no_mention_is_needed(home: House) -> None:
    await home.ask("tomasz", f"@pipeshub {LEAVE}")
    answer = await answered_aside(home)
    question = await asked_aside(home)
    await home.people.post("tomasz", answer.channel, "and for interns?", thread_ts=question.ts)
    assert "20 days" in (await home.ending(question.ts, 3, answer.channel)).text


async def test_its_asker_shares_it_in_the_thread_with_sources_once(home: House) -> None:
    ts = await home.ask("tomasz", f"@pipeshub {LEAVE}")
    answer = await answered_aside(home)
    await home.press("tomasz", answer, "Share in thread")
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


async def test_two_presses_share_it_once(home: House) -> None:
    ts = await home.ask("tomasz", f"@pipeshub {LEAVE}")
    answer = await answered_aside(home)
    await asyncio.gather(*(home.press("tomasz", answer, "Share in thread") for _ in range(2)))
    assert "stands in the thread already" in await whispered(home, "tomasz")
    await said(home, answer, "Shared in the thread")
    assert len(home.replies(ts)) == 2


async def test_what_could_not_be_posted_can_be_shared_again(home: House) -> None:
    ts = await home.ask("tomasz", f"@pipeshub {LEAVE}")
    answer = await answered_aside(home)
    await home.reply(ts)
    home.workspace.faults.add(SlackFault("chat.postMessage", times=1, error="restricted_action"))
    await home.press("tomasz", answer, "Share in thread")
    assert "Slack did not let me do that" in await whispered(home, "tomasz")
    await home.press("tomasz", answer, "Share in thread")
    assert "28 days" in shown(await home.reply(ts, 2))


async def test_nobody_else_shares_it(home: House) -> None:
    ts = await home.ask("tomasz", f"@pipeshub {LEAVE}")
    answer = await answered_aside(home)
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


async def test_a_command_is_answered_privately_too_and_says_so(home: House) -> None:
    await home.people.slash("tomasz", "help-desk", "/ask", LEAVE)
    assert "I answer you in" in await whispered(home, "tomasz")
    answer = await answered_aside(home)
    assert "28 days" in answer.text
    assert "Share in thread" not in labels(answer)
    assert home.workspace.messages("help-desk") == []


async def test_a_question_about_a_message_is_answered_privately_too(home: House) -> None:
    ts = await home.ask("amina", "I have 40 days of annual leave left.")
    await home.people.message_shortcut("tomasz", "help-desk", ts, "ask_about_message")
    await form(home, "tomasz")
    await fill(home, "tomasz", question=LEAVE)
    await home.people.submit_view("tomasz")
    assert "in our direct message" in await outcome(home, "tomasz")
    assert "28 days" in (await answered_aside(home)).text
    assert "I answer you in" in shown(await home.reply(ts))


async def test_the_channels_manner_counts_in_private_too(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await decided(home, audience="private", mode="web_search")
        await home.ask("tomasz", f"@pipeshub {LEAVE}")
        await answered_aside(home)
        (conversation,) = await home.knowledge.conversations()
        assert "web_search" in str(conversation)


async def test_a_mention_is_handled_once_however_it_is_delivered(home: House) -> None:
    await asyncio.gather(*(home.ask("tomasz", f"@pipeshub {LEAVE}") for _ in range(3)))
    await asked_aside(home, number=3)
    await home.settle()
    direct = home.workspace.direct_message("tomasz").id
    assert len([each for each in home.workspace.messages(direct) if each.user == home.workspace.bot.id]) == 3


async def test_a_private_answer_that_fails_fails_privately(home: House) -> None:
    home.knowledge.faults.add(Fault(Trouble.STATUS, path="stream", status=500))
    ts = await home.ask("tomasz", f"@pipeshub {LEAVE}")
    failed = await answered_aside(home)
    assert "Try again" in labels(failed)
    assert len(home.replies(ts)) == 1


async def test_where_the_channel_says_thread_again_the_thread_it_is(home: House) -> None:
    await decided(home, audience="thread")
    assert "28 days" in (await home.ending(await home.ask("tomasz", f"@pipeshub {LEAVE}"))).text


async def test_what_was_overheard_is_answered_privately_where_the_channel_wants_it(home: House) -> None:
    await decided(home, unprompted="yes")
    ts = await home.ask("tomasz", LEAVE.capitalize())
    answer = await answered_aside(home)
    await home.press("tomasz", answer, "Not now")
    await said(home, answer, "I stay out of this thread")
    await home.ask("tomasz", "And what about interns?", thread_ts=ts)
    await home.settle()
    assert len(home.replies(answer.thread_ts or "", answer.channel)) == 2


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
