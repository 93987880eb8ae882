"""Archiving, renaming and deleting a conversation."""

from collections.abc import Awaitable, Callable

from bot.domain.conversations import Conversation, IdleConversation
from bot.domain.errors import InvalidInput, Reason
from bot.domain.turns import Thread, Turn
from bot.flows.accounts.identity import Identities
from bot.flows.actions.permissions import NEWEST_MESSAGES, AnswerLookup
from bot.flows.answers.reply import ReplyRedrawer
from bot.store.threads import ThreadStore
from bot.store.turns import TurnStore


class ArchiveService:
    """Hides a conversation from the lists; its thread goes on."""

    def __init__(
        self,
        answer_lookup: AnswerLookup,
        identities: Identities,
        threads: ThreadStore,
        reply_redrawer: ReplyRedrawer,
    ) -> None:
        self._answer_lookup = answer_lookup
        self._identities = identities
        self._threads = threads
        self._reply_redrawer = reply_redrawer

    async def archive(self, turn_id: str, person: str) -> None:
        """Archive the conversation of an answer for its owner; one archived already counts as done.

        Raises Refused and PipesHubError.
        """
        turn = await self._answer_lookup.owned(turn_id, person)
        conversation = await self._answer_lookup.conversation(turn)
        await self._identities.conversations(turn.identity).archive(conversation.id)
        await self._threads.save_archived(turn.question.thread, turn.identity, person)
        await self._reply_redrawer.redraw_with_newest(turn, conversation)

    async def unarchive(self, turn_id: str, person: str) -> None:
        """Take the conversation of an answer out of the archive for its owner.

        Raises Refused and PipesHubError.
        """
        turn = await self._answer_lookup.owned(turn_id, person)
        conversation = await self._answer_lookup.conversation(turn)
        await self._identities.conversations(turn.identity).unarchive(conversation.id)
        await self._threads.save_archived(turn.question.thread, turn.identity, None)
        await self._reply_redrawer.redraw_with_newest(turn, conversation)

    async def archive_idle(self, idle: IdleConversation, before: float, days: int) -> bool:
        """Archive, in nobody's name, a conversation that went `days` without a question.

        Returns False for one that stays, since somebody went on with it after `before` (seconds since 1970),
        here or at PipesHub. Raises PipesHubError.
        """
        conversations = self._identities.conversations(idle.identity)
        conversation = await conversations.get_by_id(idle.conversation_id, page=1, limit=NEWEST_MESSAGES)
        if _is_active_since(conversation, before):
            return False
        await conversations.archive(conversation.id)
        if not await self._threads.save_archived_idle(idle, before, days):
            # Somebody asked in between; what was archived before that question has to come out again.
            await conversations.unarchive(conversation.id)
            return False
        await self._reply_redrawer.redraw_newest(idle.thread, idle.identity, conversation)
        return True


def _is_active_since(conversation: Conversation, before: float) -> bool:
    return any(each.created_at and each.created_at.timestamp() >= before for each in conversation.messages)


class DeleteService:
    """Deletes a conversation at the server; what was said in Slack stays."""

    def __init__(
        self,
        answer_lookup: AnswerLookup,
        identities: Identities,
        turns: TurnStore,
        threads: ThreadStore,
        reply_redrawer: ReplyRedrawer,
        strip_buttons: Callable[[Turn], Awaitable[None]],
    ) -> None:
        """Bring the parts together; `bare` takes the buttons off the reply of a turn."""
        self._answer_lookup = answer_lookup
        self._turns = turns
        self._strip_buttons = strip_buttons
        self._identities = identities
        self._threads = threads
        self._reply_redrawer = reply_redrawer

    async def check(self, turn_id: str, person: str) -> None:
        """Make sure that `person` may delete; asks the store alone. Raises Refused."""
        await self._answer_lookup.owned(turn_id, person)

    async def title(self, turn_id: str, person: str) -> str:
        """Return the title of the conversation that would be deleted. Raises Refused and PipesHubError."""
        turn = await self._answer_lookup.owned(turn_id, person)
        return (await self._answer_lookup.conversation(turn)).title

    async def delete(self, turn_id: str, person: str) -> None:
        """Delete the conversation of an answer for its owner.

        The thread forgets it, so that the next question there begins another one; the replies lose their
        buttons. Raises Refused and PipesHubError.
        """
        turn = await self._answer_lookup.owned(turn_id, person)
        conversation = await self._answer_lookup.conversation(turn)
        await self._identities.conversations(turn.identity).delete(conversation.id)
        await self._threads.clear_conversation(turn.question.thread, turn.identity)
        await self._reply_redrawer.redraw_all(turn, conversation, deleted=True)
        for each in await self._turns.unanswered_for_identity(turn.question.thread, turn.identity):
            await self._strip_buttons(each)


MAX_TITLE_LENGTH = 200
"""Characters of a title that the server takes."""


class RenameService:
    """Changes titles."""

    def __init__(
        self,
        answer_lookup: AnswerLookup,
        identities: Identities,
        name: Callable[[Thread, str], Awaitable[None]],
    ) -> None:
        """Bring the parts together; `name` gives a thread a title where Slack has titles, and never fails."""
        self._answer_lookup = answer_lookup
        self._identities = identities
        self._name = name

    async def check(self, turn_id: str, person: str) -> None:
        """Make sure that `person` may rename; asks the store alone. Raises Refused."""
        await self._answer_lookup.owned(turn_id, person)

    async def title(self, turn_id: str, person: str) -> str:
        """Return the present title, for the owner to change. Raises Refused and PipesHubError."""
        turn = await self._answer_lookup.owned(turn_id, person)
        return (await self._answer_lookup.conversation(turn)).title

    async def rename(self, turn_id: str, person: str, title: str) -> str:
        """Rename the conversation of an answer, and its thread, for its owner; return the title it has now.

        Raises Refused and PipesHubError.
        """
        wanted = check_title(title)
        turn = await self._answer_lookup.owned(turn_id, person)
        conversations = self._identities.conversations(turn.identity)
        await conversations.update_title(turn.conversation_id or "", title=wanted)
        await self._name(turn.question.thread, wanted)
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
