"""Archiving, renaming and deleting a conversation."""

from dataclasses import dataclass

from bot.domain.conversations import Conversation, IdleConversation
from bot.domain.errors import InvalidInput, Reason
from bot.flows.accounts.identity import Identities
from bot.flows.actions.permissions import NEWEST_MESSAGES, AnswerLookup
from bot.flows.answers.reply import ReplyRedrawer
from bot.flows.ports import ButtonStripper, Chat
from bot.store.threads import ThreadStore
from bot.store.turns import TurnStore


@dataclass(frozen=True)
class ArchiveService:
    """Hides a conversation from the lists; its thread goes on."""

    answer_lookup: AnswerLookup
    identities: Identities
    threads: ThreadStore
    reply_redrawer: ReplyRedrawer

    async def archive(self, turn_id: str, person: str) -> None:
        """Archive the conversation of an answer for its owner; one archived already counts as done.

        Raises Refused and PipesHubError.
        """
        turn = await self.answer_lookup.owned(turn_id, person)
        conversation = await self.answer_lookup.conversation(turn)
        await self.identities.conversations(turn.identity).archive(conversation.id)
        await self.threads.save_archived(turn.question.thread, turn.identity, person)
        await self.reply_redrawer.redraw_with_newest(turn, conversation)

    async def unarchive(self, turn_id: str, person: str) -> None:
        """Take the conversation of an answer out of the archive for its owner.

        Raises Refused and PipesHubError.
        """
        turn = await self.answer_lookup.owned(turn_id, person)
        conversation = await self.answer_lookup.conversation(turn)
        await self.identities.conversations(turn.identity).unarchive(conversation.id)
        await self.threads.save_archived(turn.question.thread, turn.identity, None)
        await self.reply_redrawer.redraw_with_newest(turn, conversation)

    async def archive_idle(self, idle: IdleConversation, before: float, days: int) -> bool:
        """Archive a conversation that had no question for `days`; return False for one that stays.

        It stays where people went on with it after `before` (seconds since 1970), here or at PipesHub.
        Raises PipesHubError.
        """
        conversations = self.identities.conversations(idle.identity)
        conversation = await conversations.get_by_id(idle.conversation_id, page=1, limit=NEWEST_MESSAGES)
        if _is_active_since(conversation, before):
            return False
        await conversations.archive(conversation.id)
        if not await self.threads.save_archived_idle(idle, before, days):
            # A question came in between, so it has to come out of the archive again.
            await conversations.unarchive(conversation.id)
            return False
        await self.reply_redrawer.redraw_newest(idle.thread, idle.identity, conversation)
        return True


def _is_active_since(conversation: Conversation, before: float) -> bool:
    return any(each.created_at and each.created_at.timestamp() >= before for each in conversation.messages)


@dataclass(frozen=True)
class _OwnConversation:
    """A conversation that its owner alone may change."""

    answer_lookup: AnswerLookup

    async def check(self, turn_id: str, person: str) -> None:
        """Make sure that `person` may change it; asks the store alone. Raises Refused."""
        await self.answer_lookup.owned(turn_id, person)

    async def title(self, turn_id: str, person: str) -> str:
        """Return the title of the conversation. Raises Refused and PipesHubError."""
        turn = await self.answer_lookup.owned(turn_id, person)
        return (await self.answer_lookup.conversation(turn)).title


@dataclass(frozen=True)
class DeleteService(_OwnConversation):
    """Deletes a conversation at the server; its messages in Slack stay."""

    identities: Identities
    turns: TurnStore
    threads: ThreadStore
    reply_redrawer: ReplyRedrawer
    button_stripper: ButtonStripper

    async def delete(self, turn_id: str, person: str) -> None:
        """Delete the conversation of an answer for its owner.

        The next question in its thread begins another one; the replies lose their buttons. Raises Refused
        and PipesHubError.
        """
        turn = await self.answer_lookup.owned(turn_id, person)
        conversation = await self.answer_lookup.conversation(turn)
        await self.identities.conversations(turn.identity).delete(conversation.id)
        await self.threads.clear_conversation(turn.question.thread, turn.identity)
        await self.reply_redrawer.redraw_all(turn, conversation, deleted=True)
        for each in await self.turns.unanswered_for_identity(turn.question.thread, turn.identity):
            await self.button_stripper.strip_buttons(each)


MAX_TITLE_LENGTH = 200
"""Characters of a title that the server takes."""


@dataclass(frozen=True)
class RenameService(_OwnConversation):
    """Changes titles."""

    identities: Identities
    chat: Chat

    async def rename(self, turn_id: str, person: str, title: str) -> str:
        """Rename the conversation of an answer, and its thread, for its owner; return the title it has now.

        Raises Refused and PipesHubError.
        """
        wanted = check_title(title)
        turn = await self.answer_lookup.owned(turn_id, person)
        conversations = self.identities.conversations(turn.identity)
        await conversations.update_title(turn.conversation_id or "", title=wanted)
        await self.chat.set_thread_title(turn.question.thread, wanted)
        return wanted


def check_title(title: str) -> str:
    """Return a title without the space around it. Raises InvalidInput, which says what is wrong."""
    wanted = " ".join(title.split())
    if not wanted:
        raise InvalidInput(Reason.TITLE_MISSING)
    if len(wanted) > MAX_TITLE_LENGTH:
        raise InvalidInput(Reason.TITLE_TOO_LONG, most=MAX_TITLE_LENGTH, length=len(wanted))
    if "<" in wanted or ">" in wanted:
        raise InvalidInput(Reason.TITLE_WITH_ANGLE_BRACKETS)
    return wanted
