"""Sharing a conversation with people or a channel, and posting a private answer to its thread."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Literal

from bot.domain.conversations import Conversation, Speaker, stored
from bot.domain.errors import NoSuchTurn, NotPrivate, NotShared, RequestRefused, SharedAlready
from bot.domain.people import (
    Account,
    Copy,
    Grant,
    Match,
    Matching,
    Member,
    Present,
    Reader,
    Removal,
    SharedWith,
    Unmatched,
    Why,
)
from bot.domain.turns import Thread, Turn
from bot.flows.accounts.identity import Identities
from bot.flows.actions.permissions import Records
from bot.flows.answers.reply import Redrawing
from bot.store.threads import Asides

Level = Literal["read", "write"]


class Sharing:
    """Gives access and takes it back, for the person who started a conversation.

    Every method raises Refusal, SlackError and PipesHubError.
    """

    def __init__(
        self,
        records: Records,
        identities: Identities,
        member: Callable[[str], Awaitable[Member]],
    ) -> None:
        """Bring the parts together; `member` tells who a Slack user is."""
        self._records = records
        self._identities = identities
        self._member = member

    async def check(self, turn_id: str, person: str) -> None:
        """Make sure that `person` may share; asks the store alone, so that it takes no time."""
        await self._records.owned(turn_id, person)

    async def present(self, turn_id: str, person: str) -> Present:
        """Return what would be shared, and who has access to it now."""
        turn = await self._records.owned(turn_id, person)
        conversation = await self._records.conversation(turn)
        names = await self._identities.people(turn.identity).names(
            each.user_id for each in conversation.shared_with
        )
        readers = (
            Reader(Account(each.user_id, names.get(each.user_id, "")), each.level)
            for each in conversation.shared_with
        )
        return Present(conversation.title, tuple(readers))

    async def match(self, turn_id: str, person: str, users: Collection[str]) -> Matching:
        """Match Slack users to accounts by their e-mail addresses; who cannot be matched is named."""
        turn = await self._records.owned(turn_id, person)
        members = await asyncio.gather(*(self._member(each) for each in dict.fromkeys(users)))
        doubts = {each.id: why for each in members if (why := _doubt(each, person))}
        accounts = await self._identities.people(turn.identity).with_emails(
            {each.email for each in members if each.email and each.id not in doubts}
        )
        matches, unmatched = [], []
        for member in members:
            account = accounts.get(member.email or "")
            if member.id in doubts or account is None:
                unmatched.append(Unmatched(member, doubts.get(member.id, Why.NO_ACCOUNT)))
            else:
                matches.append(Match(member, account))
        return Matching(tuple(matches), tuple(unmatched))

    async def share(self, turn_id: str, person: str, matches: Sequence[Match], level: Level) -> SharedWith:
        """Share the conversation, and return what the server granted, whatever was asked for.

        Raises NotShared where the server does not know somebody (any more).
        """
        turn = await self._records.owned(turn_id, person)
        conversation = await self._records.conversation(turn)
        wanted = list(dict.fromkeys(each.account.id for each in matches))
        try:
            conversations = self._identities.conversations(turn.identity)
            receipt = await conversations.share(conversation.id, user_ids=wanted, access_level=level)
        except RequestRefused as error:
            raise NotShared(error.detail) from error
        if not set(wanted) <= _levels(receipt).keys():
            # A receipt need not name anybody: what counts is what the server has.
            receipt = await self._records.conversation(turn)
        before, now = _levels(conversation), _levels(receipt)
        grants = (
            Grant(each, now.get(each.account.id), now.get(each.account.id) != before.get(each.account.id))
            for each in matches
        )
        return SharedWith(conversation.title, turn.question.thread, tuple(grants))

    async def unshare(self, turn_id: str, person: str, account_ids: Collection[str]) -> tuple[Removal, ...]:
        """Take access back, and return what became of it; who has none is left out."""
        turn = await self._records.owned(turn_id, person)
        conversation = await self._records.conversation(turn)
        readers = [each.user_id for each in conversation.shared_with if each.user_id in account_ids]
        if not readers:
            return ()
        names = await self._identities.people(turn.identity).names(readers)
        conversations = self._identities.conversations(turn.identity)
        receipt = await conversations.unshare(conversation.id, user_ids=readers)
        left = _levels(receipt)
        return tuple(Removal(Account(each, names.get(each, "")), each not in left) for each in readers)

    async def copy(self, turn_id: str, person: str) -> Copy:
        """Return an answer with its question, for its conversation's owner to show elsewhere.

        Raises NoSuchTurn where the server no longer has the answer.
        """
        turn = await self._records.owned(turn_id, person)
        conversation = await self._records.conversation(turn)
        message = conversation.message(turn.message_id or "")
        if message is None or message.speaker is not Speaker.BOT:
            raise NoSuchTurn
        return Copy(
            turn=turn.id,
            question=_question(turn, conversation),
            asker=turn.question.asker,
            thread=turn.question.thread,
            answer=stored(message, conversation.id),
        )


def _doubt(member: Member, person: str) -> Why | None:
    """Return why somebody is not looked for at all."""
    if member.id == person:
        return Why.ONESELF
    if member.is_bot:
        return Why.BOT
    return None if member.email else Why.NO_EMAIL


def _levels(conversation: Conversation) -> dict[str, str]:
    return {each.user_id: each.level for each in conversation.shared_with}


def _question(turn: Turn, conversation: Conversation) -> str:
    """Return what was asked: the server's words, since the store erases them once they are answered."""
    asked = ""
    for message in conversation.messages:
        if message.id == turn.message_id:
            break
        asked = message.content if message.speaker is Speaker.USER else asked
    return asked


Post = Callable[[Copy, Thread, str], Awaitable[None]]
"""Posts an answer in a thread of a channel, for a Slack user. Raises ChannelClosed and SlackError."""


class Revealing:
    """Posts a private answer, once, for the person who asked it and for nobody else."""

    def __init__(
        self, records: Records, sharing: Sharing, asides: Asides, redrawing: Redrawing, post: Post
    ) -> None:
        self._records = records
        self._sharing = sharing
        self._asides = asides
        self._redrawing = redrawing
        self._post = post

    async def reveal(self, turn_id: str, person: str) -> None:
        """Post an answer with its question and sources in the thread where it was asked.

        Raises NotTheOwner, NotPrivate, SharedAlready, other Refusals, SlackError and PipesHubError; after
        those last two it can be posted again.
        """
        turn = await self._records.owned(turn_id, person)
        thread = turn.question.thread
        origin = await self._asides.origin(thread)
        if origin is None or origin.ts is None:
            raise NotPrivate
        copy = await self._sharing.copy(turn_id, person)
        if not await self._asides.share(thread, turn_id):
            raise SharedAlready
        try:
            await self._post(copy, Thread(thread.workspace, origin.channel, origin.ts), person)
        except BaseException:
            await self._asides.unshare(thread, turn_id)
            raise
        await self._redrawing.redraw(turn, await self._records.conversation(turn))
