"""Slack refuses for good, or says nothing: each turn ends once, its outcome is stored, and nothing hangs."""

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select
from structlog.testing import capture_logs

from bot.demo.workspace.faults import Fault
from bot.demo.workspace.model import Message
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
ONE_OF_EACH_KIND = [
    "is_archived",
    "not_in_channel",
    "channel_not_found",
    "restricted_action",
    "token_revoked",
]
MANY = 2
"""Calls of one method that are refused for good, at most, before the bot gives up."""


@pytest.fixture(params=["edit", "stream"])
def delivery(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def outcome(home: House, ts: str) -> tuple[TurnRow, ThreadRow]:
    """Return the first turn of a thread, and the thread, once it has an end."""
    await home.settle()
    async with home.bot.database.transaction() as session:
        found = select(TurnRow).where(TurnRow.thread_ts == ts).order_by(col(TurnRow.message_ts))
        turn = (await session.exec(found)).first()
        assert turn is not None
        assert turn.state in FINISHED_STATES
        return turn, (await session.exec(select(ThreadRow).where(ThreadRow.ts == ts))).one()


async def asked_afresh(home: House) -> str:
    """Ask in a thread of its own where nothing went wrong so far, and return its ts."""
    home.workspace.faults.clear()
    home.workspace.calls.clear()
    return await home.ask("mara", LEAVE)


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


async def test_a_question_whose_reply_cannot_be_placed_is_not_asked(tmp_path: Path, delivery: str) -> None:
    async with house(tmp_path, answer_delivery=delivery) as home:
        for refusal in ONE_OF_EACH_KIND if delivery == "edit" else ["is_archived"]:
            home.workspace.calls.clear()
            refusing(home, refusal)
            with capture_logs() as logs:
                ts = await home.ask("mara", LEAVE)
                await home.workspace.until(lambda: home.workspace.calls.of("chat.postMessage") or None)
                turn, _ = await outcome(home, ts)
            said_of(refusal, logs)
            assert turn.state == TurnState.FAILED, refusal
            assert tried(home) <= MANY, refusal
            assert len(home.workspace.calls.of("chat.postMessage")) == 1, refusal
            assert await home.bot.queue.find_abandoned() == [], refusal
            assert await home.knowledge.conversations() == (), refusal
            home.workspace.faults.clear()


async def test_who_cannot_be_answered_where_they_asked_is_told_in_private(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        for refusal, advice in {
            "restricted_action": "does not let me post there",
            "restricted_action_read_only_channel": "does not let me post there",
            "no_permission": "does not let me post there",
            "ekm_access_denied": "does not let me post there",
            "not_in_channel": "I am not in it",
            "is_archived": "it is archived",
        }.items():
            await home.people.reload("mara")
            home.workspace.faults.clear()
            home.workspace.faults.add(Fault("chat.postMessage", times=None, error=refusal))
            for text in (LEAVE, "@pipeshub"):
                await home.ask("mara", text)
                await home.settle()
            first, second = home.workspace.ephemerals("mara")
            assert advice in first.text, refusal
            assert first.text == second.text, refusal
            assert home.workspace.ephemerals("tomasz") == []

        await home.people.reload("mara")
        home.workspace.faults.clear()
        home.workspace.faults.add(Fault("chat.postMessage", times=None, error="restricted_action"))
        await home.ask("mara", "how many days?", where=home.workspace.direct_message("mara").id)
        await home.settle()
        (said,) = home.workspace.ephemerals("mara")
        assert "ask the admins of your workspace" in said.text

        home.workspace.faults.clear()
        home.workspace.faults.add(Fault("chat.postMessage", error="is_archived"))
        home.workspace.faults.add(Fault("chat.postEphemeral", times=None, error="is_archived"))
        await home.ask("tomasz", LEAVE)
        await home.settle()
        (said,) = home.workspace.messages(home.workspace.direct_message("tomasz").id)
        assert "it is archived. Please ask me in another channel" in said.text


async def test_an_answer_that_cannot_be_shown_any_more_is_stored(tmp_path: Path, delivery: str) -> None:
    async with house(tmp_path, knowledge={"speed": 40}, answer_delivery=delivery) as home:
        for number, refusal in enumerate(("is_archived", "message_not_found", "token_revoked"), start=1):
            ts = await asked_afresh(home)
            reply = await home.reply(ts)
            await home.workspace.until(partial(shows, reply, OPENING))
            with capture_logs() as logs:
                refusing(home, refusal)
                turn, thread = await outcome(home, ts)
            said_of(refusal, logs)
            conversation = (await home.knowledge.conversations())[-1]
            assert (turn.state, turn.conversation_id) == (TurnState.DONE, conversation.id), refusal
            stored = (thread.conversation_id, turn.message_id)
            assert stored == (conversation.id, conversation.messages[-1].id), refusal
            assert turn.question == "", refusal
            assert tried(home) <= MANY, refusal
            home.workspace.faults.clear()
            await home.ask("mara", "and for interns?", thread_ts=ts)
            second = await home.reply(ts, 2)
            await home.workspace.until(partial(shows, second, "20 days"))
            await home.settle()
            assert len(await home.knowledge.conversations()) == number, refusal


async def test_an_ending_that_cannot_be_shown_is_stored(tmp_path: Path, delivery: str) -> None:
    async with house(tmp_path, answer_delivery=delivery, pipeshub_streaming=False) as home:
        for refusal in ("message_not_found", "token_revoked") if delivery == "edit" else ("is_archived",):
            before = {each.id for each in await home.knowledge.conversations()}
            ts = await asked_afresh(home)
            await home.reply(ts)
            with capture_logs() as logs:
                refusing(home, refusal)
                turn, thread = await outcome(home, ts)
            said_of(refusal, logs)
            answered = {
                each.id
                for each in await home.knowledge.conversations()
                if each.id not in before and "bot_response" in [message.kind for message in each.messages]
            }
            stored = (turn.state, {turn.conversation_id, thread.conversation_id})
            assert stored == (TurnState.DONE, answered), refusal
            assert tried(home) <= MANY, refusal


async def test_an_ending_that_may_not_be_edited_in_comes_as_a_new_message(
    tmp_path: Path, delivery: str
) -> None:
    async with house(tmp_path, knowledge={"speed": 60}, answer_delivery=delivery) as home:
        for refusal in ("edit_window_closed", "cant_update_message", "message_not_found"):
            home.workspace.faults.clear()
            home.workspace.faults.add(Fault("chat.update", times=None, error=refusal))
            ended = "message_not_in_streaming_state"
            home.workspace.faults.add(Fault("chat.appendStream", times=None, error=ended))
            ts = await home.ask("mara", LEAVE)
            reply = await home.reply(ts)
            await home.settle()
            (only,) = home.replies(ts)
            assert "28 days" in only.text, refusal
            assert "Regenerate" in labels(only), refusal
            assert only.ts != reply.ts, refusal
            turn, _ = await outcome(home, ts)
            assert (turn.state, turn.reply_ts, turn.leftover_ts) == (TurnState.DONE, only.ts, ""), refusal


async def test_what_is_refused_or_deleted_while_it_is_written_leaves_no_half_of_an_answer(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, knowledge={"speed": 40}) as home:
        ts = await home.ask("mara", LEAVE)
        reply = await home.reply(ts)
        home.workspace.conversations.delete(home.workspace.message(reply.channel, reply.ts))
        await home.settle()
        assert home.replies(ts) == [], "a person deleted it"
        ts = await home.ask("mara", LEAVE)
        await home.workspace.until(partial(shows, await home.reply(ts), OPENING))
        home.workspace.faults.add(Fault("chat.update", times=None, error="edit_window_closed"))
        await home.settle()
        (only,) = home.replies(ts)
        assert "28 days" in only.text


SILENT = {"edit": ("postMessage", "update"), "stream": ("startStream", "appendStream", "stopStream")}


async def test_a_call_that_slack_never_answers_delays_the_answer_at_most(
    tmp_path: Path, delivery: str
) -> None:
    async with (
        house(tmp_path, knowledge={"speed": 60}, answer_delivery=delivery) as home,
        another(home, slack_timeout=0.5) as (bot, url),
    ):
        home.workspace.app.request_url = url
        for method in SILENT[delivery]:
            fault = home.workspace.faults.add(Fault(f"chat.{method}", times=2, delay=3))
            began = time.monotonic()
            ts = await home.ask("mara", LEAVE)
            await home.workspace.until(partial(ended, home, ts))
            await bot.background_tasks.drain(10)
            assert time.monotonic() - began < 15, method
            (reply,) = home.replies(ts)
            assert fault.struck, method
            assert "28 days" in shown(reply) + reply.text, method
            assert shown(reply).count(OPENING) <= 1, method
            assert (await bot.turns.count_unfinished())[TurnState.RUNNING] == 0, method
            home.workspace.faults.clear()


def shows(message: Message, text: str) -> bool:
    return text in message.text + shown(message)


def ended(home: House, ts: str) -> bool:
    return "Archive" in [each for reply in home.replies(ts) for each in labels(reply)]


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
