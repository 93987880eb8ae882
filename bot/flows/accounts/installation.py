"""Installing the bot in a workspace, renewing its token there, and erasing it when the app is removed."""

import asyncio
import hmac
import secrets
import time
from collections import deque
from dataclasses import dataclass, field

import structlog

from bot.domain.errors import Reason, Refused, SlackError, SlackRefused, TooManyInstallations
from bot.domain.people import BotTokens, GrantedInstallation, Installation, NotInstalled
from bot.flows.accounts.link import AccountLinkingService
from bot.flows.ports import InstallationOAuth
from bot.store.accounts import InstallationStore, PendingLink, PendingLinkStore, hash_secret
from bot.tasks import finish_even_if_cancelled

log = structlog.get_logger(__name__)

INSTALL_PATH = "/slack/install"
INSTALL_REDIRECT_PATH = "/slack/oauth_redirect"

INSTALL_STATE_SECONDS = 600.0  # seconds for consenting at Slack; its own codes last as long
STARTS_PER_ADDRESS = 20  # installations a minute that are begun from one address
STARTS_IN_ALL = 100  # installations a minute that are begun in this process: each stores a state
MINUTE = 60.0
_KIND = "install"


@dataclass(frozen=True)
class InstallationService:
    """Installs by OAuth; a state is valid once, and in the browser that it was made for."""

    installations: InstallationStore
    pending_links: PendingLinkStore
    oauth: InstallationOAuth
    _recently_begun: deque[tuple[float, str]] = field(default_factory=deque, init=False)
    """What was begun within a minute: when, and from which address."""

    async def authorization_url(self, browser: str, address: str) -> str:
        """Return Slack's consent page, for the `browser` with that cookie at that `address`.

        Anyone can ask for it, so it is limited. Raises TooManyInstallations.
        """
        self._admit(address, time.monotonic())
        state = secrets.token_urlsafe(32)
        # The prefix keeps it apart from the tickets and states of account linking.
        await self.pending_links.save(
            _KIND + state, PendingLink("", "", _KIND, hash_secret(browser)), INSTALL_STATE_SECONDS
        )
        return self.oauth.authorization_url(state)

    def _admit(self, address: str, now: float) -> None:
        recent = self._recently_begun
        while recent and recent[0][0] <= now - MINUTE:
            recent.popleft()
        if len(recent) >= STARTS_IN_ALL:
            raise TooManyInstallations(detail=f"{STARTS_IN_ALL} were begun within a minute")
        if sum(each == address for _, each in recent) >= STARTS_PER_ADDRESS:
            raise TooManyInstallations(
                detail=f"{STARTS_PER_ADDRESS} were begun within a minute from one address, "
                "which is a proxy's unless TRUSTED_PROXIES says how many there are"
            )
        recent.append((now, address))

    async def complete(self, code: str, state: str, browser: str, refusal: str = "") -> GrantedInstallation:
        """Save the installation that was allowed in the same `browser`.

        `refusal` is Slack's error code where there is no code. Raises Refused and SlackUnreachable.
        """
        begun = await self.pending_links.take(_KIND + state)
        if (
            begun is None
            or begun.browser is None
            or not hmac.compare_digest(begun.browser, hash_secret(browser))
        ):
            raise Refused(Reason.INSTALL_EXPIRED)
        if refusal == "access_denied":
            raise Refused(Reason.INSTALL_DENIED)
        if refusal or not code:
            raise Refused(Reason.INSTALL_REFUSED, "no code")
        try:
            granted = await self.oauth.exchange(code)
        except SlackRefused as error:
            raise Refused(Reason.INSTALL_REFUSED, error.detail) from error
        await self.installations.save(granted)
        log.info("installation.saved", workspace=granted.tenant_id)
        return granted


@dataclass(frozen=True)
class UninstallService:
    """Erases everything of a workspace, or a whole organization, that the bot was removed from."""

    installations: InstallationStore
    account_linking: AccountLinkingService | None
    """None where one service user asks for everybody."""

    async def uninstall(self, holder: str, at: float) -> None:
        """Erase everything, unless the bot was installed again after the moment `at` (since 1970).

        Slack sends two events about it, and may send each again.
        """
        since = await self.installations.installed_at(holder)
        if since is None or since > at:
            return
        if self.account_linking is not None:
            for workspace, person in await self.installations.linked_people(holder):
                await self.account_linking.unlink(workspace, person)
        if await self.installations.erase(holder, at):
            log.info("installation.erased", workspace=holder)


INSTALLATION_TOKEN_LEEWAY = 300.0
"""Seconds before its end when a token counts as over: calls take a while, and clocks differ."""

INSTALLATION_RENEWAL_POLL = 0.2  # seconds between looks while another process renews the token


@dataclass
class InstallationToken:
    """An installation's token, which one process at a time renews: a refresh token is valid once."""

    tenant_id: str
    tokens: BotTokens
    installations: InstallationStore
    oauth: InstallationOAuth

    async def __call__(self) -> str:
        """Return the token; while it cannot be renewed, the old one as long as it lasts.

        Raises NotInstalled and SlackError.
        """
        ends = self.tokens.expires_at
        if ends is not None and ends < time.time() + INSTALLATION_TOKEN_LEEWAY:
            try:
                await self._renew()
            except SlackError:
                if ends < time.time():
                    raise
        return self.tokens.access

    async def replacement_for(self, refused: str) -> str:
        """Return the token that follows one that Slack calls expired. Raises NotInstalled and SlackError."""
        if self.tokens.access == refused:
            await self._renew()
        return self.tokens.access

    async def _renew(self) -> None:
        before = self.tokens.access
        while True:
            found = await self.installations.claim_renewal(self.tenant_id, before)
            if found is None:
                raise NotInstalled(f"no installation in {self.tenant_id}")
            if found.tokens.access != before:
                self.tokens = found.tokens
                return
            if found.lease is not None:
                await finish_even_if_cancelled(self._renew_leased(found))
                return
            await asyncio.sleep(INSTALLATION_RENEWAL_POLL)

    async def _renew_leased(self, found: Installation) -> None:
        """Renew the tokens under a lease and store what came of it. Raises SlackError."""
        tokens = None
        try:
            tokens = await self._refresh_tokens(found.tokens)
        except SlackRefused as error:
            log.error(  # noqa: TRY400 (the reason is all there is to know)
                "installation.token_refresh_refused",
                workspace=self.tenant_id,
                reason=error.detail,
                fix="install the app there again, at /slack/install",
            )
            raise
        except SlackError as error:
            log.warning("installation.token_refresh_postponed", workspace=self.tenant_id, reason=error.detail)
            raise
        finally:
            await self.installations.save_renewed(found, tokens)
        self.tokens = tokens

    async def _refresh_tokens(self, tokens: BotTokens) -> BotTokens:
        if tokens.refresh is None:
            raise SlackRefused("there is no refresh token")
        return await self.oauth.refresh(tokens.refresh)
