"""What people press in the Home tab: lists, pages, the search, each row's menu, transcripts, their account.

The buttons that link an account are also in messages.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain.conversations import MAX_SEARCH_LENGTH, ListPosition
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.client import UNREACHABLE_EXCEPTIONS
from bot.slack.listeners.answer_buttons import AnswerButtons
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.interactions import Draw, Flows, Interactions, on_press
from bot.slack.payloads.interactions import ButtonPress, ViewPress, home_opened
from bot.slack.render import home as home_page
from bot.slack.render.blocks import Block
from bot.slack.render.messages import ALREADY_CONNECTED_TEXT, BROWSER_OPENED_TEXT, UNLINKED_TEXT
from bot.slack.render.modals.conversation import READING_TITLE, transcript_modal

log = structlog.get_logger(__name__)

PAGE_ACTIONS = (actions.HOME_PREVIOUS, actions.HOME_NEXT, actions.HOME_CLEAR, actions.HOME_RETRY)

RowListener = Callable[[str, ViewPress, ListPosition], Awaitable[None]]
"""What an entry of a row's menu does with the row's turn; the place is where the row is listed."""


def register(app: AsyncApp, flows: Flows, interactions: Interactions, home: HomeTab) -> None:
    """Listen to visits of the Home tab and to everything that is pressed in it."""
    buttons = _HomeButtons(flows, interactions, home)
    answers = AnswerButtons(flows, interactions, home)
    flows.ask.views.append(home)
    menu: Mapping[str, RowListener] = {
        home_page.READ_ENTRY: buttons.read_row,
        home_page.RENAME_ENTRY: answers.open_rename,
        home_page.ARCHIVE_ENTRY: buttons.archive,
        home_page.UNARCHIVE_ENTRY: buttons.unarchive,
        home_page.DELETE_ENTRY: answers.open_delete,
    }
    app.event("app_home_opened")(buttons.on_visit)
    for button in (*actions.HOME_LISTS.values(), *PAGE_ACTIONS):
        on_press(app, button, ViewPress, buttons.go)
    on_press(app, actions.HOME_SEARCH, ViewPress, buttons.search)
    on_press(app, actions.HOME_MORE, ViewPress, partial(buttons.choose, menu))
    on_press(app, actions.HOME_TRANSCRIPT, ViewPress, buttons.read)
    on_press(app, actions.TRANSCRIPT_EARLIER, ViewPress, buttons.turn_page)
    on_press(app, actions.TRANSCRIPT_LATER, ViewPress, buttons.turn_page)
    on_press(app, actions.CONNECT_FIRST, ButtonPress, buttons.connect_first)
    on_press(app, actions.UNLINK, ViewPress, buttons.unlink)
    app.action(actions.CONNECT)(_replace_invitation)
    app.action(actions.HOME_THREAD)(_acknowledge)


async def _acknowledge(ack: AsyncAck) -> None:
    await ack()  # the button's address has opened the thread already


async def _replace_invitation(ack: AsyncAck, respond: AsyncRespond) -> None:
    """Acknowledge the button whose address has opened the page to link an account."""
    await ack()
    if respond.response_url is None:
        return  # in Home and in modals, which are drawn again
    try:
        # The address works once: a second press on its button would fail.
        await respond(text=BROWSER_OPENED_TEXT, response_type="ephemeral", replace_original=True)
    except UNREACHABLE_EXCEPTIONS as error:
        log.info("account.invitation_not_replaced", error=type(error).__name__)


def _last_position(metadata: str) -> ListPosition:
    """Return the place that a view shows, the beginning where another version or nothing was drawn."""
    try:
        return actions.read_home_value(metadata).position
    except UnreadableValueError:
        return ListPosition()


@dataclass(frozen=True)
class _HomeButtons:
    """What the buttons of the Home tab do."""

    flows: Flows
    interactions: Interactions
    home: HomeTab

    async def on_visit(self, event: dict[str, Any], context: AsyncBoltContext) -> None:
        if (opened := home_opened(event)) is not None:
            person, metadata = opened
            self.home.draw(context.team_id or "", person, _last_position(metadata))

    async def go(self, press: ViewPress) -> None:
        try:
            self.home.draw(press.workspace, press.person, actions.read_home_value(press.value).position)
        except UnreadableValueError:
            self.home.draw_beginning(press)

    async def search(self, press: ViewPress) -> None:
        words = " ".join(str(press.value or "").split())[:MAX_SEARCH_LENGTH]
        shown = _last_position(press.metadata).conversation_list
        self.home.draw(press.workspace, press.person, ListPosition(shown, search=words))

    async def choose(self, menu: Mapping[str, RowListener], press: ViewPress) -> None:
        try:
            pressed = actions.read_button_value(press.value)
            position = actions.read_home_value(press.metadata).position
            chosen = menu[pressed.choice]
        except (UnreadableValueError, KeyError):
            self.home.draw_beginning(press)
            return
        await chosen(pressed.turn_id, press, position)

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

    async def archive(self, turn_id: str, press: ViewPress, position: ListPosition) -> None:
        self.home.draw_after(press, position, partial(self.flows.manage.archive, turn_id, press.person))

    async def unarchive(self, turn_id: str, press: ViewPress, position: ListPosition) -> None:
        unarchive = partial(self.flows.manage.archive, turn_id, press.person, archived=False)
        self.home.draw_after(press, position, unarchive)

    async def read_row(self, turn_id: str, press: ViewPress, _: object) -> None:

        async def draw() -> Block:
            turn = await self.flows.answer_lookup.owned(turn_id, press.person)
            return await self._transcript(press, turn.conversation_id or "")

        await self.interactions.open_modal(press, READING_TITLE, draw)

    async def read(self, press: ViewPress) -> None:
        await self.interactions.open_modal(press, READING_TITLE, self._page(press))

    async def turn_page(self, press: ViewPress) -> None:
        self.interactions.update_modal(press, READING_TITLE, self._page(press))

    def _page(self, press: ViewPress) -> Draw:
        async def draw() -> Block:
            return await self._transcript(press, *actions.read_transcript_value(press.value))

        return draw

    async def _transcript(self, press: ViewPress, conversation_id: str, page: int = 1) -> Block:
        found = await self.flows.browse.transcript_page(press.workspace, press.person, conversation_id, page)
        return await asyncio.to_thread(transcript_modal, found, self.interactions.frontend)
