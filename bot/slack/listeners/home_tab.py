"""The Home tab: lists of conversations, their menus, and reading one."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain.conversations import MAX_SEARCH_LENGTH, ListPosition
from bot.domain.errors import InvalidInput, SlackError
from bot.domain.people import LinkedAccount
from bot.flows.accounts.link import AccountLinkingService
from bot.flows.conversations import manage
from bot.flows.conversations.browse import BrowseService
from bot.flows.conversations.manage import ArchiveService, DeleteService, RenameService
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.directory import Directory
from bot.slack.listeners.interactions import Interactions, user_facing_error
from bot.slack.outbox import Outbox
from bot.slack.payloads import interactions as payloads
from bot.slack.render import home
from bot.slack.render.blocks import Block
from bot.slack.render.modals import conversation as conversation_modal
from bot.tasks import BackgroundTasks

log = structlog.get_logger(__name__)


class HomeTab:
    """Draws Home tabs. Of several drawings for one person the one asked for last stays."""

    def __init__(
        self,
        browse_service: BrowseService,
        account_linking: AccountLinkingService | None,
        outbox: Outbox,
        directory: Directory,
        background_tasks: BackgroundTasks,
    ) -> None:
        """Bring the parts together; without `linking` nobody has an account of their own."""
        self._browse_service = browse_service
        self._account_linking = account_linking
        self._outbox = outbox
        self._directory = directory
        self._background_tasks = background_tasks
        self._newest: dict[tuple[str, str], object] = {}
        self._last_positions: dict[tuple[str, str], ListPosition] = {}

    def draw(self, workspace: str, person: str, position: ListPosition, note: str = "") -> None:
        """Draw a place for a person, `note` (Slack markup) above it; a failure is told in its stead."""
        self._background_tasks.start(self._publish(workspace, person, position, note), f"home {person}")

    def redraw(self, workspace: str, person: str) -> None:
        """Draw again where a person was last, or the beginning where this process never drew for them."""
        self.draw(workspace, person, self._last_positions.get((workspace, person), ListPosition()))

    def draw_after(
        self,
        workspace: str,
        person: str,
        position: ListPosition,
        work: Coroutine[Any, Any, None],
        outcome: str = "",
    ) -> None:
        """Do something, then draw the place again with its outcome, or with why it could not be done.

        A deactivated account changes nothing, as with any other press.
        """

        async def done() -> None:
            note = ""
            try:
                await self._directory.check_active(person)
                await work
                note = outcome
            except Exception as error:  # noqa: BLE001 (judged tells bugs from the rest and logs them)
                note = f":warning: {user_facing_error(error).sentence}"
            finally:
                work.close()
            await self._publish(workspace, person, position, note)

        self._background_tasks.start(done(), f"home {person}")

    async def _publish(self, workspace: str, person: str, position: ListPosition, note: str) -> None:
        key, mine = (workspace, person), object()
        self._newest[key] = mine
        try:
            view = await self._view(workspace, person, position, note)
            if self._newest.get(key) is mine:
                await self._outbox.publish_home(person, view)
                self._last_positions[key] = position
        except SlackError as error:
            log.warning("home.publish_failed", reason=error.detail)
        finally:
            if self._newest.get(key) is mine:
                del self._newest[key]

    async def _view(self, workspace: str, person: str, position: ListPosition, note: str) -> Block:
        try:
            account = await self._account(workspace, person)
            return home.render_home(
                await self._browse_service.list_page(workspace, person, position), note, account
            )
        except Exception as error:  # noqa: BLE001 (judged tells bugs from the rest and logs them)
            found = user_facing_error(error)
            return home.render_home_error(position, found.sentence, note, found.address)

    async def _account(self, workspace: str, person: str) -> LinkedAccount | None:
        return (
            None
            if self._account_linking is None
            else await self._account_linking.linked_account(workspace, person)
        )


PAGE_ACTIONS = (actions.HOME_PREVIOUS, actions.HOME_NEXT, actions.HOME_CLEAR, actions.HOME_RETRY)


def register_tab(app: AsyncApp, tab: HomeTab) -> None:
    """Listen to visits of the Home tab, and to its buttons and search."""

    async def on_visit(event: dict[str, Any], context: AsyncBoltContext) -> None:
        visit = payloads.home_opened(event)
        if visit is not None:
            tab.draw(context.team_id or "", visit.person, _last_position(visit.metadata))

    async def on_go(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.view_press(body)
        try:
            tab.draw(press.workspace, press.person, actions.read_home_value(press.value).position)
        except UnreadableValueError:
            tab.draw(press.workspace, press.person, ListPosition(), home.OLDER_VERSION_TEXT)

    async def on_search(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.view_press(body)
        words = " ".join(str(press.value or "").split())[:MAX_SEARCH_LENGTH]
        tab.draw(
            press.workspace,
            press.person,
            ListPosition(_last_position(press.metadata).conversation_list, search=words),
        )

    async def on_thread(ack: AsyncAck) -> None:
        await ack()  # the button's address has opened the thread already

    app.event("app_home_opened")(on_visit)
    for action_id in (*actions.HOME_LISTS.values(), *PAGE_ACTIONS):
        app.action(action_id)(on_go)
    app.action(actions.HOME_SEARCH)(on_search)
    app.action(actions.HOME_THREAD)(on_thread)


def _last_position(about: str) -> ListPosition:
    """Return where somebody was, or the beginning where that was never drawn or by another version."""
    try:
        return actions.read_home_value(about).position
    except UnreadableValueError:
        return ListPosition()


HomeMenuEntry = Callable[[str, payloads.ViewPress, ListPosition], Awaitable[None]]
"""What is done with a turn when somebody chose one entry of the menu; the place is where the row stands."""


def register_rows(app: AsyncApp, tab: HomeTab, choices: Mapping[str, HomeMenuEntry]) -> None:
    """Listen to the menu; `choices` are its entries by the choice in their values."""

    async def on_more(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.view_press(body)
        try:
            pressed, place = (
                actions.read_button_value(press.value),
                actions.read_home_value(press.metadata).position,
            )
            chosen = choices[pressed.choice]
        except (UnreadableValueError, KeyError):
            tab.draw(press.workspace, press.person, ListPosition(), home.OLDER_VERSION_TEXT)
            return
        await chosen(pressed.turn_id, press, place)

    app.action(actions.HOME_MORE)(on_more)


def home_archive_entries(tab: HomeTab, archive_service: ArchiveService) -> dict[str, HomeMenuEntry]:
    """Return what moves a conversation into the archive and out of it."""

    async def archive(turn: str, press: payloads.ViewPress, position: ListPosition) -> None:
        tab.draw_after(press.workspace, press.person, position, archive_service.archive(turn, press.person))

    async def unarchive(turn: str, press: payloads.ViewPress, position: ListPosition) -> None:
        tab.draw_after(press.workspace, press.person, position, archive_service.unarchive(turn, press.person))

    return {home.ARCHIVE_ENTRY: archive, home.UNARCHIVE_ENTRY: unarchive}


def register_home_rename_and_delete(
    app: AsyncApp,
    rename_service: RenameService,
    delete_service: DeleteService,
    tab: HomeTab,
    interactions: Interactions,
) -> dict[str, HomeMenuEntry]:
    """Listen to the modals that rename and delete; return what opens them. Home is drawn again after them."""

    async def open_rename(turn: str, press: payloads.ViewPress, position: ListPosition) -> None:
        async def view() -> Block:
            drawn = conversation_modal.rename_modal(turn, await rename_service.title(turn, press.person))
            return drawn | _from_home(actions.HOME_RENAME_FORM, position, turn)

        await interactions.open_modal(press, conversation_modal.RENAME_TITLE, view)

    async def open_delete(turn: str, press: payloads.ViewPress, position: ListPosition) -> None:
        async def view() -> Block:
            drawn = conversation_modal.delete_modal(turn, await delete_service.title(turn, press.person))
            return drawn | _from_home(actions.HOME_DELETE_FORM, position, turn)

        await interactions.open_modal(press, conversation_modal.DELETE_TITLE, view)

    async def on_rename(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = payloads.submission(body)
        about = actions.read_home_value(submitted.metadata)
        try:
            title = manage.check_title(str(submitted.entered.get(conversation_modal.TITLE) or ""))
        except InvalidInput as error:
            await ack(response_action="errors", errors={conversation_modal.TITLE: error.sentence})
            return

        async def rename() -> str:
            said = conversation_modal.renamed_text(
                await rename_service.rename(about.turn_id, submitted.person, title)
            )
            tab.draw(submitted.workspace, submitted.person, about.position)
            return said

        await interactions.acknowledge_and_report(ack, submitted, conversation_modal.RENAME_TITLE, rename)

    async def on_delete(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = payloads.submission(body)
        about = actions.read_home_value(submitted.metadata)

        async def delete() -> str:
            await delete_service.delete(about.turn_id, submitted.person)
            tab.draw(submitted.workspace, submitted.person, about.position)
            return conversation_modal.DELETED_TEXT

        await interactions.acknowledge_and_report(ack, submitted, conversation_modal.DELETE_TITLE, delete)

    app.view(actions.HOME_RENAME_FORM)(on_rename)
    app.view(actions.HOME_DELETE_FORM)(on_delete)
    return {home.RENAME_ENTRY: open_rename, home.DELETE_ENTRY: open_delete}


def _from_home(callback_id: str, position: ListPosition, turn: str) -> Block:
    return {"callback_id": callback_id, "private_metadata": actions.home_value(position, turn)}


def register_reading(
    app: AsyncApp, browse_service: BrowseService, interactions: Interactions, frontend: str
) -> None:
    """Listen to the button that opens a conversation, and to those that turn its pages."""

    def page(press: payloads.ViewPress) -> Callable[[], Awaitable[Block]]:
        async def view() -> Block:
            wanted = actions.read_transcript_value(press.value)
            found = await browse_service.transcript_page(
                press.workspace, press.person, wanted.conversation_id, wanted.page
            )
            return conversation_modal.transcript_modal(found, frontend)

        return view

    async def on_open(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.view_press(body)
        await interactions.open_modal(press, conversation_modal.READING_TITLE, page(press))

    async def on_turn_over(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.view_press(body)
        interactions.update_modal(press, conversation_modal.READING_TITLE, page(press))

    app.action(actions.HOME_TRANSCRIPT)(on_open)
    app.action(actions.TRANSCRIPT_EARLIER)(on_turn_over)
    app.action(actions.TRANSCRIPT_LATER)(on_turn_over)


def home_transcript_entry(
    browse_service: BrowseService, interactions: Interactions, frontend: str
) -> dict[str, HomeMenuEntry]:
    """Return what shows a conversation without leaving the Home tab."""

    async def read(turn: str, press: payloads.ViewPress, _: object) -> None:
        async def view() -> Block:
            conversation = await browse_service.conversation_id_of(turn, press.person)
            return conversation_modal.transcript_modal(
                await browse_service.transcript_page(press.workspace, press.person, conversation), frontend
            )

        await interactions.open_modal(press, conversation_modal.READING_TITLE, view)

    return {home.READ_ENTRY: read}
