"""The buttons that link a PipesHub account and unlink it."""

from dataclasses import dataclass
from functools import partial

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.client import UNREACHABLE_EXCEPTIONS
from bot.slack.listeners.flows import Flows
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.interactions import Interactions, on_press
from bot.slack.payloads.interactions import ButtonPress, ViewPress
from bot.slack.render.messages import ALREADY_CONNECTED_TEXT, BROWSER_OPENED_TEXT, UNLINKED_TEXT

log = structlog.get_logger(__name__)


def register(app: AsyncApp, flows: Flows, interactions: Interactions, home: HomeTab) -> None:
    """Listen to the buttons about accounts, and draw Home tabs again when an account was linked.

    Without account linking, the buttons of old messages are only acknowledged.
    """
    buttons = _AccountButtons(flows, interactions, home)
    flows.ask.views.append(home)
    app.action(actions.CONNECT)(replace_invitation)
    on_press(app, actions.CONNECT_FIRST, ButtonPress, buttons.connect_first)
    on_press(app, actions.UNLINK, ViewPress, buttons.unlink)


async def replace_invitation(ack: AsyncAck, respond: AsyncRespond) -> None:
    """Acknowledge the button whose address has opened the page to link an account."""
    await ack()
    if respond.response_url is None:
        return  # in Home and in modals, which are drawn again
    try:
        # The address works once: a second press on its button would fail.
        await respond(text=BROWSER_OPENED_TEXT, response_type="ephemeral", replace_original=True)
    except UNREACHABLE_EXCEPTIONS as error:
        log.info("account.invitation_not_replaced", error=type(error).__name__)


@dataclass(frozen=True)
class _AccountButtons:
    """What the buttons do that have no address."""

    flows: Flows
    interactions: Interactions
    home: HomeTab

    async def connect_first(self, press: ButtonPress) -> None:

        async def connect() -> None:
            if self.flows.account_linking is not None:
                await self.flows.account_linking.linked_account(press.workspace, press.person)
            await self.interactions.tell(press, ALREADY_CONNECTED_TEXT)

        self.interactions.run(press, connect)

    async def unlink(self, press: ViewPress) -> None:
        linking = self.flows.account_linking
        if linking is None:
            return
        try:
            position = actions.read_home_value(press.value).position
        except UnreadableValueError:
            self.home.draw_beginning(press)
            return
        work = partial(linking.unlink, press.workspace, press.person)
        self.home.draw_after(press, position, work, UNLINKED_TEXT)
