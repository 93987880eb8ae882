"""Mentions, direct messages and thread replies; their edits and deletions."""

from dataclasses import replace
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain.errors import SlackError
from bot.domain.turns import Question
from bot.flows.questions.edits import Revising
from bot.flows.questions.incoming import Hearing
from bot.slack import actions
from bot.slack.listeners.interactions import Errands
from bot.slack.outbox import Outbox
from bot.slack.payloads import events, interactions
from bot.slack.render import messages as revised
from bot.tasks import Inflight

log = structlog.get_logger(__name__)


def register_questions(app: AsyncApp, hearing: Hearing, inflight: Inflight) -> None:
    """Listen to what people write."""

    async def on_message(event: dict[str, Any], body: dict[str, Any], context: AsyncBoltContext) -> None:
        question = events.question(event, context.team_id or "", context.bot_user_id or "")
        if question is None:
            return
        if events.is_shared(body):
            question = replace(question, outside=True)
        if (work := await hearing.hear(question)) is not None:
            inflight.start(work, f"question {question.thread.channel} {question.ts}")

    app.event("app_mention")(on_message)
    app.event("message")(on_message)


def register_edits(
    app: AsyncApp, revising: Revising, outbox: Outbox, errands: Errands, inflight: Inflight
) -> None:
    """Listen to what becomes of messages, and to the button under an edited one."""

    async def on_change(event: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace, channel = context.team_id or "", event.get("channel")
        if (deleted := events.deletion(event, workspace)) is not None:
            inflight.start(_stop(revising, deleted), f"deleted {deleted.channel} {deleted.ts}")
        elif (question := events.edit(event, workspace, context.bot_user_id or "")) is not None:
            inflight.start(_offer(revising, outbox, question), f"edited {channel} {question.ts}")

    async def on_ask(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.press(body)
        pressed = actions.read(press.value)

        async def ask() -> None:
            if (work := await revising.ask(pressed.turn, press.person)) is not None:
                await work

        # The button stands in a message that only its reader has: the question's own is what has to stand.
        errands.run(ask(), replace(press, message_ts=pressed.choice))

    for subtype in ("message_changed", "message_deleted"):
        app.event({"type": "message", "subtype": subtype})(on_change)
    app.action(actions.ASK_EDITED)(on_ask)


async def _stop(revising: Revising, deleted: events.Deleted) -> None:
    try:
        await revising.deleted(deleted.workspace, deleted.channel, deleted.ts)
    except SlackError as error:
        log.info("a stopped reply could not be drawn", reason=error.detail)


async def _offer(revising: Revising, outbox: Outbox, question: Question) -> None:
    thread = question.thread
    turn = await revising.edited(question)
    if turn is None:
        return
    drawn = revised.offer(turn.id, question.ts)
    try:
        await outbox.whisper(thread.channel, question.asker, drawn.text, thread.ts, drawn.blocks)
    except SlackError as error:
        log.info("nobody is told of an edited question", turn=turn.id, reason=error.detail)
