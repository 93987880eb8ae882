"""Connecting an account, and unlinking it."""

from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.domain.conversations import ListPosition
from bot.flows.accounts.link import AccountLinkingService
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.client import UNREACHABLE_EXCEPTIONS
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.interactions import Interactions
from bot.slack.outbox import Outbox
from bot.slack.payloads import interactions as payloads
from bot.slack.render import home, messages

log = structlog.get_logger(__name__)


def register_account_linking(
    app: AsyncApp,
    account_linking: AccountLinkingService | None,
    tab: HomeTab,
    outbox: Outbox,
    interactions: Interactions,
) -> None:
    """Listen to the buttons about accounts; without `linking` old ones only are acknowledged."""

    async def on_connect(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()  # the button's address has opened the page already
        if respond.response_url is None:
            return  # in Home and in modals, which are drawn anew
        try:
            # The address is good once: its button would only disappoint.
            await respond(text=messages.BROWSER_OPENED_TEXT, response_type="ephemeral", replace_original=True)
        except UNREACHABLE_EXCEPTIONS as error:
            log.info("account.invitation_not_replaced", error=type(error).__name__)

    async def on_connect_first(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.button_press(body)

        async def connect() -> None:
            if account_linking is not None:
                await account_linking.linked_account(press.workspace, press.person)
            await outbox.post_ephemeral(
                press.channel, press.person, messages.ALREADY_CONNECTED_TEXT, press.thread_ts
            )

        interactions.run(connect(), press)

    async def on_unlink(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.view_press(body)
        if account_linking is None:
            return
        try:
            position = actions.read_home_value(press.value).position
        except UnreadableValueError:
            tab.draw(press.workspace, press.person, ListPosition(), home.OLDER_VERSION_TEXT)
            return
        work = account_linking.unlink(press.workspace, press.person)
        tab.draw_after(press.workspace, press.person, position, work, messages.UNLINKED_TEXT)

    app.action(actions.CONNECT)(on_connect)
    app.action(actions.CONNECT_FIRST)(on_connect_first)
    app.action(actions.UNLINK)(on_unlink)
