"""Slack refuses for good, or says nothing: each turn ends once, its outcome is stored, and nothing hangs."""

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from bot.demo.workspace.faults import Fault
from bot.domain.turns import FINISHED_STATES, TurnState
from bot.slack.client import TOKEN_REFUSED_CODES
from bot.store.tables import ThreadRow, TurnRow
from tests.house import OPENING, House, house, labels, shown
from tests.integration.another_bot import another

LEAVE = "@pipeshub how many days of annual leave do I have?"
SHOWING = (
    "chat.postMessage",
    "chat.update",
    "chat.startStream",
    "chat.appendStream",
    "chat.stopStream",
    "chat.delete",
)
ONE_OF_EACH_KIND = ["is_archived", "not_in_channel", "restricted_action", "token_revoked"]
MANY = 2
"""Calls of one method that are refused for good, at most, before nobody tries any more."""


async def outcome(home: House) -> tuple[TurnRow, ThreadRow]:
    """Return the one turn, and its thread, once it has an end."""
    await home.settle()
    async with home.bot.database.transaction() as session:
        turn = (await session.exec(select(TurnRow))).one()
        assert turn.state in FINISHED_STATES
        return turn, (await session.exec(select(ThreadRow))).one()


def refusing(home: House, error: str) -> None:
    """Refuse from now on whatever shows something."""
    for method in SHOWING:
        home.workspace.faults.add(Fault(method, times=None, error=error))


def said_of(refusal: str, logs: Sequence[Any]) -> None:
    """Make sure that the log says what an operator can mend, once, and calls nothing a bug."""
    assert [line for line in logs if "incident" in line or line["event"] == "task.failed"] == []
    settings = [line["setting"] for line in logs if line["log_level"] == "error"]
    assert settings == (["SLACK_BOT_TOKEN"] if refusal in TOKEN_REFUSED_CODES else [])


def tried(home: House) -> int:
    """Return how often the method was tried, and refused, that was tried most."""
    calls = [[each for each in home.workspace.calls.of(method) if each.error] for method in SHOWING]
    return max(len(each) for each in calls)


@pytest.mark.parametrize(
    ("delivery", "refusal"),
    [*(("edit", each) for each in ONE_OF_EACH_KIND), ("stream", "is_archived")],
)
async def test_a_question_whose_reply_cannot_be_placed_is_not_asked(
    tmp_path: Path, delivery: str, refusal: str
) -> None:
    async with house(tmp_path, answer_delivery=delivery) as home:
        refusing(home, refusal)
        with capture_logs() as logs:
            await home.ask("mara", LEAVE)
            await home.workspace.until(lambda: home.workspace.calls.of("chat.postMessage") or None)
            turn, _ = await outcome(home)
        said_of(refusal, logs)
        assert turn.state == TurnState.FAILED
        assert tried(home) <= MANY
        assert await home.knowledge.conversations() == ()


@pytest.mark.parametrize(
    ("refusal", "advice"),
    [
        ("restricted_action", "does not let me post there"),
        ("restricted_action_read_only_channel", "does not let me post there"),
        ("no_permission", "does not let me post there"),
        ("ekm_access_denied", "does not let me post there"),
        ("not_in_channel", "I am not in it"),
        ("is_archived", "it is archived"),
    ],
)
async def test_who_cannot_be_answered_in_a_channel_is_told_in_private(
    tmp_path: Path, refusal: str, advice: str
) -> None:
    async with house(tmp_path) as home:
        home.workspace.faults.add(Fault("chat.postMessage", times=None, error=refusal))
        for text in (LEAVE, "@pipeshub"):
            await home.ask("mara", text)
            await home.settle()
        first, second = home.workspace.ephemerals("mara")
        assert advice in first.text
        assert first.text == second.text
        assert home.workspace.ephemerals("tomasz") == []


