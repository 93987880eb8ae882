"""Signing requests as a person's own PipesHub account."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from bot.domain.errors import LinkAgain, NotLinked, PipesHubError, Unreachable
from bot.domain.people import Linked
from bot.flows.linking import Linking
from bot.pipeshub.oauth import Bearer, OAuth
from bot.store.accounts import LinkedAccounts
from bot.tasks import uninterrupted

LEEWAY = 60.0
"""Seconds before its end when an access token counts as over: clocks differ, and streams take a while."""

LOOK = 0.2
"""Seconds between two looks at what somebody else renews."""

DEAD = frozenset({400, 401})
"""What a refresh token that is over is refused with; PipesHub says 400 and `server_error`."""

log = structlog.get_logger(__name__)


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
