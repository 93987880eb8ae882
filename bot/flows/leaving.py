"""Leaving a workspace that the bot was taken away from."""

from collections.abc import Awaitable, Callable

import structlog

from bot.store.installations import Installations

log = structlog.get_logger(__name__)


class Leaving:
    """Erases what belongs to where the bot was taken away from, a workspace or a whole organization."""

    def __init__(
        self, installations: Installations, unlink: Callable[[str, str], Awaitable[None]] | None
    ) -> None:
        """Have accounts let go of by `unlink`, where people connect any."""
        self._installations = installations
        self._unlink = unlink

    async def leave(self, holder: str, at: float) -> None:
        """Erase everything, unless the bot was installed again after the moment `at` (since 1970).

        Slack tells it twice, as two events, and may tell each again.
        """
        since = await self._installations.since(holder)
        if since is None or since > at:
            return
        if self._unlink is not None:
            for workspace, person in await self._installations.people(holder):
                await self._unlink(workspace, person)
        if await self._installations.erase(holder, at):
            log.info("a workspace is left, and what belonged to it is erased", workspace=holder)
