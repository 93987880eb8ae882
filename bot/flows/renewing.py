"""The token of a workspace that is good now, where an app rotates its tokens."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from bot.domain.errors import SlackError, SlackRefused
from bot.domain.people import BotTokens, Installation, NotInstalled
from bot.store.installations import Installations
from bot.tasks import uninterrupted

LEEWAY = 300.0
"""Seconds before its end when a token counts as over: calls take a while, and clocks differ."""

LOOK = 0.2
"""Seconds between two looks at what somebody else renews."""

log = structlog.get_logger(__name__)


class CurrentToken:
    """Gives a workspace's token. Of all processes one renews it at a time: a refresh token is good once."""

    def __init__(
        self,
        installation: Installation,
        installations: Installations,
        refresh: Callable[[str], Awaitable[BotTokens]],
    ) -> None:
        self._holder = installation.holder
        self._tokens = installation.tokens
        self._installations = installations
        self._refresh = refresh

    async def __call__(self) -> str:
        """Return the token, as long as it lasts also while it cannot be renewed.

        Raises NotInstalled and SlackError.
        """
        ends = self._tokens.expires_at
        if ends is not None and ends < time.time() + LEEWAY:
            try:
                await self._renew()
            except SlackError:
                if ends < time.time():
                    raise
        return self._tokens.access

    async def after(self, refused: str) -> str:
        """Return the token that follows one that Slack calls expired. Raises NotInstalled and SlackError."""
        if self._tokens.access == refused:
            await self._renew()
        return self._tokens.access

    async def _renew(self) -> None:
        before = self._tokens.access
        while True:
            found = await self._installations.to_renew(self._holder, before)
            if found is None:
                raise NotInstalled(f"no installation in {self._holder}")
            if found.tokens.access != before:
                self._tokens = found.tokens
                return
            if found.lease is not None:
                await uninterrupted(self._renewed(found))
                return
            await asyncio.sleep(LOOK)

    async def _renewed(self, found: Installation) -> None:
        """Renew the tokens under a lease and store what came of it. Raises SlackError."""
        tokens = None
        try:
            tokens = await self._following(found.tokens)
        except SlackRefused as error:
            log.error(  # noqa: TRY400 (the reason is all there is to know)
                "slack does not renew a workspace's token; install the app there again, at /slack/install",
                workspace=self._holder,
                reason=error.detail,
            )
            raise
        except SlackError as error:
            log.warning("a token is not renewed yet", workspace=self._holder, reason=error.detail)
            raise
        finally:
            await self._installations.renewed(found, tokens)
        self._tokens = tokens

    async def _following(self, tokens: BotTokens) -> BotTokens:
        if tokens.refresh is None:
            raise SlackRefused("there is no refresh token")
        return await self._refresh(tokens.refresh)
