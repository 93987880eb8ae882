"""Questions and answers, from Slack to PipesHub and back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.workspace.faults import DELIVERY
from bot.demo.workspace.faults import Fault as SlackFault
from bot.demo.workspace.model import Message
from tests.house import House, house, labels, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        yield home


@pytest.mark.parametrize("dialect", ["documented", "legacy", "agui"])
async def test_a_mention_is_answered_in_its_thread_which_goes_on_whoever_asks(
    tmp_path: Path, dialect: str
) -> None:
    async with house(tmp_path, knowledge={"dialect": dialect}) as home:
        ts = await home.ask("mara", LEAVE)
        reply = await home.ending(ts)
        assert "28 days" in reply.text
        assert f"<{home.knowledge.url}/record/" in shown(reply)
        assert "|Leave>" in shown(reply)
        assert len(home.replies(ts)) == 1
        await home.ask("tomasz", "and for interns?", thread_ts=ts)
        reply = await home.ending(ts, 2)
        assert "20 days" in reply.text
        (conversation,) = await home.knowledge.conversations()
        assert len([each for each in conversation.messages if each.kind == "user_query"]) == 2
        await home.press("mara", reply, "Archive")
        await home.workspace.until(lambda: f"Archived by <@{home.workspace.user('mara').id}>" in shown(reply))


async def test_questions_are_answered_where_they_are_asked(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 100}) as home:
        await ask_everywhere(home)


async def ask_everywhere(home: House) -> None:
    """Ask in different places and words at the same time."""
    direct = home.workspace.direct_message("amina").id

    async def without_a_mention() -> None:
        ts = await home.ask("amina", "how are expenses paid back?", where=direct)
        assert "next salary" in (await home.ending(ts, where=direct)).text

    async def in_a_thread_of_people() -> None:
        ts = await home.ask("mara", "who knows how much leave we have?")
        question = (
            "how many days of annual leave has @tomasz in #engineering, see https://example.com <b>now</b>?"
        )
        await home.ask("tomasz", f"@pipeshub {question}", thread_ts=ts)
        assert "Share" in labels(await home.ending(ts))
        read = question.replace("<", "\u2039").replace(">", "\u203a")  # as people read it, but no markup
        assert read in [each.messages[0].content for each in await home.knowledge.conversations()]

    async def below_the_how_to() -> None:
        ts = await home.ask("mara", "@pipeshub")
        assert "mention me with your question" in shown(await home.reply(ts))
        await home.ask("mara", "how many days of annual leave do I have", thread_ts=ts)
        await home.reply(ts, 2)
        for text in ("and for interns?", "how much leave may be carried over?"):
            await home.ask("tomasz", text, thread_ts=ts)
        for number in (2, 3, 4):
            await home.ending(ts, number)
        assert "28 days" in home.replies(ts)[1].text
        assert "20 days" in home.replies(ts)[2].text + home.replies(ts)[3].text  # deliveries overtake
        (conversation,) = (each for each in await home.knowledge.conversations() if len(each.messages) > 2)
        kinds = [each.kind for each in conversation.messages]
        assert kinds == ["user_query", "bot_response"] * 3, "one was asked before the last was answered"

    async def below_another_persons_how_to() -> None:
        first = await home.ask("mara", "good morning")
        ts = await home.ask("mara", "@pipeshub", thread_ts=first)
        await home.reply(first)
        assert ts != first
        await home.ask("tomasz", "thanks", thread_ts=first)
        await home.ask("tomasz", "How many days of annual leave do I have?", thread_ts=first)
        reply = await home.ending(first, 2)
        assert "28 days" in reply.text
        await home.press("tomasz", reply, "Archive")  # which only the owner of the conversation may
        await home.workspace.until(lambda: "Archived by" in shown(reply) or None)

    await asyncio.gather(
        without_a_mention(),
        in_a_thread_of_people(),
        below_the_how_to(),
        below_another_persons_how_to(),
    )


async def test_what_asks_nothing_new_is_not_answered(home: House) -> None:
    among_people = await home.ask("mara", "good morning")
    await home.ask("tomasz", "how many days of leave do we have?", thread_ts=among_people)
    empty = await home.ask("mara", "@pipeshub")
    home.workspace.faults.add(SlackFault(DELIVERY, times=None, twice=True))
    twice = await home.ask("mara", LEAVE)
    await home.ending(twice)
    home.workspace.faults.clear()
    edited = await home.ask("mara", LEAVE)
    await home.ending(edited)
    await home.people.edit("mara", "help-desk", edited, LEAVE + " please")
    await home.ask("tomasz", "@mara did you know?", thread_ts=edited)
    await home.settle()
    assert home.replies(among_people) == []
    (how_to,) = home.replies(empty)
    assert "mention me with your question" in shown(how_to)
    assert len(home.replies(twice)) == 1
    assert len(home.replies(edited)) == 1
    assert [len(each.messages) for each in await home.knowledge.conversations()] == [2, 2]


async def test_an_answer_fills_while_it_is_written_and_can_be_stopped(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 15}) as home:
        ts = await home.ask("mara", LEAVE)
        reply = await home.reply(ts)
        await home.workspace.until(lambda: "Leave" in reply.text or None)
        await home.press("tomasz", reply, "Stop")
        stopped = await home.ending(ts)
        assert "Leave" in stopped.text
        assert "Stopped by <@" in shown(stopped)
        home.workspace.calls.clear()
        await home.ask("mara", "@pipeshub and for interns?", thread_ts=ts)
        assert "20 days" in (await home.ending(ts, 2)).text
        texts = [call.arguments["text"] for call in home.workspace.calls.of("chat.update")]
        assert len(texts) > 2
        assert len(texts[0]) < len(texts[-1])


FAILURES = [
    (Fault(Trouble.STATUS, status=401), "does not accept my sign-in"),
    (Fault(Trouble.STATUS, times=None, status=404), "no longer has this conversation"),
    (Fault(Trouble.ERROR, after_words=5), "could not finish this answer"),
    (Fault(Trouble.STATUS, times=None, status=500), "a problem of its own"),
    (Fault(Trouble.STATUS, status=403), "does not allow me"),
    (Fault(Trouble.STATUS, status=429, times=None, retry_after=0), "more questions than it can take"),
    (Fault(Trouble.STATUS, status=400), "did not accept this question"),
    (Fault(Trouble.HTML), "answers with something else"),
    (Fault(Trouble.GRACEFUL_FAILURE), "could not finish this answer"),
]
TRIED_AGAIN = FAILURES[:4]
"""One of each kind: not signed in, gone, failed midway, failed before anything began."""


def says(reply: Message, words: str) -> bool:
    return words in reply.text


async def test_each_failure_ends_in_a_sentence_and_can_be_tried_again(home: House) -> None:
    home.bot.server.timeouts = replace(home.bot.server.timeouts, give_up=1)

    async def fail(number: int, fault: Fault, sentence: str) -> tuple[str, Message]:
        numbered = f"({number})"
        home.knowledge.faults.add(replace(fault, path="/conversations/", query=numbered))
        ts = await home.ask("mara", f"{LEAVE} {numbered}")
        failed = await home.ending(ts)
        assert sentence in shown(failed), fault
        assert labels(failed) == ["Try again"], fault
        return ts, failed

    failures = await asyncio.gather(*(fail(number, *each) for number, each in enumerate(FAILURES)))
    home.knowledge.faults.clear()
    tried_again = failures[: len(TRIED_AGAIN)]
    for _, failed in tried_again:
        await home.press("mara", failed, "Try again")
    await home.press("tomasz", tried_again[-1][1], "Try again")
    for (ts, failed), (fault, _) in zip(tried_again, TRIED_AGAIN, strict=True):
        await home.workspace.until(partial(says, failed, "28 days"))
        assert home.replies(ts) == [failed], fault
    await home.settle()
    asked = [each.messages[0].content for each in await home.knowledge.conversations()]
    assert len(asked) == len(set(asked)), "one was asked again that was asked already"
    said = [each.text for who in ("mara", "tomasz") for each in home.workspace.ephemerals(who)]
    assert len(said) == 1
    assert "nothing to try again" in said[0]


async def test_a_stream_that_broke_ends_in_the_whole_answer_and_is_not_asked_twice(home: House) -> None:
    for trouble in (Trouble.END, Trouble.RESET):
        home.knowledge.faults.add(Fault(trouble, path="stream", after_words=5))
        reply = await home.ending(await home.ask("mara", LEAVE))
        assert "28 days" in reply.text, trouble
        assert "Share" in labels(reply), trouble
    found = await home.knowledge.conversations()
    assert [[each.kind for each in one.messages] for one in found] == [["user_query", "bot_response"]] * 2


async def test_what_slack_does_not_draw_or_tell_fails_no_question(tmp_path: Path) -> None:
    async with house(tmp_path, workspace={"refused_blocks": frozenset({"markdown"})}) as home:
        await home.ending(await home.ask("mara", LEAVE))  # who asks is known from now on
        home.workspace.faults.add(SlackFault("users.info", times=None, error="user_not_found"))
        ts = await home.ask("mara", "@pipeshub how much annual leave does @tomasz have?")
        reply = await home.ending(ts)
        assert "28 days" in shown(reply)
        assert {block["type"] for block in reply.blocks} == {"section", "context", "actions"}
