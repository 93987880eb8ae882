"""Mentions, direct messages and replies in threads."""

from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.flows.questions.incoming import Hearing
from bot.slack.inbound import envelopes, messages
from bot.tasks import Inflight


def register(app: AsyncApp, hearing: Hearing, inflight: Inflight) -> None:
    """Listen to what people write."""

    async def on_message(event: dict[str, Any], body: dict[str, Any], context: AsyncBoltContext) -> None:
        question = messages.question(event, context.team_id or "", context.bot_user_id or "")
        if question is None:
            return
        if envelopes.is_shared(body):
            question = replace(question, outside=True)
        if (work := await hearing.hear(question)) is not None:
            inflight.start(work, f"question {question.thread.channel} {question.ts}")

    app.event("app_mention")(on_message)
    app.event("message")(on_message)
