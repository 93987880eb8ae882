"""Reading conversations in a modal."""

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.flows.conversations.browse import Browsing
from bot.slack import actions
from bot.slack.inbound import views
from bot.slack.listeners.errands import Errands
from bot.slack.listeners.home_rows import Choice
from bot.slack.render import home
from bot.slack.render.message import Block
from bot.slack.render.modals import reading as conversation_modal


def register(app: AsyncApp, browsing: Browsing, errands: Errands, frontend: str) -> None:
    """Listen to the button that opens a conversation, and to those that turn its pages."""

    def page(press: views.ViewPress) -> Callable[[], Awaitable[Block]]:
        async def view() -> Block:
            wanted = actions.read_reading(press.value)
            found = await browsing.opened(press.workspace, press.person, wanted.conversation, wanted.page)
            return conversation_modal.reading(found, frontend)

        return view

    async def on_open(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = views.view_press(body)
        await errands.open(press, conversation_modal.TITLE, page(press))

    async def on_turn_over(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = views.view_press(body)
        errands.turn_over(press, conversation_modal.TITLE, page(press))

    app.action(actions.HOME_READ)(on_open)
    app.action(actions.READ_EARLIER)(on_turn_over)
    app.action(actions.READ_LATER)(on_turn_over)


def menu(browsing: Browsing, errands: Errands, frontend: str) -> dict[str, Choice]:
    """Return what shows a conversation without leaving the Home tab."""

    async def read(turn: str, press: views.ViewPress, _: object) -> None:
        async def view() -> Block:
            conversation = await browsing.of_turn(turn, press.person)
            return conversation_modal.reading(
                await browsing.opened(press.workspace, press.person, conversation), frontend
            )

        await errands.open(press, conversation_modal.TITLE, view)

    return {home.READ: read}
