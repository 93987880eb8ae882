"""Presses of the questions that an answer suggests."""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.flows.questions.ask import Following
from bot.slack import actions
from bot.slack.inbound import presses
from bot.slack.listeners.errands import Errands
from bot.slack.render.message import escaped


def register(app: AsyncApp, following: Following, errands: Errands) -> None:
    """Listen to suggestions; what one asks stands in its value."""

    async def on_follow_up(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = presses.press(body)
        pressed = actions.read(press.value)
        number = int(press.action_id.rpartition("_")[2])

        async def follow() -> None:
            work = await following.follow(pressed.turn, number, escaped(pressed.choice), press.person)
            if work is not None:
                await work

        errands.run(follow(), press)

    app.action(re.compile(rf"^{actions.FOLLOW_UP}_\d$"))(on_follow_up)
