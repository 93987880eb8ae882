"""The PipesHub identity that a Slack user asks with, and the signing of requests with it."""

import asyncio
import time
from dataclasses import dataclass, field

import httpx
import structlog
from cachetools import LRUCache, cachedmethod

from bot.domain.conversations import Conversation
from bot.domain.errors import LinkAgain, NotLinked, PipesHubError, Unreachable
from bot.domain.people import LinkedAccount
from bot.domain.turns import SERVICE_IDENTITY
from bot.flows.accounts.link import AccountLinkingService
from bot.flows.ports import Directory
from bot.pipeshub.catalog import Catalog, UserDirectory
from bot.pipeshub.client import Conversations
from bot.pipeshub.http import Server
from bot.pipeshub.oauth import BearerAuth, PipesHubOAuth
from bot.store.accounts import AccountStore
from bot.tasks import finish_even_if_cancelled

log = structlog.get_logger(__name__)

PAGE_SIZE = 100  # conversations, or messages of one, that the server gives in one call at most
MAX_CACHED_IDENTITIES = 1_000
"""Identities whose clients, with their cached models and sources, are kept at once."""


@dataclass(frozen=True, slots=True)
class _IdentityClients:
    conversations: Conversations
    catalog: Catalog
    people: UserDirectory


@dataclass(frozen=True)
class Identities:
    """The identities of one workspace: `SERVICE_IDENTITY` for everybody, or each person's own account.

    With accounts of their own, a Slack user's id is their identity.
    """

    server: Server
    auth: "httpx.Auth | PersonalAccounts"
    _clients: LRUCache[str, _IdentityClients] = field(
        default_factory=lambda: LRUCache(MAX_CACHED_IDENTITIES), init=False
    )

    @property
    def links_accounts(self) -> bool:
        """Whether people ask with accounts of their own."""
        return isinstance(self.auth, PersonalAccounts)

    def identity_of(self, person: str) -> str:
        """Return the identity under which a Slack user asks."""
        return person if self.links_accounts else SERVICE_IDENTITY

    async def require_linked(self, person: str) -> None:
        """Make sure that PipesHub can be asked for a Slack user. Raises NotLinked."""
        if isinstance(self.auth, PersonalAccounts):
            await self.auth.find(person)

    def conversations(self, identity: str) -> Conversations:
        """Return the conversations as an identity sees them."""
        return self._clients_of(identity).conversations

    async def conversation(self, identity: str, conversation_id: str, page: int = 1) -> Conversation:
        """Return a conversation with a page of its messages, the newest on page 1. Raises PipesHubError."""
        return await self.conversations(identity).get_by_id(conversation_id, page=page, limit=PAGE_SIZE)

    async def cancel_run(
        self, identity: str, conversation_id: str | None, run_id: str, within: float | None = None
    ) -> None:
        """Stop the writing of an answer, where the server can, `within` seconds. A failure is logged."""
        if conversation_id is None:
            return
        try:
            async with asyncio.timeout(self.server.timeouts.call if within is None else within):
                await self.conversations(identity).cancel(conversation_id, run_id)
        except (PipesHubError, TimeoutError) as error:
            log.info("answer.cancel_failed", error=type(error).__name__)

    def catalog(self, identity: str) -> Catalog:
        """Return the models and sources that an identity may choose from."""
        return self._clients_of(identity).catalog

    def people(self, identity: str) -> UserDirectory:
        """Return the people of the server as an identity sees them."""
        return self._clients_of(identity).people

    @cachedmethod(lambda self: self._clients)
    def _clients_of(self, identity: str) -> _IdentityClients:
        auth = self.auth.sign_as(identity) if isinstance(self.auth, PersonalAccounts) else self.auth
        return _IdentityClients(
            Conversations(self.server, auth), Catalog(self.server, auth), UserDirectory(self.server, auth)
        )


ACCOUNT_TOKEN_LEEWAY = 60.0
"""Seconds before its end when an access token counts as over: clocks differ, and streams take a while."""

ACCOUNT_RENEWAL_POLL = 0.2  # seconds between looks while another process renews the tokens
DEAD_TOKEN_STATUSES = frozenset({400, 401})
"""How PipesHub refuses an invalid refresh token: 400 with `server_error`, or 401."""


@dataclass(frozen=True)
class PersonalAccounts:
    """The linked accounts of one workspace, whose tokens one process at a time renews.

    A refresh token is valid once: the lease to use it is in the account's row, and the process does not
    stop before the new tokens are stored.
    """

    account_store: AccountStore
    oauth: PipesHubOAuth
    account_linking: AccountLinkingService
    directory: Directory

    async def find(self, person: str) -> LinkedAccount:
        """Return the account of a Slack user. Raises NotLinked and LinkAgain."""
        return await self.account_linking.linked_account(await self.directory.workspace_id(), person)

    def sign_as(self, person: str) -> BearerAuth:
        """Return what signs requests as a Slack user; they raise NotLinked and LinkAgain."""

        async def token() -> str:
            account = await self.find(person)
            if account.tokens.expires_at > time.time() + ACCOUNT_TOKEN_LEEWAY:
                return account.tokens.access
            return await self._token_after(account.workspace, person, account.tokens.access)

        async def renew(refused: str) -> str:
            return await self._token_after(await self.directory.workspace_id(), person, refused)

        return BearerAuth(token, renew)

    async def _token_after(self, workspace: str, person: str, access: str) -> str:
        """Return the token that replaces `access`, renewed here or by another process."""
        while True:
            account = await self.account_store.claim_renewal(workspace, person, access)
            if account is None:
                raise NotLinked(await self.account_linking.connect_url(workspace, person))
            if account.refused:
                raise LinkAgain(await self.account_linking.connect_url(workspace, person))
            if account.tokens.access != access:
                return account.tokens.access
            if account.lease is None:
                await asyncio.sleep(ACCOUNT_RENEWAL_POLL)
                continue
            await finish_even_if_cancelled(self._renew_leased(account))
            return (await self.account_linking.linked_account(workspace, person)).tokens.access

    async def _renew_leased(self, account: LinkedAccount) -> None:
        """Renew the tokens of a leased account and store what came of it. Raises PipesHubError."""
        try:
            tokens = await self.oauth.refresh(account.tokens.refresh)
        except PipesHubError as error:
            dead = error.status in DEAD_TOKEN_STATUSES
            await self.account_store.release_renewal(account, refused=dead)
            log.info("account.token_refresh_failed", person=account.person, refused=dead, reason=error.detail)
            if dead:
                raise LinkAgain(
                    await self.account_linking.connect_url(account.workspace, account.person)
                ) from error
            if isinstance(error, Unreachable):
                # The renewal may have arrived; the request that it was for was never sent.
                raise Unreachable(error.detail) from error
            raise
        if await self.account_store.save_renewed(account, tokens):
            return
        # Unlinked meanwhile: only this process knows the new tokens, so it has to revoke them.
        for token in (tokens.refresh, tokens.access):
            await self.oauth.revoke(token)
