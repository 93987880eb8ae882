"""Presses of the buttons under replies."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.flows.actions.regenerate import Resuming, Retrying
from bot.flows.actions.stop import Stopping
from bot.slack import actions
from bot.slack.inbound import presses
from bot.slack.listeners.errands import Errands
from bot.slack.outbox import Outbox
from bot.slack.render import notices


def register(
    app: AsyncApp,
    retrying: Retrying,
    stopping: Stopping,
    resuming: Resuming,
    outbox: Outbox,
    errands: Errands,
) -> None:
    """Listen to presses."""

    async def on_stop(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = presses.press(body)
        turn = actions.read(press.value).turn

        async def stop() -> None:
            if not await stopping.stop(turn, press.person):
                await outbox.whisper(press.channel, press.person, notices.NOT_RUNNING, press.thread_ts)

        errands.run(stop(), press)

    async def on_try_again(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = presses.press(body)
        turn = actions.read(press.value).turn

        async def again() -> None:
            if not await retrying.again(turn, press.person):
                await outbox.whisper(press.channel, press.person, notices.NOT_FAILED, press.thread_ts)

        errands.run(again(), press)

    async def on_read_on(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = presses.press(body)
        turn = actions.read(press.value).turn

        async def read_on() -> None:
            if not await resuming.read_on(turn):
                await outbox.whisper(press.channel, press.person, notices.NOT_STOPPED, press.thread_ts)

        errands.run(read_on(), press)

    app.action(actions.STOP)(on_stop)
    app.action(actions.TRY_AGAIN)(on_try_again)
    app.action(actions.READ_ON)(on_read_on)
