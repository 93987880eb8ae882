"""Private answers that are shared in their thread, and threads that the bot is to leave alone."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.flows.actions.share import Revealing
from bot.flows.questions.incoming import Silencing
from bot.slack import actions
from bot.slack.inbound import presses
from bot.slack.listeners.errands import Errands


def register(app: AsyncApp, revealing: Revealing, silencing: Silencing, errands: Errands) -> None:
    """Listen to both buttons."""

    async def on_share(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = presses.press(body)
        turn = actions.read(press.value).turn
        errands.run(revealing.reveal(turn, press.person), press)

    async def on_not_now(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = presses.press(body)
        turn = actions.read(press.value).turn
        errands.run(silencing.silence(turn, press.person), press)

    app.action(actions.SHARE_IN_THREAD)(on_share)
    app.action(actions.NOT_NOW)(on_not_now)
