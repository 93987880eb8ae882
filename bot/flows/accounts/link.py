"""Linking a Slack user's PipesHub account by OAuth, and unlinking it."""

import asyncio
import hmac
import re
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

import structlog

from bot.domain.errors import (
    ConsentDenied,
    LinkAgain,
    LinkExpired,
    LinkRefused,
    NotLinked,
    OtherAccount,
    PipesHubError,
    WrongKey,
)
from bot.domain.people import Linked, Member, Owner, Tokens
from bot.pipeshub.oauth import OAuth, new_verifier
from bot.store.accounts import Begun, LinkedAccounts, Links, hashed

log = structlog.get_logger(__name__)

TICKET = 1_800.0
"""Seconds in which a person follows the link they were given: a coffee later it still works."""

STATE = 600.0
"""Seconds in which they sign in and allow it; PipesHub's own codes last as long."""

CONNECT = "/pipeshub/connect"
CALLBACK = "/pipeshub/callback"

_WORD = re.compile(r"[a-z_]{1,40}")


class Linking:
    """Takes people to PipesHub and back. Nothing that they bring along is good twice.

    A ticket says who was given the link, a state who went to PipesHub with it, and a cookie ties the way
    back to the browser that went. Whose account came back is asked of PipesHub.
    """

    def __init__(
        self,
        accounts: LinkedAccounts,
        links: Links,
        oauth: OAuth,
        public_url: str,
        member: Callable[[str, str], Awaitable[Member]],
        *,
        any_email: bool = False,
    ) -> None:
        """Bring the parts together; `member` tells who a Slack user of a workspace is.

        With `any_email` people may connect accounts that have another e-mail address than they in Slack.
        """
        self._accounts = accounts
        self._links = links
        self._oauth = oauth
        self._public_url = public_url.rstrip("/")
        self._member = member
        self._any_email = any_email

    async def begin(self, workspace: str, person: str) -> str:
        """Return an address where a Slack user connects their account; it is for nobody else."""
        ticket = secrets.token_urlsafe(32)
        await self._links.keep(ticket, Begun(workspace, person), TICKET)
        return f"{self._public_url}{CONNECT}?{urlencode({'ticket': ticket})}"

    async def account(self, workspace: str, person: str) -> Linked:
        """Return the account of a Slack user.

        Raises NotLinked, and LinkAgain where PipesHub refuses it or its tokens cannot be read any more.
        """
        try:
            found = await self._accounts.find(workspace, person)
        except WrongKey as error:
            log.warning("an account cannot be read", workspace=workspace, person=person, reason=error.detail)
            raise LinkAgain(await self.begin(workspace, person)) from error
        if found is None:
            raise NotLinked(await self.begin(workspace, person))
        if found.refused:
            raise LinkAgain(await self.begin(workspace, person))
        return found

    async def depart(self, ticket: str, browser: str) -> str:
        """Return where at PipesHub the person with a ticket allows it, for the `browser` with that cookie.

        Raises LinkExpired.
        """
        begun = await self._links.take(ticket)
        if begun is None or begun.verifier is not None:
            raise LinkExpired
        state, verifier = secrets.token_urlsafe(32), new_verifier()
        await self._links.keep(state, Begun(begun.workspace, begun.person, verifier, hashed(browser)), STATE)
        return await self._oauth.authorization(state, verifier)

    async def finish(self, code: str, state: str, browser: str, refusal: str = "") -> Linked:
        """Keep the account of whoever came back to the same `browser` with a state and a code.

        `refusal` is PipesHub's word for why there is no code. Raises LinkExpired, ConsentDenied,
        OtherAccount, PipesHubError and SlackError.
        """
        begun = await self._links.take(state)
        if begun is None or not begun.person or begun.verifier is None or begun.browser is None:
            raise LinkExpired
        if not hmac.compare_digest(begun.browser, hashed(browser)):
            log.warning("a state came back in another browser", workspace=begun.workspace)
            raise LinkExpired
        if refusal == "access_denied":
            raise ConsentDenied
        if refusal or not code:
            raise LinkRefused(f"authorize: {refusal if _WORD.fullmatch(refusal) else 'no code'}")
        tokens = await self._oauth.exchange(code, begun.verifier)
        try:
            owner = await self._oauth.owner(tokens.access)
            await self._check(begun, owner)
        except BaseException:
            await self._revoke(tokens)
            raise
        before = await self._readable(begun.workspace, begun.person)
        await self._accounts.save(begun.workspace, begun.person, owner, tokens)
        log.info("an account is connected", workspace=begun.workspace, person=begun.person)
        if before is not None:
            await self._revoke(before.tokens)
        return Linked(begun.workspace, begun.person, owner, tokens)

    async def unlink(self, workspace: str, person: str) -> None:
        """Let go of the account of a Slack user, and have PipesHub revoke its tokens as far as that works."""
        before = await self._readable(workspace, person)
        await self._accounts.erase(workspace, person)
        log.info("an account is let go of", workspace=workspace, person=person)
        if before is not None:
            await self._revoke(before.tokens)

    async def _check(self, begun: Begun, owner: Owner) -> None:
        if self._any_email:
            return
        email = (await self._member(begun.workspace, begun.person)).email
        if email is None or owner.email is None or email.casefold() != owner.email.casefold():
            raise OtherAccount(owner.email, email)

    async def _readable(self, workspace: str, person: str) -> Linked | None:
        try:
            return await self._accounts.find(workspace, person)
        except WrongKey as error:
            log.warning("an account cannot be read", workspace=workspace, person=person, reason=error.detail)
            return None

    async def _revoke(self, tokens: Tokens) -> None:
        await asyncio.gather(*(self._revoked(each) for each in (tokens.refresh, tokens.access)))

    async def _revoked(self, token: str) -> None:
        try:
            await self._oauth.revoke(token)
        except PipesHubError as error:
            log.warning("a token could not be revoked", reason=error.detail)
