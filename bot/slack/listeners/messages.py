"""Mentions, direct messages and thread replies; their edits and deletions."""

from dataclasses import replace
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain.errors import SlackError
from bot.domain.turns import Question
from bot.flows.questions.edits import QuestionEditService
from bot.flows.questions.incoming import IncomingMessageService
from bot.slack import actions
from bot.slack.listeners.interactions import Interactions
from bot.slack.outbox import Outbox
from bot.slack.payloads import events
from bot.slack.payloads import interactions as payloads
from bot.slack.render import messages as revised
from bot.tasks import BackgroundTasks

log = structlog.get_logger(__name__)


def register_questions(
    app: AsyncApp, incoming_service: IncomingMessageService, background_tasks: BackgroundTasks
) -> None:
    """Listen to what people write."""

    async def on_message(event: dict[str, Any], body: dict[str, Any], context: AsyncBoltContext) -> None:
        question = events.question_from(event, context.team_id or "", context.bot_user_id or "")
        if question is None:
            return
        if events.is_externally_shared(body):
            question = replace(question, externally_shared=True)
        if (work := await incoming_service.handle(question)) is not None:
            background_tasks.start(work, f"question {question.thread.channel} {question.ts}")

    app.event("app_mention")(on_message)
    app.event("message")(on_message)


def register_edits(
    app: AsyncApp,
    question_edit_service: QuestionEditService,
    outbox: Outbox,
    interactions: Interactions,
    background_tasks: BackgroundTasks,
) -> None:
    """Listen to what becomes of messages, and to the button under an edited one."""

    async def on_change(event: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace, channel = context.team_id or "", event.get("channel")
        if (deleted := events.deleted_message(event, workspace)) is not None:
            background_tasks.start(
                _stop_deleted(question_edit_service, deleted), f"deleted {deleted.channel} {deleted.ts}"
            )
        elif (question := events.edited_question(event, workspace, context.bot_user_id or "")) is not None:
            background_tasks.start(
                _offer_edited(question_edit_service, outbox, question), f"edited {channel} {question.ts}"
            )

    async def on_ask(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.button_press(body)
        pressed = actions.read_button_value(press.value)

        async def ask() -> None:
            if (work := await question_edit_service.ask_edited(pressed.turn_id, press.person)) is not None:
                await work

        # The button stands in a message that only its reader has: the question's own is what has to stand.
        interactions.run(ask(), replace(press, message_ts=pressed.choice))

    for subtype in ("message_changed", "message_deleted"):
        app.event({"type": "message", "subtype": subtype})(on_change)
    app.action(actions.ASK_EDITED)(on_ask)


async def _stop_deleted(question_edit_service: QuestionEditService, deleted: events.DeletedMessage) -> None:
    try:
        await question_edit_service.delete(deleted.workspace, deleted.channel, deleted.ts)
    except SlackError as error:
        log.info("question_edit.stop_failed", reason=error.detail)


async def _offer_edited(
    question_edit_service: QuestionEditService, outbox: Outbox, question: Question
) -> None:
    thread = question.thread
    turn = await question_edit_service.edit(question)
    if turn is None:
        return
    drawn = revised.render_edit_offer(turn.id, question.ts)
    try:
        await outbox.post_ephemeral(thread.channel, question.asker, drawn.text, thread.ts, drawn.blocks)
    except SlackError as error:
        log.info("question_edit.offer_failed", turn=turn.id, reason=error.detail)
