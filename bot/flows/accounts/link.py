"""Linking a Slack user's PipesHub account by OAuth, and unlinking it."""

import asyncio
import hmac
import re
import secrets
from dataclasses import KW_ONLY, dataclass
from urllib.parse import urlencode

import structlog

from bot.domain.errors import (
    LinkAgain,
    LinkRefused,
    NotLinked,
    PipesHubError,
    Reason,
    Refused,
    WrongEncryptionKey,
)
from bot.domain.people import AccountOwner, AccountTokens, LinkedAccount
from bot.flows.ports import Members
from bot.pipeshub.oauth import PipesHubOAuth, new_verifier
from bot.sentences import sentence
from bot.store.accounts import AccountStore, PendingLink, PendingLinkStore, hash_secret

log = structlog.get_logger(__name__)

TICKET_SECONDS = 1_800.0  # seconds in which a person can follow the link they were given
LINK_STATE_SECONDS = 600.0  # seconds for signing in and consenting; PipesHub's own codes last as long
CONNECT_PATH = "/pipeshub/connect"
CALLBACK_PATH = "/pipeshub/callback"

_WORD = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True)
class AccountLinkingService:
    """Links accounts by OAuth; tickets, states and codes are each valid once.

    A ticket says who was given the link, a state who went to PipesHub with it, and a cookie ties both to
    one browser. PipesHub is asked whose account came back.
    """

    account_store: AccountStore
    pending_links: PendingLinkStore
    oauth: PipesHubOAuth
    public_url: str
    members: Members
    _: KW_ONLY
    any_email: bool = False
    """Whether an account may have another e-mail address than the person has in Slack."""

    async def connect_url(self, workspace: str, person: str) -> str:
        """Return the address where one Slack user, and only they, link their account."""
        ticket = secrets.token_urlsafe(32)
        await self.pending_links.save(ticket, PendingLink(workspace, person), TICKET_SECONDS)
        return f"{self.public_url}{CONNECT_PATH}?{urlencode({'ticket': ticket})}"

    async def linked_account(self, workspace: str, person: str) -> LinkedAccount:
        """Return the account of a Slack user.

        Raises NotLinked, and LinkAgain where PipesHub refuses it or its tokens cannot be decrypted.
        """
        try:
            found = await self.account_store.find(workspace, person)
        except WrongEncryptionKey as error:
            log.warning("account.unreadable", workspace=workspace, person=person, reason=error.detail)
            raise LinkAgain(await self.connect_url(workspace, person)) from error
        if found is None:
            raise NotLinked(await self.connect_url(workspace, person))
        if found.refused:
            raise LinkAgain(await self.connect_url(workspace, person))
        return found

    async def authorization_url(self, ticket: str, browser: str) -> str:
        """Return PipesHub's consent page for the holder of a ticket, in the `browser` with that cookie.

        Raises Refused (LINK_EXPIRED).
        """
        begun = await self.pending_links.take(ticket)
        if begun is None or begun.verifier is not None:
            raise Refused(Reason.LINK_EXPIRED)
        state, verifier = secrets.token_urlsafe(32), new_verifier()
        await self.pending_links.save(
            state,
            PendingLink(begun.workspace, begun.person, verifier, hash_secret(browser)),
            LINK_STATE_SECONDS,
        )
        return await self.oauth.authorization_url(state, verifier)

    async def complete(self, code: str, state: str, browser: str, refusal: str = "") -> LinkedAccount:
        """Save the account of the person who came back to the same `browser` with a state and a code.

        `refusal` is PipesHub's error code where there is no code. Raises Refused, PipesHubError and
        SlackError.
        """
        begun = await self.pending_links.take(state)
        if begun is None or not begun.person or begun.verifier is None or begun.browser is None:
            raise Refused(Reason.LINK_EXPIRED)
        if not hmac.compare_digest(begun.browser, hash_secret(browser)):
            log.warning("account.state_mismatch", workspace=begun.workspace)
            raise Refused(Reason.LINK_EXPIRED)
        if refusal == "access_denied":
            raise Refused(Reason.CONSENT_DENIED)
        if refusal or not code:
            raise LinkRefused(f"authorize: {refusal if _WORD.fullmatch(refusal) else 'no code'}")
        tokens = await self.oauth.exchange(code, begun.verifier)
        try:
            owner = await self.oauth.find_owner(tokens.access)
            await self._check_email(begun, owner)
        except BaseException:
            await self._revoke(tokens)
            raise
        before = await self._find_readable(begun.workspace, begun.person)
        await self.account_store.save(begun.workspace, begun.person, owner, tokens)
        log.info("account.linked", workspace=begun.workspace, person=begun.person)
        if before is not None:
            await self._revoke(before.tokens)
        return LinkedAccount(begun.workspace, begun.person, owner, tokens)

    async def unlink(self, workspace: str, person: str) -> None:
        """Forget the account of a Slack user, and have PipesHub revoke its tokens as far as that works."""
        before = await self._find_readable(workspace, person)
        await self.account_store.erase(workspace, person)
        log.info("account.unlinked", workspace=workspace, person=person)
        if before is not None:
            await self._revoke(before.tokens)

    async def _check_email(self, begun: PendingLink, owner: AccountOwner) -> None:
        if self.any_email:
            return
        email = (await self.members.member(begun.workspace, begun.person)).email
        if email is None or owner.email is None or email.casefold() != owner.email.casefold():
            pipeshub_email = owner.email or sentence("account.without_email")
            if email is None:
                raise Refused(Reason.EMAIL_MISMATCH_SLACK_UNKNOWN, pipeshub_email=pipeshub_email)
            raise Refused(Reason.EMAIL_MISMATCH, pipeshub_email=pipeshub_email, slack_email=email)

    async def _find_readable(self, workspace: str, person: str) -> LinkedAccount | None:
        try:
            return await self.account_store.find(workspace, person)
        except WrongEncryptionKey as error:
            log.warning("account.unreadable", workspace=workspace, person=person, reason=error.detail)
            return None

    async def _revoke(self, tokens: AccountTokens) -> None:
        await asyncio.gather(*(self._revoke_token(each) for each in (tokens.refresh, tokens.access)))

    async def _revoke_token(self, token: str) -> None:
        try:
            await self.oauth.revoke(token)
        except PipesHubError as error:
            log.warning("account.revoke_failed", reason=error.detail)
