"""Draws the Home tab: a page of conversations, or why it cannot be shown."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from cachetools import LRUCache

from bot.domain.conversations import ListPosition
from bot.domain.errors import SlackError
from bot.slack.listeners.interactions import Flows, Interactions, user_facing_error
from bot.slack.payloads.interactions import ViewPress
from bot.slack.render.blocks import Block
from bot.slack.render.home import OLDER_VERSION_TEXT, render_home, render_home_error

log = structlog.get_logger(__name__)

MAX_POSITIONS = 10_000
"""People whose place in the Home tab a workspace's bot remembers; others are shown the beginning."""


@dataclass(frozen=True)
class HomeTab:
    """Draws Home tabs. Of several drawings for one person the one asked for last stays."""

    flows: Flows
    interactions: Interactions
    _newest: dict[tuple[str, str], object] = field(default_factory=dict, init=False)
    _last_positions: LRUCache[tuple[str, str], ListPosition] = field(
        default_factory=lambda: LRUCache(MAX_POSITIONS), init=False
    )

    def draw(self, workspace: str, person: str, position: ListPosition, note: str = "") -> None:
        """Draw a place for a person, `note` (Slack markup) above it; an error is shown in its place."""
        work = self._publish(workspace, person, position, note)
        self.interactions.background_tasks.start(work, f"home {person}")

    def redraw(self, workspace: str, person: str, position: ListPosition | None = None) -> None:
        """Draw a place again: the last one, or the beginning where this process never drew for them."""
        last = self._last_positions.get((workspace, person), ListPosition())
        self.draw(workspace, person, position or last)

    def draw_beginning(self, press: ViewPress) -> None:
        """Draw the beginning after a press on a button that this version does not draw."""
        self.draw(press.workspace, press.person, ListPosition(), OLDER_VERSION_TEXT)

    def draw_after(
        self, press: ViewPress, position: ListPosition, work: Callable[[], Awaitable[None]], outcome: str = ""
    ) -> None:
        """Do something, then draw the place again with its outcome, or with why it could not be done.

        A press of a deactivated account, delivered late, changes nothing.
        """

        async def work_and_draw() -> None:
            try:
                await self.interactions.directory.check_active(press.person)
                await work()
                note = outcome
            except Exception as error:  # noqa: BLE001 (user_facing_error logs it, bugs with their traceback)
                note = f":warning: {user_facing_error(error).sentence}"
            await self._publish(press.workspace, press.person, position, note)

        self.interactions.background_tasks.start(work_and_draw(), f"home {press.person}")

    async def _publish(self, workspace: str, person: str, position: ListPosition, note: str) -> None:
        key, mine = (workspace, person), object()
        self._newest[key] = mine
        try:
            view = await self._view(workspace, person, position, note)
            if self._newest.get(key) is mine:
                await self.interactions.outbox.publish_home(person, view)
                self._last_positions[key] = position
        except SlackError as error:
            log.warning("home.publish_failed", reason=error.detail)
        finally:
            if self._newest.get(key) is mine:
                del self._newest[key]

    async def _view(self, workspace: str, person: str, position: ListPosition, note: str) -> Block:
        linking = self.flows.account_linking
        try:
            account = await linking.linked_account(workspace, person) if linking else None
            page = await self.flows.browse.list_page(workspace, person, position)
            return render_home(page, note, account)
        except Exception as error:  # noqa: BLE001 (user_facing_error logs it, bugs with their traceback)
            found = user_facing_error(error)
            return render_home_error(position, found.sentence, note, found.address)
