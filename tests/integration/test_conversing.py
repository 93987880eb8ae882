"""Questions and answers, from Slack to PipesHub and back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.workspace.faults import DELIVERY
from bot.demo.workspace.faults import Fault as SlackFault
from tests.house import House, house, labels, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        yield home


@pytest.mark.parametrize("dialect", ["documented", "legacy", "agui"])
async def test_a_mention_is_answered_in_its_thread_with_sources(tmp_path: Path, dialect: str) -> None:
    async with house(tmp_path, knowledge={"dialect": dialect}) as home:
        ts = await home.ask("mara", LEAVE)
        reply = await home.ending(ts)
        assert "28 days" in reply.text
        assert f"<{home.knowledge.url}/record/" in shown(reply)
        assert "|Leave>" in shown(reply)
        assert len(home.replies(ts)) == 1


@pytest.mark.parametrize("dialect", ["documented", "legacy", "agui"])
async def test_the_thread_goes_on_without_a_mention_whoever_asks(tmp_path: Path, dialect: str) -> None:
    async with house(tmp_path, knowledge={"dialect": dialect}) as home:
        ts = await home.ask("mara", LEAVE)
        await home.ending(ts)
        await home.ask("tomasz", "and for interns?", thread_ts=ts)
        reply = await home.ending(ts, 2)
        assert "20 days" in reply.text
        (conversation,) = await home.knowledge.conversations()
        assert len([each for each in conversation.messages if each.kind == "user_query"]) == 2


async def test_the_answer_fills_while_it_is_written(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 25}) as home:
        ts = await home.ask("mara", LEAVE)
        await home.ending(ts)
        texts = [call.arguments["text"] for call in home.workspace.calls.of("chat.update")]
        assert len(texts) > 2
        assert len(texts[0]) < len(texts[-1])


async def test_a_direct_message_needs_no_mention(home: House) -> None:
    direct = home.workspace.direct_message("amina").id
    ts = await home.ask("amina", "how are expenses paid back?", where=direct)
    reply = await home.ending(ts, where=direct)
    assert "next salary" in reply.text


async def test_a_mention_in_a_thread_of_people_is_answered_there(home: House) -> None:
    ts = await home.ask("mara", "who knows how much leave we have?")
    await home.ask("tomasz", LEAVE, thread_ts=ts)
    assert "28 days" in (await home.ending(ts)).text


async def test_people_talk_without_being_answered(home: House) -> None:
    ts = await home.ask("mara", "good morning")
    await home.ask("tomasz", "how many days of leave do we have?", thread_ts=ts)
    asked = await home.ask("mara", LEAVE)
    await home.ending(asked)
    await home.ask("tomasz", "@mara did you know?", thread_ts=asked)
    last = await home.ask("mara", LEAVE)
    await home.ending(last)
    assert home.replies(ts) == []
    assert len(home.replies(asked)) == 1


async def test_an_empty_mention_gets_a_short_how_to_once(home: House) -> None:
    ts = await home.ask("mara", "@pipeshub")
    reply = await home.reply(ts)
    assert "mention me with your question" in shown(reply)
    again = await home.ask("mara", LEAVE)
    await home.ending(again)
    assert len(home.replies(ts)) == 1
    assert len(await home.knowledge.conversations()) == 1


async def test_a_question_below_the_how_to_is_answered(home: House) -> None:
    ts = await home.ask("mara", "@pipeshub")
    await home.reply(ts)
    await home.ask("mara", "how many days of annual leave do I have", thread_ts=ts)
    assert "28 days" in (await home.ending(ts, 2)).text


async def test_who_asks_below_another_persons_how_to_owns_the_conversation(home: House) -> None:
    first = await home.ask("mara", "good morning")
    ts = await home.ask("mara", "@pipeshub", thread_ts=first)
    await home.workspace.until(lambda: home.replies(first) or None)
    assert ts != first
    await home.ask("tomasz", "thanks", thread_ts=first)
    await home.ask("tomasz", "How many days of annual leave do I have?", thread_ts=first)
    reply = await home.ending(first, 2)
    assert "28 days" in reply.text
    await home.press("tomasz", reply, "Archive")
    await home.workspace.until(lambda: "Archived by" in shown(reply) or None)


async def test_names_and_links_reach_pipeshub_as_people_read_them(home: House) -> None:
    ts = await home.ask(
        "mara", "@pipeshub does @tomasz in #engineering have leave, see https://example.com <b>now</b>?"
    )
    await home.ending(ts)
    (conversation,) = await home.knowledge.conversations()
    asked = conversation.messages[0].content
    assert (
        asked
        == "does @tomasz in #engineering have leave, see https://example.com \u2039b\u203anow\u2039/b\u203a?"
    )


async def test_a_delivery_that_comes_twice_is_answered_once(home: House) -> None:
    home.workspace.faults.add(SlackFault(DELIVERY, times=None, twice=True))
    ts = await home.ask("mara", LEAVE)
    await home.ending(ts)
    home.workspace.faults.clear()
    last = await home.ask("mara", LEAVE)
    await home.ending(last)
    assert len(home.replies(ts)) == 1
    assert len(await home.knowledge.conversations()) == 2


async def test_an_edited_question_is_not_asked_again(home: House) -> None:
    ts = await home.ask("mara", LEAVE)
    await home.ending(ts)
    await home.people.edit("mara", "help-desk", ts, LEAVE + " please")
    last = await home.ask("mara", LEAVE)
    await home.ending(last)
    assert len(home.replies(ts)) == 1


async def test_questions_of_one_thread_are_asked_one_after_the_other(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 100}) as home:
        ts = await home.ask("mara", LEAVE)
        await home.reply(ts)
        for text in ("and for interns?", "how much leave may be carried over?"):
            await home.ask("tomasz", text, thread_ts=ts)
        for number in (1, 2, 3):
            await home.ending(ts, number)
        (conversation,) = await home.knowledge.conversations()
        kinds = [each.kind for each in conversation.messages]
        assert kinds == ["user_query", "bot_response"] * 3


async def test_a_stopped_answer_keeps_its_text_and_the_thread_goes_on(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 15}) as home:
        ts = await home.ask("mara", LEAVE)
        reply = await home.reply(ts)
        await home.workspace.until(
            lambda: "Leave" in home.workspace.message(reply.channel, reply.ts).text or None
        )
        await home.press("tomasz", home.workspace.message(reply.channel, reply.ts), "Stop")
        ended = await home.ending(ts)
        assert "Stopped by <@" in shown(ended)
        await home.ask("mara", "@pipeshub and for interns?", thread_ts=ts)
        assert "20 days" in (await home.ending(ts, 2)).text


TROUBLES = [
    (Fault(Trouble.STATUS, path="stream", status=401), "does not accept my sign-in"),
    (Fault(Trouble.STATUS, path="stream", status=403), "does not allow me"),
    (
        Fault(Trouble.STATUS, path="/conversations/", times=None, status=404),
        "no longer has this conversation",
    ),
    (
        Fault(Trouble.STATUS, path="stream", status=429, times=None, retry_after=0),
        "more questions than it can take",
    ),
    (Fault(Trouble.STATUS, path="stream", status=500), "a problem of its own"),
    (Fault(Trouble.STATUS, path="stream", status=400), "did not accept this question"),
    (Fault(Trouble.HTML, path="stream"), "answers with something else"),
    (Fault(Trouble.ERROR, path="stream", after_words=5), "could not finish this answer"),
    (Fault(Trouble.GRACEFUL_FAILURE, path="stream"), "could not finish this answer"),
]


@pytest.mark.parametrize(("fault", "sentence"), TROUBLES)
async def test_each_failure_ends_in_a_sentence_and_can_be_tried_again(
    home: House, fault: Fault, sentence: str
) -> None:
    home.knowledge.faults.add(fault)
    ts = await home.ask("mara", LEAVE)
    failed = await home.ending(ts)
    assert sentence in shown(failed)
    assert labels(failed) == ["Try again"]
    home.knowledge.faults.clear()
    await home.press("mara", failed, "Try again")
    reply = await home.workspace.until(
        lambda: next((each for each in home.replies(ts) if "28 days" in each.text), None)
    )
    assert reply.ts == failed.ts


@pytest.mark.parametrize("trouble", [Trouble.END, Trouble.RESET])
async def test_a_stream_that_broke_ends_in_the_whole_answer_and_is_not_asked_twice(
    home: House, trouble: Trouble
) -> None:
    home.knowledge.faults.add(Fault(trouble, path="stream", after_words=5))
    ts = await home.ask("mara", LEAVE)
    reply = await home.ending(ts)
    assert "28 days" in reply.text
    assert "Share" in labels(reply)
    (conversation,) = await home.knowledge.conversations()
    assert [each.kind for each in conversation.messages] == ["user_query", "bot_response"]


async def test_trying_again_twice_asks_once(home: House) -> None:
    home.knowledge.faults.add(Fault(Trouble.STATUS, path="stream", status=500))
    ts = await home.ask("mara", LEAVE)
    failed = await home.ending(ts)
    await asyncio.gather(home.press("mara", failed, "Try again"), home.press("tomasz", failed, "Try again"))
    await home.workspace.until(lambda: any("28 days" in each.text for each in home.replies(ts)) or None)
    assert len(await home.knowledge.conversations()) == 1
    said = await home.workspace.until(
        lambda: [each.text for who in ("mara", "tomasz") for each in home.workspace.ephemerals(who)]
    )
    assert len(said) == 1
    assert "nothing to try again" in said[0]


async def test_a_workspace_that_refuses_markdown_blocks_gets_plainer_ones(tmp_path: Path) -> None:
    async with house(tmp_path, workspace={"refused_blocks": frozenset({"markdown"})}) as home:
        ts = await home.ask("mara", LEAVE)
        reply = await home.ending(ts)
        assert "28 days" in shown(reply)
        assert {block["type"] for block in reply.blocks} == {"section", "context", "actions"}


async def test_slacks_limits_do_not_lose_the_ending(home: House) -> None:
    home.workspace.faults.add(SlackFault("chat.update", times=3, status=429, retry_after=1))
    ts = await home.ask("mara", LEAVE)
    assert "28 days" in (await home.ending(ts)).text


async def test_a_name_slack_does_not_tell_fails_no_question(home: House) -> None:
    await home.ending(await home.ask("mara", LEAVE))  # who asks is known from now on
    home.workspace.faults.add(SlackFault("users.info", times=None, error="user_not_found"))
    ts = await home.ask("mara", "@pipeshub how much annual leave does @tomasz have?")
    assert "28 days" in (await home.ending(ts)).text
