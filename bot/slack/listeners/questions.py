"""Mentions, direct messages and replies in threads."""

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.flows.asking import Asking
from bot.slack.inbound import messages
from bot.slack.inflight import Inflight


def register(app: AsyncApp, asking: Asking, inflight: Inflight) -> None:
    """Listen to what people write."""

    async def on_message(event: dict[str, Any], context: AsyncBoltContext) -> None:
        question = messages.question(event, context.team_id or "", context.bot_user_id or "")
        if question is not None and (work := await asking.take(question)) is not None:
            inflight.start(work, f"question {question.thread.channel} {question.ts}")

    app.event("app_mention")(on_message)
    app.event("message")(on_message)
