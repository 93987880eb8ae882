"""Sharing a conversation with people or a channel, and posting a private answer to its thread."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.domain.conversations import finished_answer
from bot.domain.errors import Reason, Refused, RequestRefused
from bot.domain.people import (
    AccessGrant,
    AnswerCopy,
    MatchedPerson,
    MatchFailure,
    PeopleMatch,
    PipesHubUser,
    SharedWith,
    SlackUser,
)
from bot.domain.turns import Thread
from bot.flows.accounts.identity import Identities
from bot.flows.actions.permissions import AnswerLookup
from bot.flows.answers.reply import ReplyRedrawer
from bot.flows.ports import Directory, Notes
from bot.store.threads import PrivateAnswerStore

AccessLevel = Literal["read", "write"]


@dataclass(frozen=True)
class ShareService:
    """Gives and revokes access, for the person who started a conversation.

    Every method raises Refused, SlackError and PipesHubError.
    """

    answer_lookup: AnswerLookup
    identities: Identities
    directory: Directory
    private_answers: PrivateAnswerStore
    reply_redrawer: ReplyRedrawer
    notes: Notes

    async def check(self, turn_id: str, person: str) -> None:
        """Make sure that `person` may share; asks the store alone, so that it takes no time."""
        await self.answer_lookup.owned(turn_id, person)

    async def current_access(self, turn_id: str, person: str) -> tuple[str, dict[PipesHubUser, str]]:
        """Return the title of what would be shared, and the level of each account that has access now."""
        turn = await self.answer_lookup.owned(turn_id, person)
        conversation = await self.answer_lookup.conversation(turn)
        names = await self.identities.people(turn.identity).find_names(conversation.shared_with)
        levels = conversation.shared_with.items()
        return conversation.title, {PipesHubUser(each, names.get(each, "")): level for each, level in levels}

    async def match_people(self, turn_id: str, person: str, users: Collection[str]) -> PeopleMatch:
        """Match Slack users to accounts by their e-mail addresses, and name those without a match."""
        turn = await self.answer_lookup.owned(turn_id, person)
        members = await asyncio.gather(*(self.directory.find_user(each) for each in dict.fromkeys(users)))
        unmatched = {each: why for each in members if (why := _match_failure(each, person))}
        accounts = await self.identities.people(turn.identity).find_by_emails(
            {each.email for each in members if each.email and each not in unmatched}
        )
        matches = []
        for member in members:
            if member in unmatched:
                continue
            if account := accounts.get(member.email or ""):
                matches.append(MatchedPerson(member, account))
            else:
                unmatched[member] = MatchFailure.NO_ACCOUNT
        return PeopleMatch(tuple(matches), unmatched)

    async def share(
        self, turn_id: str, person: str, matches: Sequence[MatchedPerson], level: AccessLevel
    ) -> SharedWith:
        """Share the conversation, and return what the server granted, whatever was asked for.

        Raises Refused (NOT_SHARED) where the server does not know one of the accounts (any more).
        """
        turn = await self.answer_lookup.owned(turn_id, person)
        conversation = await self.answer_lookup.conversation(turn)
        wanted = list(dict.fromkeys(each.user.id for each in matches))
        try:
            conversations = self.identities.conversations(turn.identity)
            receipt = await conversations.share(conversation.id, user_ids=wanted, access_level=level)
        except RequestRefused as error:
            raise Refused(Reason.NOT_SHARED, error.detail) from error
        if not set(wanted) <= receipt.shared_with.keys():
            # The response need not name them: what counts is what the server has stored.
            receipt = await self.answer_lookup.conversation(turn)
        before, now = conversation.shared_with, receipt.shared_with
        grants = (
            AccessGrant(each, now.get(each.user.id), now.get(each.user.id) != before.get(each.user.id))
            for each in matches
        )
        return SharedWith(conversation.title, turn.question.thread, tuple(grants))

    async def unshare(
        self, turn_id: str, person: str, account_ids: Collection[str]
    ) -> dict[PipesHubUser, bool]:
        """Revoke access; return whether it is gone, for each account that had it."""
        turn = await self.answer_lookup.owned(turn_id, person)
        conversation = await self.answer_lookup.conversation(turn)
        readers = [each for each in conversation.shared_with if each in account_ids]
        if not readers:
            return {}
        names = await self.identities.people(turn.identity).find_names(readers)
        conversations = self.identities.conversations(turn.identity)
        left = (await conversations.unshare(conversation.id, user_ids=readers)).shared_with
        return {PipesHubUser(each, names.get(each, "")): each not in left for each in readers}

    async def copy_answer(self, turn_id: str, person: str) -> AnswerCopy:
        """Return an answer with its question, for its conversation's owner to show elsewhere.

        Raises Refused (NO_SUCH_TURN) where the server no longer has the answer.
        """
        turn = await self.answer_lookup.owned(turn_id, person)
        conversation, message = await self.answer_lookup.stored_answer(turn)
        return AnswerCopy(
            turn_id=turn.id,
            # The store erases the question once it is answered.
            question=conversation.question_before(turn.message_id),
            asker=turn.question.asker,
            thread=turn.question.thread,
            answer=finished_answer(message, conversation.id),
        )

    async def share_in_thread(self, turn_id: str, person: str) -> None:
        """Post a private answer with its question and sources in the thread where it was asked, once.

        After an error it can be posted again.
        """
        turn = await self.answer_lookup.owned(turn_id, person)
        thread = turn.question.thread
        origin = await self.private_answers.find_origin(thread)
        if origin is None or origin.ts is None:
            raise Refused(Reason.NOT_A_PRIVATE_ANSWER)
        copy = await self.copy_answer(turn_id, person)
        if not await self.private_answers.mark_shared(thread, turn_id):
            raise Refused(Reason.ALREADY_SHARED)
        try:
            await self.notes.post_copy(copy, Thread(thread.workspace, origin.channel, origin.ts), person)
        except BaseException:
            await self.private_answers.unmark_shared(thread, turn_id)
            raise
        await self.reply_redrawer.redraw(turn, await self.answer_lookup.conversation(turn))


def _match_failure(member: SlackUser, person: str) -> MatchFailure | None:
    """Return why a Slack user is not looked up at all."""
    if member.id == person:
        return MatchFailure.ONESELF
    if member.is_bot:
        return MatchFailure.BOT
    return None if member.email else MatchFailure.NO_EMAIL
