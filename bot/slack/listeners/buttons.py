"""Presses of the buttons under replies."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.flows.asking import Asking
from bot.flows.stopping import Stopping
from bot.slack import actions, inbound
from bot.slack.inflight import Inflight
from bot.slack.outbox import Outbox
from bot.slack.render import notices


def register(app: AsyncApp, asking: Asking, stopping: Stopping, outbox: Outbox, inflight: Inflight) -> None:
    """Listen to presses."""

    async def on_stop(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = inbound.press(body)
        if not await stopping.stop(actions.read(press.value).turn, press.person):
            await outbox.whisper(press.channel, press.person, notices.NOT_RUNNING, press.thread_ts)

    async def on_try_again(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = inbound.press(body)
        turn = actions.read(press.value).turn
        inflight.start(_again(turn, press), f"again {turn}")

    async def _again(turn: str, press: inbound.Press) -> None:
        if not await asking.again(turn):
            await outbox.whisper(press.channel, press.person, notices.NOT_FAILED, press.thread_ts)

    app.action(actions.STOP)(on_stop)
    app.action(actions.TRY_AGAIN)(on_try_again)