async def test_where_nothing_private_can_be_shown_it_is_said_in_a_direct_message(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.workspace.faults.add(Fault("chat.postMessage", error="is_archived"))
        home.workspace.faults.add(Fault("chat.postEphemeral", times=None, error="is_archived"))
        await home.ask("mara", LEAVE)
        await home.settle()
        (said,) = home.workspace.messages(home.workspace.direct_message("mara").id)
        assert "it is archived. Please ask me in another channel" in said.text


async def test_a_refusal_in_a_direct_message_is_told_beside_the_question(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.workspace.faults.add(Fault("chat.postMessage", times=None, error="restricted_action"))
        await home.ask("mara", "how many days?", where=home.workspace.direct_message("mara").id)
        await home.settle()
        (said,) = home.workspace.ephemerals("mara")
        assert "ask the admins of your workspace" in said.text


@pytest.mark.parametrize("delivery", ["edit", "stream"])
@pytest.mark.parametrize("refusal", ["is_archived", "token_revoked", "message_not_found"])
async def test_an_answer_that_cannot_be_shown_any_more_is_stored(
    tmp_path: Path, delivery: str, refusal: str
) -> None:
    async with house(tmp_path, knowledge={"speed": 40}, answer_delivery=delivery) as home:
        ts = await home.ask("mara", LEAVE)
        reply = await home.reply(ts)
        await home.workspace.until(lambda: OPENING in reply.text + shown(reply) or None)
        with capture_logs() as logs:
            refusing(home, refusal)
            turn, thread = await outcome(home)
        said_of(refusal, logs)
        (conversation,) = await home.knowledge.conversations()
        assert (turn.state, turn.conversation_id) == (TurnState.DONE, conversation.id)
        assert (thread.conversation_id, turn.message_id) == (conversation.id, conversation.messages[-1].id)
        assert turn.question == ""
        assert tried(home) <= MANY
        home.workspace.faults.clear()
        await home.ask("mara", "and for interns?", thread_ts=ts)
        second = await home.reply(ts, 2)
        await home.workspace.until(lambda: "20 days" in second.text or None)
        assert len(await home.knowledge.conversations()) == 1


@pytest.mark.parametrize(
    ("delivery", "refusal"),
    [("edit", "token_revoked"), ("edit", "message_not_found"), ("stream", "is_archived")],
)
async def test_an_ending_that_cannot_be_shown_is_stored(tmp_path: Path, delivery: str, refusal: str) -> None:
    async with house(tmp_path, answer_delivery=delivery, pipeshub_streaming=False) as home:
        ts = await home.ask("mara", LEAVE)
        await home.reply(ts)
        with capture_logs() as logs:
            refusing(home, refusal)
            turn, thread = await outcome(home)
        said_of(refusal, logs)
        answered = {
            each.id
            for each in await home.knowledge.conversations()
            if "bot_response" in [message.kind for message in each.messages]
        }
        assert (turn.state, {turn.conversation_id, thread.conversation_id}) == (TurnState.DONE, answered)
        assert tried(home) <= MANY


@pytest.mark.parametrize("delivery", ["edit", "stream"])
@pytest.mark.parametrize("refusal", ["edit_window_closed", "cant_update_message", "message_not_found"])
async def test_an_ending_that_may_not_be_edited_in_comes_as_a_new_message(
    tmp_path: Path, delivery: str, refusal: str
) -> None:
    async with house(tmp_path, knowledge={"speed": 60}, answer_delivery=delivery) as home:
        home.workspace.faults.add(Fault("chat.update", times=None, error=refusal))
        ended = "message_not_in_streaming_state"
        home.workspace.faults.add(Fault("chat.appendStream", times=None, error=ended))
        ts = await home.ask("mara", LEAVE)
        reply = await home.reply(ts)
        await home.settle()
        (only,) = home.replies(ts)
        assert "28 days" in only.text
        assert "Regenerate" in labels(only)
        assert only.ts != reply.ts
        turn, _ = await outcome(home)
        assert (turn.state, turn.reply_ts, turn.leftover_ts) == (TurnState.DONE, only.ts, "")


async def test_an_edit_that_is_refused_later_leaves_no_half_of_an_answer(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 40}) as home:
        ts = await home.ask("mara", LEAVE)
        reply = await home.reply(ts)
        await home.workspace.until(lambda: OPENING in reply.text or None)
        home.workspace.faults.add(Fault("chat.update", times=None, error="edit_window_closed"))
        await home.settle()
        (only,) = home.replies(ts)
        assert "28 days" in only.text


async def test_a_reply_that_a_person_deleted_is_not_posted_again(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 40}) as home:
        ts = await home.ask("mara", LEAVE)
        reply = await home.reply(ts)
        home.workspace.conversations.delete(home.workspace.message(reply.channel, reply.ts))
        await home.settle()
        assert home.replies(ts) == []


@pytest.mark.parametrize(
    ("delivery", "method"),
    [
        ("edit", "chat.postMessage"),
        ("edit", "chat.update"),
        *(("stream", f"chat.{each}Stream") for each in ("start", "append", "stop")),
    ],
)
async def test_a_call_that_slack_never_answers_delays_the_answer_and_no_more(
    tmp_path: Path, delivery: str, method: str
) -> None:
    async with (
        house(tmp_path, knowledge={"speed": 60}, answer_delivery=delivery) as home,
        another(home, slack_timeout=0.5) as (bot, url),
    ):
        home.workspace.app.request_url = url
        home.workspace.faults.add(Fault(method, times=2, delay=3))
        began = time.monotonic()
        ts = await home.ask("mara", LEAVE)
        await home.workspace.until(
            lambda: "Archive" in [each for reply in home.replies(ts) for each in labels(reply)] or None
        )
        await bot.background_tasks.drain(10)
        assert time.monotonic() - began < 15
        (reply,) = home.replies(ts)
        assert "28 days" in shown(reply) + reply.text
        assert shown(reply).count(OPENING) <= 1
        assert (await bot.turns.count_unfinished())[TurnState.RUNNING] == 0


def _struck(fault: Fault) -> int | None:
    return fault.struck or None


async def test_a_token_that_is_good_again_is_good_again(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        ts = await home.ask("mara", LEAVE)
        await home.ending(ts)
        with capture_logs() as logs:
            for number in (2, 3):
                fault = home.workspace.faults.add(Fault("*", times=None, error="invalid_auth"))
                await home.ask("mara", "and for interns?", thread_ts=ts)
                await home.workspace.until(partial(_struck, fault))
                await home.settle()
                home.workspace.faults.clear()
                await home.ask("mara", "and for interns?", thread_ts=ts)
                await home.ending(ts, number)
        assert [line["setting"] for line in logs if line["log_level"] == "error"] == ["SLACK_BOT_TOKEN"] * 2
