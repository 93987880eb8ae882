"""The menu behind the three dots under an answer."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.inbound import presses

Choice = Callable[[str, presses.Press], Awaitable[None]]
"""What is done with a turn when somebody chose one entry of the menu."""


def register(app: AsyncApp, choices: Mapping[str, Choice]) -> None:
    """Listen to the menu, and to the entry that also stands alone.

    `choices` are its entries by the choice in their values.
    """

    async def on_more(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = presses.press(body)
        pressed = actions.read(press.value)
        if pressed.choice not in choices:
            raise UnreadableValueError("no such choice")
        await choices[pressed.choice](pressed.turn, press)

    app.action(actions.MORE)(on_more)
    app.action(actions.EARLIER_VERSION)(on_more)
