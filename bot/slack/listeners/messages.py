"""Mentions, direct messages and thread replies; their edits and deletions."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain.errors import SlackError
from bot.domain.turns import Question
from bot.slack import actions
from bot.slack.listeners.interactions import Flows, Interactions, on_press
from bot.slack.payloads.events import (
    asks_by_edit,
    deleted_message,
    edited_question,
    is_externally_shared,
    question_from,
)
from bot.slack.payloads.interactions import ButtonPress
from bot.slack.render.messages import render_edit_offer

log = structlog.get_logger(__name__)


def register(app: AsyncApp, flows: Flows, interactions: Interactions) -> None:
    """Listen to what people write, edit and delete, and to the button that asks an edited question."""
    messages = _Messages(flows, interactions)
    # Changes come first: Bolt gives an event to the first listener that takes it, and to no other.
    for subtype in ("message_changed", "message_deleted"):
        app.event({"type": "message", "subtype": subtype})(messages.on_change)
    app.event("app_mention")(messages.on_message)
    app.event("message")(messages.on_message)
    on_press(app, actions.ASK_EDITED, ButtonPress, messages.ask_edited)


@dataclass(frozen=True)
class _Messages:
    """Hands questions, edits and deletions to their flows."""

    flows: Flows
    interactions: Interactions

    async def on_message(
        self, event: dict[str, Any], body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        question = question_from(event, context.team_id or "", context.bot_user_id or "")
        if question is not None:
            question = replace(question, externally_shared=is_externally_shared(body))
            await self.flows.incoming.handle(question)

    async def on_change(self, event: dict[str, Any], body: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace, start = context.team_id or "", self.interactions.background_tasks.start
        bot_user = context.bot_user_id or ""
        if (deleted := deleted_message(event)) is not None:
            channel, ts = deleted
            start(self._stop_deleted(workspace, channel, ts), f"deleted {channel} {ts}")
        elif (question := edited_question(event, workspace, bot_user)) is not None:
            by_edit = asks_by_edit(event, workspace, bot_user)
            if by_edit and not await self.flows.question_edits.is_asked(question):
                question = replace(question, externally_shared=is_externally_shared(body))
                await self.flows.incoming.handle(question)
                return
            start(self._offer_edited(question), f"edited {question.thread.channel} {question.ts}")

    async def ask_edited(self, press: ButtonPress) -> None:
        about = press.about
        ask = partial(self.flows.question_edits.ask_edited, about.turn_id, press.person)
        # The button is in an ephemeral message: what must still exist is the question, whose `ts` it carries.
        self.interactions.run(replace(press, message_ts=about.choice), ask)

    async def _stop_deleted(self, workspace: str, channel: str, ts: str) -> None:
        try:
            await self.flows.question_edits.delete(workspace, channel, ts)
        except SlackError as error:
            log.info("question_edit.stop_failed", reason=error.detail)

    async def _offer_edited(self, question: Question) -> None:
        thread = question.thread
        turn = await self.flows.question_edits.edit(question)
        if turn is None:
            return
        drawn = render_edit_offer(turn.id, question.ts)
        try:
            await self.interactions.outbox.post_ephemeral(
                thread.channel, question.asker, drawn.text, thread.ts, drawn.blocks
            )
        except SlackError as error:
            log.info("question_edit.offer_failed", turn=turn.id, reason=error.detail)
