"""The sources of an answer that do not fit under it."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.flows.conversations.browse import Browsing
from bot.slack import actions
from bot.slack.inbound import presses
from bot.slack.listeners.errands import Errands
from bot.slack.render.message import Block
from bot.slack.render.modals import sources as conversation_modal


def register(app: AsyncApp, browsing: Browsing, errands: Errands, frontend: str) -> None:
    """Listen to the button that shows all of them."""

    async def on_all(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = presses.press(body)
        turn = actions.read(press.value).turn

        async def view() -> Block:
            return conversation_modal.sources(await browsing.sources(turn, press.person), frontend)

        await errands.open(press, conversation_modal.TITLE, view)

    app.action(actions.ALL_SOURCES)(on_all)
