"""Installing the bot in a workspace, renewing its token there, and erasing it when the app is removed."""

import asyncio
import hmac
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from bot.domain.errors import InstallDenied, InstallExpired, InstallRefused, SlackError, SlackRefused
from bot.domain.people import BotTokens, Granted, Installation, NotInstalled
from bot.store.accounts import Begun, Links, hashed
from bot.store.installations import Installations
from bot.tasks import uninterrupted

log = structlog.get_logger(__name__)

INSTALL = "/slack/install"
REDIRECT = "/slack/oauth_redirect"

STATE = 600.0
"""Seconds in which somebody allows it; Slack's own codes last as long."""

_KIND = "install"


class OAuth(Protocol):
    """What is asked of Slack. Both raise SlackError."""

    def authorization(self, state: str) -> str:
        """Return where somebody allows the app."""

    async def exchange(self, code: str) -> Granted:
        """Return what a code stands for."""


class Installing:
    """Takes admins to Slack and back; a state is good once, and in the browser it was begun in."""

    def __init__(self, installations: Installations, links: Links, oauth: OAuth) -> None:
        self._installations = installations
        self._links = links
        self._oauth = oauth

    async def depart(self, browser: str) -> str:
        """Return where at Slack it is allowed, for the `browser` with that cookie."""
        state = secrets.token_urlsafe(32)
        # Marked, so that it is neither a ticket nor a state of somebody's on the way to an account.
        await self._links.keep(_KIND + state, Begun("", "", _KIND, hashed(browser)), STATE)
        return self._oauth.authorization(state)

    async def finish(self, code: str, state: str, browser: str, refusal: str = "") -> Granted:
        """Keep the installation that whoever came back to the same `browser` allowed.

        `refusal` is Slack's word for why there is no code. Raises InstallExpired, InstallDenied,
        InstallRefused and SlackUnreachable.
        """
        begun = await self._links.take(_KIND + state)
        if begun is None or begun.browser is None or not hmac.compare_digest(begun.browser, hashed(browser)):
            raise InstallExpired
        if refusal == "access_denied":
            raise InstallDenied
        if refusal or not code:
            raise InstallRefused("no code")
        try:
            granted = await self._oauth.exchange(code)
        except SlackRefused as error:
            raise InstallRefused(error.detail) from error
        await self._installations.save(granted)
        log.info("installed", workspace=granted.holder)
        return granted


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


LEEWAY = 300.0
"""Seconds before its end when a token counts as over: calls take a while, and clocks differ."""

LOOK = 0.2
"""Seconds between two looks at what somebody else renews."""


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
