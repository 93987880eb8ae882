"""The Home tab of each person, kept as they left it."""

from collections.abc import Coroutine
from typing import Any

import structlog

from bot.domain.conversations import Place
from bot.domain.errors import SlackError
from bot.domain.people import Linked
from bot.flows.accounts.link import Linking
from bot.flows.conversations.browse import Browsing
from bot.slack.directory import Directory
from bot.slack.listeners.mishaps import judged
from bot.slack.outbox import Outbox
from bot.slack.render import home
from bot.slack.render.message import Block
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
