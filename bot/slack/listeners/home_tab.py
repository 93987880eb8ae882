"""The Home tab: lists of conversations, their menus, and reading one."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain.conversations import LONGEST_SEARCH, Place
from bot.domain.errors import SlackError, TitleRefused
from bot.domain.people import Linked
from bot.flows.accounts.link import Linking
from bot.flows.conversations import manage
from bot.flows.conversations.browse import Browsing
from bot.flows.conversations.manage import Archiving, Deleting, Renaming
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.directory import Directory
from bot.slack.listeners.interactions import Errands, judged
from bot.slack.outbox import Outbox
from bot.slack.payloads import interactions
from bot.slack.render import home
from bot.slack.render.blocks import Block
from bot.slack.render.modals import conversation as conversation_modal
from bot.tasks import Inflight

log = structlog.get_logger(__name__)


class HomeTab:
    """Draws Home tabs. Of several drawings for one person the one asked for last stays."""

    def __init__(
        self,
        browsing: Browsing,
        linking: Linking | None,
        outbox: Outbox,
        directory: Directory,
        inflight: Inflight,
    ) -> None:
        """Bring the parts together; without `linking` nobody has an account of their own."""
        self._browsing = browsing
        self._linking = linking
        self._outbox = outbox
        self._directory = directory
        self._inflight = inflight
        self._newest: dict[tuple[str, str], object] = {}
        self._left_at: dict[tuple[str, str], Place] = {}

    def show(self, workspace: str, person: str, place: Place, note: str = "") -> None:
        """Draw a place for a person, `note` (Slack markup) above it; a failure is told in its stead."""
        self._inflight.start(self._show(workspace, person, place, note), f"home {person}")

    def refresh(self, workspace: str, person: str) -> None:
        """Draw again where a person was last, or the beginning where this process never drew for them."""
        self.show(workspace, person, self._left_at.get((workspace, person), Place()))

    def after(
        self,
        workspace: str,
        person: str,
        place: Place,
        work: Coroutine[Any, Any, None],
        outcome: str = "",
    ) -> None:
        """Do something, then draw the place again with its outcome, or with why it could not be done.

        A deactivated account changes nothing, as with any other press.
        """

        async def done() -> None:
            note = ""
            try:
                await self._directory.active(person)
                await work
                note = outcome
            except Exception as error:  # noqa: BLE001 (judged tells bugs from the rest and logs them)
                note = f":warning: {judged(error).sentence}"
            finally:
                work.close()
            await self._show(workspace, person, place, note)

        self._inflight.start(done(), f"home {person}")

    async def _show(self, workspace: str, person: str, place: Place, note: str) -> None:
        key, mine = (workspace, person), object()
        self._newest[key] = mine
        try:
            view = await self._drawn(workspace, person, place, note)
            if self._newest.get(key) is mine:
                await self._outbox.publish_home(person, view)
                self._left_at[key] = place
        except SlackError as error:
            log.warning("a Home tab could not be drawn", reason=error.detail)
        finally:
            if self._newest.get(key) is mine:
                del self._newest[key]

    async def _drawn(self, workspace: str, person: str, place: Place, note: str) -> Block:
        try:
            account = await self._account(workspace, person)
            return home.home(await self._browsing.page(workspace, person, place), note, account)
        except Exception as error:  # noqa: BLE001 (judged tells bugs from the rest and logs them)
            found = judged(error)
            return home.unavailable(place, found.sentence, note, found.address)

    async def _account(self, workspace: str, person: str) -> Linked | None:
        return None if self._linking is None else await self._linking.account(workspace, person)


TURNING = (actions.HOME_PREVIOUS, actions.HOME_NEXT, actions.HOME_CLEAR, actions.HOME_AGAIN)


def register_tab(app: AsyncApp, tab: HomeTab) -> None:
    """Listen to visits of the Home tab, and to its buttons and search."""

    async def on_visit(event: dict[str, Any], context: AsyncBoltContext) -> None:
        visit = interactions.home_visit(event)
        if visit is not None:
            tab.show(context.team_id or "", visit.person, _left_at(visit.about))

    async def on_go(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.view_press(body)
        try:
            tab.show(press.workspace, press.person, actions.read_home(press.value).place)
        except UnreadableValueError:
            tab.show(press.workspace, press.person, Place(), home.ANOTHER_VERSION)

    async def on_search(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.view_press(body)
        words = " ".join(str(press.value or "").split())[:LONGEST_SEARCH]
        tab.show(press.workspace, press.person, Place(_left_at(press.about).shelf, search=words))

    async def on_thread(ack: AsyncAck) -> None:
        await ack()  # the button's address has opened the thread already

    app.event("app_home_opened")(on_visit)
    for action_id in (*actions.HOME_GO.values(), *TURNING):
        app.action(action_id)(on_go)
    app.action(actions.HOME_SEARCH)(on_search)
    app.action(actions.HOME_THREAD)(on_thread)


def _left_at(about: str) -> Place:
    """Return where somebody was, or the beginning where that was never drawn or by another version."""
    try:
        return actions.read_home(about).place
    except UnreadableValueError:
        return Place()


Choice = Callable[[str, interactions.ViewPress, Place], Awaitable[None]]
"""What is done with a turn when somebody chose one entry of the menu; the place is where the row stands."""


def register_rows(app: AsyncApp, tab: HomeTab, choices: Mapping[str, Choice]) -> None:
    """Listen to the menu; `choices` are its entries by the choice in their values."""

    async def on_more(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.view_press(body)
        try:
            pressed, place = actions.read(press.value), actions.read_home(press.about).place
            chosen = choices[pressed.choice]
        except (UnreadableValueError, KeyError):
            tab.show(press.workspace, press.person, Place(), home.ANOTHER_VERSION)
            return
        await chosen(pressed.turn, press, place)

    app.action(actions.HOME_MORE)(on_more)


def moving(tab: HomeTab, archiving: Archiving) -> dict[str, Choice]:
    """Return what moves a conversation into the archive and out of it."""

    async def archive(turn: str, press: interactions.ViewPress, place: Place) -> None:
        tab.after(press.workspace, press.person, place, archiving.archive(turn, press.person))

    async def unarchive(turn: str, press: interactions.ViewPress, place: Place) -> None:
        tab.after(press.workspace, press.person, place, archiving.unarchive(turn, press.person))

    return {home.ARCHIVE: archive, home.UNARCHIVE: unarchive}


def modals(
    app: AsyncApp, renames: Renaming, deletes: Deleting, tab: HomeTab, errands: Errands
) -> dict[str, Choice]:
    """Listen to the modals that rename and delete; return what opens them. Home is drawn again after them."""

    async def open_rename(turn: str, press: interactions.ViewPress, place: Place) -> None:
        async def view() -> Block:
            drawn = conversation_modal.rename(turn, await renames.title(turn, press.person))
            return drawn | _from_home(actions.HOME_RENAMING, place, turn)

        await errands.open(press, conversation_modal.RENAME, view)

    async def open_delete(turn: str, press: interactions.ViewPress, place: Place) -> None:
        async def view() -> Block:
            drawn = conversation_modal.delete(turn, await deletes.title(turn, press.person))
            return drawn | _from_home(actions.HOME_DELETING, place, turn)

        await errands.open(press, conversation_modal.DELETE, view)

    async def on_rename(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = interactions.submission(body)
        about = actions.read_home(submitted.about)
        try:
            title = manage.check(str(submitted.entered.get(conversation_modal.RENAME_TITLE) or ""))
        except TitleRefused as error:
            await ack(response_action="errors", errors={conversation_modal.RENAME_TITLE: error.sentence})
            return

        async def rename() -> str:
            said = conversation_modal.renamed(await renames.rename(about.turn, submitted.person, title))
            tab.show(submitted.workspace, submitted.person, about.place)
            return said

        await errands.carry_out(ack, submitted, conversation_modal.RENAME, rename)

    async def on_delete(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = interactions.submission(body)
        about = actions.read_home(submitted.about)

        async def delete() -> str:
            await deletes.delete(about.turn, submitted.person)
            tab.show(submitted.workspace, submitted.person, about.place)
            return conversation_modal.DELETED

        await errands.carry_out(ack, submitted, conversation_modal.DELETE, delete)

    app.view(actions.HOME_RENAMING)(on_rename)
    app.view(actions.HOME_DELETING)(on_delete)
    return {home.RENAME: open_rename, home.DELETE: open_delete}


def _from_home(callback_id: str, place: Place, turn: str) -> Block:
    return {"callback_id": callback_id, "private_metadata": actions.home_value(place, turn)}


def register_reading(app: AsyncApp, browsing: Browsing, errands: Errands, frontend: str) -> None:
    """Listen to the button that opens a conversation, and to those that turn its pages."""

    def page(press: interactions.ViewPress) -> Callable[[], Awaitable[Block]]:
        async def view() -> Block:
            wanted = actions.read_reading(press.value)
            found = await browsing.opened(press.workspace, press.person, wanted.conversation, wanted.page)
            return conversation_modal.reading(found, frontend)

        return view

    async def on_open(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.view_press(body)
        await errands.open(press, conversation_modal.READING_TITLE, page(press))

    async def on_turn_over(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.view_press(body)
        errands.turn_over(press, conversation_modal.READING_TITLE, page(press))

    app.action(actions.HOME_READ)(on_open)
    app.action(actions.READ_EARLIER)(on_turn_over)
    app.action(actions.READ_LATER)(on_turn_over)


def menu(browsing: Browsing, errands: Errands, frontend: str) -> dict[str, Choice]:
    """Return what shows a conversation without leaving the Home tab."""

    async def read(turn: str, press: interactions.ViewPress, _: object) -> None:
        async def view() -> Block:
            conversation = await browsing.of_turn(turn, press.person)
            return conversation_modal.reading(
                await browsing.opened(press.workspace, press.person, conversation), frontend
            )

        await errands.open(press, conversation_modal.READING_TITLE, view)

    return {home.READ: read}
