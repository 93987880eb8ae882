"""The PipesHub identity that a Slack user asks with, and the signing of requests with it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache

import httpx
import structlog

from bot.domain.errors import LinkAgain, NotLinked, PipesHubError, Unreachable
from bot.domain.people import LinkedAccount
from bot.domain.turns import SERVICE_IDENTITY
from bot.flows.accounts.link import AccountLinkingService
from bot.pipeshub.catalog import Catalog, UserDirectory
from bot.pipeshub.client import Conversations
from bot.pipeshub.http import Server
from bot.pipeshub.oauth import BearerAuth, PipesHubOAuth
from bot.store.accounts import AccountStore
from bot.tasks import finish_even_if_cancelled

log = structlog.get_logger(__name__)

MAX_CACHED_IDENTITIES = 1_000
"""Identities whose clients, with what they know of the server's models and sources, are kept at once."""


@dataclass(frozen=True, slots=True)
class _IdentityClients:
    conversations: Conversations
    catalog: Catalog
    people: UserDirectory


class Identities:
    """The identities of one workspace: `SERVICE` for everybody, or each Slack user's own PipesHub account."""

    def __init__(
        self,
        server: Server,
        auth: Callable[[str], httpx.Auth],
        linked: Callable[[str], Awaitable[object]] | None = None,
    ) -> None:
        """Ask `server`; `auth` signs as an identity.

        With linked accounts an identity is a Slack user's id, and `linked` raises NotLinked where that user
        has no account.
        """
        self._server = server
        self._auth = auth
        self._linked = linked
        self.links_accounts = linked is not None
        self._clients = lru_cache(MAX_CACHED_IDENTITIES)(self._make_clients)

    def identity_of(self, person: str) -> str:
        """Return the identity under which a Slack user asks."""
        return person if self.links_accounts else SERVICE_IDENTITY

    async def require_linked(self, person: str) -> None:
        """Make sure that PipesHub can be asked for a Slack user. Raises NotLinked."""
        if self._linked is not None:
            await self._linked(person)

    def conversations(self, identity: str) -> Conversations:
        """Return the conversations as an identity sees them."""
        return self._clients(identity).conversations

    def catalog(self, identity: str) -> Catalog:
        """Return the models and sources that an identity may choose from."""
        return self._clients(identity).catalog

    def people(self, identity: str) -> UserDirectory:
        """Return the people of the server as an identity sees them."""
        return self._clients(identity).people

    def _make_clients(self, identity: str) -> _IdentityClients:
        auth = self._auth(identity)
        return _IdentityClients(
            Conversations(self._server, auth), Catalog(self._server, auth), UserDirectory(self._server, auth)
        )


ACCOUNT_TOKEN_LEEWAY = 60.0
"""Seconds before its end when an access token counts as over: clocks differ, and streams take a while."""

ACCOUNT_RENEWAL_POLL = 0.2
"""Seconds between two looks at what somebody else renews."""

DEAD_TOKEN_STATUSES = frozenset({400, 401})
"""What a refresh token that is over is refused with; PipesHub says 400 and `server_error`."""


class AccountSigner:
    """Gives tokens that are good now. Of all processes one renews an account's tokens at a time.

    PipesHub lets go of a refresh token as soon as it is used. The lease to use it stands in the account's
    row, and a stop of the process waits until what came of it is stored.
    """

    def __init__(
        self, account_store: AccountStore, oauth: PipesHubOAuth, account_linking: AccountLinkingService
    ) -> None:
        self._account_store = account_store
        self._oauth = oauth
        self._account_linking = account_linking

    def auth(self, workspace: Callable[[], Awaitable[str]], person: str) -> BearerAuth:
        """Return what signs as the account of a Slack user; `workspace` tells of which workspace.

        Requests raise NotLinked and LinkAgain where there is no account to sign as.
        """

        async def token() -> str:
            account = await self._account_linking.linked_account(await workspace(), person)
            if account.tokens.expires_at > time.time() + ACCOUNT_TOKEN_LEEWAY:
                return account.tokens.access
            return await self._token_after(account.workspace, person, account.tokens.access)

        async def renew(refused: str) -> str:
            return await self._token_after(await workspace(), person, refused)

        return BearerAuth(token, renew)

    async def _token_after(self, workspace: str, person: str, access: str) -> str:
        """Return the token that follows `access`, by whomever it is renewed."""
        while True:
            account = await self._account_store.claim_renewal(workspace, person, access)
            if account is None:
                raise NotLinked(await self._account_linking.connect_url(workspace, person))
            if account.refused:
                raise LinkAgain(await self._account_linking.connect_url(workspace, person))
            if account.tokens.access != access:
                return account.tokens.access
            if account.lease is None:
                await asyncio.sleep(ACCOUNT_RENEWAL_POLL)
                continue
            await finish_even_if_cancelled(self._renew_leased(account))
            return (await self._account_linking.linked_account(workspace, person)).tokens.access

    async def _renew_leased(self, account: LinkedAccount) -> None:
        """Renew the tokens of a leased account and store what came of it. Raises PipesHubError."""
        try:
            tokens = await self._oauth.refresh(account.tokens.refresh)
        except PipesHubError as error:
            dead = error.status in DEAD_TOKEN_STATUSES
            await self._account_store.release_renewal(account, refused=dead)
            log.info("account.token_refresh_failed", person=account.person, dead=dead, reason=error.detail)
            if dead:
                raise LinkAgain(
                    await self._account_linking.connect_url(account.workspace, account.person)
                ) from error
            if isinstance(error, Unreachable):
                # Whatever arrived of the renewal, nothing did of the request that is to be signed.
                raise Unreachable(error.detail) from error
            raise
        if await self._account_store.save_renewed(account, tokens):
            return
        # Unlinked meanwhile: nobody else knows these tokens, so nobody else would revoke them.
        for token in (tokens.refresh, tokens.access):
            await self._oauth.revoke(token)
