"""The PipesHub identity that a Slack user asks with, and the signing of requests with it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache

import httpx
import structlog

from bot.domain.errors import LinkAgain, NotLinked, PipesHubError, Unreachable
from bot.domain.people import Linked
from bot.domain.turns import SERVICE
from bot.flows.accounts.link import Linking
from bot.pipeshub.catalog import Catalog, People
from bot.pipeshub.client import Conversations
from bot.pipeshub.http import Server
from bot.pipeshub.oauth import Bearer, OAuth
from bot.store.accounts import LinkedAccounts
from bot.tasks import uninterrupted

log = structlog.get_logger(__name__)

KEPT = 1_000
"""Identities whose clients, with what they know of the server's models and sources, are kept at once."""


@dataclass(frozen=True, slots=True)
class _Clients:
    conversations: Conversations
    catalog: Catalog
    people: People


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
        self.linked = linked is not None
        self._clients = lru_cache(KEPT)(self._made)

    def of(self, person: str) -> str:
        """Return the identity under which a Slack user asks."""
        return person if self.linked else SERVICE

    async def ready(self, person: str) -> None:
        """Make sure that PipesHub can be asked for a Slack user. Raises NotLinked."""
        if self._linked is not None:
            await self._linked(person)

    def conversations(self, identity: str) -> Conversations:
        """Return the conversations as an identity sees them."""
        return self._clients(identity).conversations

    def catalog(self, identity: str) -> Catalog:
        """Return the models and sources that an identity may choose from."""
        return self._clients(identity).catalog

    def people(self, identity: str) -> People:
        """Return the people of the server as an identity sees them."""
        return self._clients(identity).people

    def _made(self, identity: str) -> _Clients:
        auth = self._auth(identity)
        return _Clients(
            Conversations(self._server, auth), Catalog(self._server, auth), People(self._server, auth)
        )


LEEWAY = 60.0
"""Seconds before its end when an access token counts as over: clocks differ, and streams take a while."""

LOOK = 0.2
"""Seconds between two looks at what somebody else renews."""

DEAD = frozenset({400, 401})
"""What a refresh token that is over is refused with; PipesHub says 400 and `server_error`."""


class Signing:
    """Gives tokens that are good now. Of all processes one renews an account's tokens at a time.

    PipesHub lets go of a refresh token as soon as it is used. The lease to use it stands in the account's
    row, and a stop of the process waits until what came of it is stored.
    """

    def __init__(self, accounts: LinkedAccounts, oauth: OAuth, linking: Linking) -> None:
        self._accounts = accounts
        self._oauth = oauth
        self._linking = linking

    def auth(self, workspace: Callable[[], Awaitable[str]], person: str) -> Bearer:
        """Return what signs as the account of a Slack user; `workspace` tells of which workspace.

        Requests raise NotLinked and LinkAgain where there is no account to sign as.
        """

        async def token() -> str:
            account = await self._linking.account(await workspace(), person)
            if account.tokens.expires_at > time.time() + LEEWAY:
                return account.tokens.access
            return await self._renewed(account.workspace, person, account.tokens.access)

        async def renew(refused: str) -> str:
            return await self._renewed(await workspace(), person, refused)

        return Bearer(token, renew)

    async def _renewed(self, workspace: str, person: str, access: str) -> str:
        """Return the token that follows `access`, by whomever it is renewed."""
        while True:
            account = await self._accounts.to_renew(workspace, person, access)
            if account is None:
                raise NotLinked(await self._linking.begin(workspace, person))
            if account.refused:
                raise LinkAgain(await self._linking.begin(workspace, person))
            if account.tokens.access != access:
                return account.tokens.access
            if account.lease is None:
                await asyncio.sleep(LOOK)
                continue
            await uninterrupted(self._renew(account))
            return (await self._linking.account(workspace, person)).tokens.access

    async def _renew(self, account: Linked) -> None:
        """Renew the tokens of a leased account and store what came of it. Raises PipesHubError."""
        try:
            tokens = await self._oauth.refresh(account.tokens.refresh)
        except PipesHubError as error:
            dead = error.status in DEAD
            await self._accounts.release(account, refused=dead)
            log.info("tokens are not renewed", person=account.person, dead=dead, reason=error.detail)
            if dead:
                raise LinkAgain(await self._linking.begin(account.workspace, account.person)) from error
            if isinstance(error, Unreachable):
                # Whatever arrived of the renewal, nothing did of the request that is to be signed.
                raise Unreachable(error.detail) from error
            raise
        if await self._accounts.renewed(account, tokens):
            return
        # Unlinked meanwhile: nobody else knows these tokens, so nobody else would revoke them.
        for token in (tokens.refresh, tokens.access):
            await self._oauth.revoke(token)
