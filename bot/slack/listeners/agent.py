"""What Slack tells an app that it takes for an agent."""

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.flows.actions.stop import Stopping
from bot.slack.inbound import presses
from bot.slack.listeners.errands import Errands
from bot.slack.outbox import Outbox
from bot.slack.render import notices


def register(app: AsyncApp, stopping: Stopping, outbox: Outbox, errands: Errands) -> None:
    """Listen to the Stop that Slack shows beside what it streams."""

    async def on_stopped(event: dict[str, Any], context: AsyncBoltContext) -> None:
        halt = presses.halt(event, context.team_id or "")

        async def stop() -> None:
            if not await stopping.stop_shown(halt.workspace, halt.channel, halt.messages, halt.person):
                await outbox.whisper(halt.channel, halt.person, notices.NOT_RUNNING, halt.thread_ts)

        errands.run(stop(), halt.press())

    app.event("agent_session_stopped")(on_stopped)
