"""Installing the bot in a workspace from its own page."""

import hmac
import secrets
from typing import Protocol

import structlog

from bot.domain.errors import InstallDenied, InstallExpired, InstallRefused, SlackRefused
from bot.domain.people import Granted
from bot.store.accounts import Begun, Links, hashed
from bot.store.installations import Installations

INSTALL = "/slack/install"
REDIRECT = "/slack/oauth_redirect"

STATE = 600.0
"""Seconds in which somebody allows it; Slack's own codes last as long."""

_KIND = "install"

log = structlog.get_logger(__name__)


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
