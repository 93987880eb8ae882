"""Connecting an account, and unlinking it."""

from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.domain.conversations import Place
from bot.flows.accounts.link import Linking
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.client import UNREACHABLE
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.interactions import Errands
from bot.slack.outbox import Outbox
from bot.slack.payloads import interactions
from bot.slack.render import home, messages

log = structlog.get_logger(__name__)


def register(app: AsyncApp, linking: Linking | None, tab: HomeTab, outbox: Outbox, errands: Errands) -> None:
    """Listen to the buttons about accounts; without `linking` old ones only are acknowledged."""

    async def on_connect(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()  # the button's address has opened the page already
        if respond.response_url is None:
            return  # in Home and in modals, which are drawn anew
        try:
            # The address is good once: its button would only disappoint.
            await respond(text=messages.SENT, response_type="ephemeral", replace_original=True)
        except UNREACHABLE as error:
            log.info("an invitation stays", error=type(error).__name__)

    async def on_connect_first(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.press(body)

        async def connect() -> None:
            if linking is not None:
                await linking.account(press.workspace, press.person)
            await outbox.whisper(press.channel, press.person, messages.CONNECTED, press.thread_ts)

        errands.run(connect(), press)

    async def on_unlink(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.view_press(body)
        if linking is None:
            return
        try:
            place = actions.read_home(press.value).place
        except UnreadableValueError:
            tab.show(press.workspace, press.person, Place(), home.ANOTHER_VERSION)
            return
        work = linking.unlink(press.workspace, press.person)
        tab.after(press.workspace, press.person, place, work, messages.UNLINKED)

    app.action(actions.CONNECT)(on_connect)
    app.action(actions.CONNECT_FIRST)(on_connect_first)
    app.action(actions.UNLINK)(on_unlink)
