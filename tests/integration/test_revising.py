"""Questions that are edited or deleted after they were asked."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.demo.knowledge.model import Status
from bot.demo.workspace.deliveries import Route
from bot.demo.workspace.faults import Fault
from bot.demo.workspace.model import Message
from bot.domain.turns import Question, Thread, deletion_claim
from bot.slack import actions
from bot.store.claims import ClaimStore
from tests.house import House, house, labels, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"
INTERNS = "@pipeshub how many days of leave do interns have?"
OFFER = "Answer the edited question"
SLOW = 15.0


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        yield home


def offers(home: House, who: str = "mara") -> list[Message]:
    return [each for each in home.workspace.ephemerals(who) if OFFER in labels(each)]


async def offered(home: House, number: int = 1) -> Message:
    return await home.workspace.until(
        lambda: offers(home)[number - 1] if len(offers(home)) >= number else None
    )


async def questions(home: House) -> list[str]:
    """Return what PipesHub was asked, over all conversations."""
    return [
        each.content
        for conversation in await home.knowledge.conversations()
        for each in conversation.messages
        if each.kind == "user_query"
    ]


async def test_an_edited_question_is_offered_to_its_author_alone_and_asked_once(home: House) -> None:
    ts = await home.ask("mara", LEAVE)
    old = await home.ending(ts)
    message = home.workspace.message("help-desk", ts)
    preview = {"attachments": [{"from_url": "https://example.com"}]}
    home.workspace.conversations.change(message, preview, editor=None)
    await home.people.edit("mara", "help-desk", ts, LEAVE)
    await home.people.post("tomasz", "help-desk", "lunch?")
    await home.settle()
    assert offers(home) == [], "the words are the same"

    await home.people.edit("mara", "help-desk", ts, "@pipeshub what about Mars?")
    offer = await offered(home)
    assert (offer.thread_ts, offers(home, "tomasz")) == (ts, [])
    await home.people.edit("mara", "help-desk", ts, INTERNS)
    await offered(home, 2)
    forged = Message(
        ts=home.replies(ts)[0].ts,
        channel=offer.channel,
        user=offer.user,
        thread_ts=ts,
        blocks=offer.blocks,
    )
    await home.people.press("tomasz", forged, actions.ASK_EDITED)
    await home.workspace.until(lambda: home.workspace.ephemerals("tomasz") or None)
    assert "Only who wrote this question" in home.workspace.ephemerals("tomasz")[-1].text
    home.workspace.faults.add(Fault("chat.postMessage", error="restricted_action"))
    await home.people.press("mara", offer, actions.ASK_EDITED)
    await home.settle()
    assert len(home.workspace.deliveries.of("app_mention")) == 4, "an edited mention is delivered again"
    assert len(await questions(home)) == 1

    await home.people.press("mara", offer, actions.ASK_EDITED)
    await home.workspace.until(lambda: len(home.replies(ts)) == 3 or None)
    assert "20 days" in (await home.ending(ts, 3)).text, "what stands there now"
    assert "28 days" in old.text
    await home.people.press("mara", offer, actions.ASK_EDITED)
    await home.settle()
    assert "asked already" in home.workspace.ephemerals("mara")[-1].text
    assert len(home.replies(ts)) == 3
    assert len(await home.knowledge.conversations()) == 1
    assert len(await questions(home)) == 2


async def test_an_edit_counts_in_a_direct_message_and_where_it_adds_the_mention_or_the_question(
    home: House,
) -> None:
    channel = home.workspace.direct_message("mara").id
    ts = await home.people.post("mara", channel, "how many days of annual leave do I have?")
    await home.ending(ts, where=channel)
    await home.people.edit("mara", channel, ts, "how many days of leave do interns have?")
    await home.people.press("mara", await offered(home), actions.ASK_EDITED)
    await home.workspace.until(lambda: len(home.replies(ts, channel)) == 3 or None)
    assert "20 days" in (await home.ending(ts, 3, where=channel)).text
    await home.people.reload("mara")

    ts = await home.ask("mara", LEAVE.removeprefix("@pipeshub "))
    await home.settle()
    assert home.replies(ts) == []
    await home.people.edit("mara", "help-desk", ts, LEAVE)
    assert "28 days" in (await home.ending(ts)).text
    await home.settle()
    assert len(home.replies(ts)) == 1
    assert offers(home) == []
    assert len(await questions(home)) == 3

    ts = await home.ask("mara", "@pipeshub")
    await home.reply(ts)
    await home.people.edit("mara", "help-desk", ts, LEAVE)
    answer = await home.ending(ts, 2)
    assert "28 days" in answer.text
    await home.settle()
    assert len(await questions(home)) == 4

    before = shown(answer)
    await home.people.delete("mara", "help-desk", ts)
    await home.settle()
    assert shown(answer) == before, "an answer stays where its question is deleted"
    assert all(each.status is not Status.IN_PROGRESS for each in await home.knowledge.conversations())


async def test_what_is_edited_or_deleted_while_it_waits_is_asked_as_it_is_then_or_not_at_all(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, knowledge={"speed": SLOW}) as home:
        ts = await home.ask("mara", LEAVE)
        await home.reply(ts)
        waiting = await home.ask("mara", "what about Mars?", thread_ts=ts)
        await home.reply(ts, 2)
        withdrawn = await home.ask("tomasz", "and for interns?", thread_ts=ts)
        third = await home.reply(ts, 3)
        await home.people.edit("mara", "help-desk", waiting, "how many days of leave do interns have?")
        await home.people.delete("tomasz", "help-desk", withdrawn)
        await home.workspace.until(lambda: "Stopped by" in shown(third) or None)
        assert "28 days" in (await home.ending(ts, patience=15)).text
        assert "20 days" in (await home.ending(ts, 2, patience=15)).text
        await home.settle()
        assert offers(home) == []
        assert len(await questions(home)) == 2
        assert (await questions(home))[-1] == "how many days of leave do interns have?"

        ts = await home.ask("mara", LEAVE)
        reply = await home.reply(ts)
        await home.workspace.until(lambda: "Leave" in reply.text or None)
        await home.people.delete("mara", "help-desk", ts)
        await home.ending(ts)
        assert f"Stopped by <@{home.workspace.user('mara').id}>" in shown(reply)


GONE = ("1795000000.000100", "1795000002.000100")


async def delivered(home: House, event: dict[str, Any]) -> None:
    """Deliver an event as Slack does, in the channel of a question that was asked before."""
    body = home.workspace.deliveries.of("app_mention")[-1].body
    fields = {"event_id": f"Ev{event['type']}{event['ts']}", "event": body["event"] | event}
    await home.workspace.request_url.send(Route.EVENTS, body | fields, None)
    await home.settle()


def of_bot(home: House) -> list[str]:
    return [each.ts for each in home.workspace.messages("help-desk") if each.user == home.workspace.bot.id]


async def test_a_question_that_was_deleted_before_it_could_be_asked_leaves_nothing(home: House) -> None:
    await home.ending(await home.ask("mara", LEAVE))
    before = of_bot(home)
    gone = await home.ask("mara", "good morning")
    await home.people.delete("mara", "help-desk", gone)
    await home.settle()  # as if the deletion were not told yet
    team, channel = home.workspace.state.team.id, home.workspace.channel("help-desk").id
    await ClaimStore(home.bot.database).release(deletion_claim(team, channel, gone))
    await delivered(home, {"type": "app_mention", "ts": gone})
    assert len(home.workspace.calls.of("chat.delete")) == 1, "the reply is taken back"
    assert of_bot(home) == before
    assert len(await questions(home)) == 1

    posted = len(home.workspace.calls.of("chat.postMessage"))
    for gone, thread in zip(GONE, ({}, {"thread_ts": "1795000000.000001"}), strict=True):
        deletion = {"subtype": "message_deleted", "deleted_ts": gone, "ts": f"{float(gone) + 1:.6f}"}
        await delivered(home, {"type": "message"} | deletion)
        await delivered(home, {"type": "app_mention", "ts": gone} | thread)
        assert len(home.workspace.calls.of("chat.postMessage")) == posted, thread
        assert len(await questions(home)) == 1, thread

    ts = await home.ask("mara", "good morning")
    question = Question(Thread(team, channel, ts), ts, home.workspace.user("mara").id, "how many days?")
    assert await ClaimStore(home.bot.database).claim_once(question.deletion_claim)
    assert await home.installed.ask_service.ask(question)
    await home.settle()
    assert home.replies(ts) == [], "it was deleted before its placeholder"
    assert len(await questions(home)) == 1
