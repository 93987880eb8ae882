"""Archiving, renaming and deleting a conversation."""

import re
from dataclasses import dataclass

from bot.domain.conversations import IdleConversation
from bot.domain.errors import InvalidInput, Reason, RequestRefused
from bot.domain.turns import UNANSWERED_STATES
from bot.flows.accounts.identity import Identities
from bot.flows.actions.permissions import AnswerLookup
from bot.flows.answers.reply import ReplyRedrawer
from bot.flows.ports import Chat, PostedReplies
from bot.store.threads import ThreadStore
from bot.store.turns import TurnStore

MAX_TITLE_LENGTH = 200  # characters of a title that the server takes


@dataclass(frozen=True)
class ManageService:
    """Changes conversations, for the people who started them and for the clock.

    Every method raises Refused and PipesHubError.
    """

    answer_lookup: AnswerLookup
    identities: Identities
    turns: TurnStore
    threads: ThreadStore
    reply_redrawer: ReplyRedrawer
    posted_replies: PostedReplies
    chat: Chat

    async def title(self, turn_id: str, person: str) -> str:
        """Return the title of a conversation."""
        turn = await self.answer_lookup.owned(turn_id, person)
        return (await self.answer_lookup.conversation(turn)).title

    async def archive(self, turn_id: str, person: str, *, archived: bool = True) -> None:
        """Hide the conversation of an answer from the lists, or list it again; its thread goes on.

        One that is archived already counts as done.
        """
        turn = await self.answer_lookup.owned(turn_id, person)
        conversation = await self.answer_lookup.conversation(turn)
        conversations = self.identities.conversations(turn.identity)
        await (conversations.archive if archived else conversations.unarchive)(conversation.id)
        await self.threads.save_archived(turn.question.thread, turn.identity, person if archived else None)
        await self.reply_redrawer.redraw(turn, conversation, with_newest=True)

    async def archive_idle(self, idle: IdleConversation, before: float, days: int) -> bool:
        """Archive a conversation that had no question for `days`; return False for one that stays.

        It stays where people went on with it after `before` (seconds since 1970), here or at PipesHub.
        """
        conversations = self.identities.conversations(idle.identity)
        conversation = await self.identities.conversation(idle.identity, idle.conversation_id)
        if any(each.created_at and each.created_at.timestamp() >= before for each in conversation.messages):
            return False
        await conversations.archive(conversation.id)
        if not await self.threads.save_archived_idle(idle, before, days):
            # A question came in between, so it has to come out of the archive again.
            await conversations.unarchive(conversation.id)
            return False
        await self.reply_redrawer.redraw_thread(idle.thread, idle.identity, conversation, last=1)
        return True

    async def delete(self, turn_id: str, person: str) -> None:
        """Delete a conversation at the server; its messages in Slack stay and lose their buttons.

        The next question in its thread begins another one.
        """
        turn = await self.answer_lookup.owned(turn_id, person)
        conversation = await self.answer_lookup.conversation(turn)
        await self.identities.conversations(turn.identity).delete(conversation.id)
        await self.threads.clear_conversation(turn.question.thread, turn.identity)
        await self.reply_redrawer.redraw_thread(
            turn.question.thread, turn.identity, conversation, deleted=True
        )
        for each in await self.turns.in_thread(turn.question.thread, turn.identity, *UNANSWERED_STATES):
            await self.posted_replies.strip_buttons(each)

    async def rename(self, turn_id: str, person: str, title: str) -> str:
        """Rename a conversation and its thread, and return the title it has now."""
        wanted = check_title(title)
        turn = await self.answer_lookup.owned(turn_id, person)
        conversations = self.identities.conversations(turn.identity)
        try:
            await conversations.update_title(turn.conversation_id or "", title=wanted)
        except RequestRefused as error:
            # For signs, as far as is known: the words alone are better than none of it.
            words = " ".join(_NOT_IN_WORDS.sub(" ", wanted).split())
            if not words or words == wanted:
                raise InvalidInput(Reason.TITLE_REFUSED, error.detail) from error
            wanted = words
            try:
                await conversations.update_title(turn.conversation_id or "", title=wanted)
            except RequestRefused as again:
                raise InvalidInput(Reason.TITLE_REFUSED, again.detail) from again
        await self.chat.set_thread_title(turn.question.thread, wanted)
        return wanted


_NOT_IN_WORDS = re.compile(r"[^\w\s.,'\u2019-]+")
# What servers take for a script, in a title as in markup.
_SCRIPT = re.compile(r"\b(?:(?:java|vb)script|data)\s?:|\bon\w{1,50}\s?=", re.IGNORECASE)


def check_title(title: str) -> str:
    """Return a title without the space around it. Raises InvalidInput, which says what is wrong."""
    wanted = " ".join(title.split())
    if not wanted:
        raise InvalidInput(Reason.TITLE_MISSING)
    if len(wanted) > MAX_TITLE_LENGTH:
        raise InvalidInput(Reason.TITLE_TOO_LONG, most=MAX_TITLE_LENGTH, length=len(wanted))
    if "<" in wanted or ">" in wanted:
        raise InvalidInput(Reason.TITLE_WITH_ANGLE_BRACKETS)
    if _SCRIPT.search(wanted):
        raise InvalidInput(Reason.TITLE_REFUSED)
    return wanted
