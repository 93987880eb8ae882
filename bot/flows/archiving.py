"""Archiving conversations, and taking them out again."""

from bot.domain.conversations import Conversation, Idle
from bot.flows.identities import Identities
from bot.flows.records import NEWEST, Records
from bot.flows.redrawing import Redrawing
from bot.store.threads import Threads


class Archiving:
    """Hides a conversation from the lists; its thread goes on."""

    def __init__(
        self, records: Records, identities: Identities, threads: Threads, redrawing: Redrawing
    ) -> None:
        self._records = records
        self._identities = identities
        self._threads = threads
        self._redrawing = redrawing

    async def archive(self, turn_id: str, person: str) -> None:
        """Archive the conversation of an answer for its owner; one archived already counts as done.

        Raises Refusal and PipesHubError.
        """
        turn = await self._records.owned(turn_id, person)
        conversation = await self._records.conversation(turn)
        await self._identities.conversations(turn.identity).archive(conversation.id)
        await self._threads.archive(turn.question.thread, turn.identity, person)
        await self._redrawing.redraw_with_newest(turn, conversation)

    async def unarchive(self, turn_id: str, person: str) -> None:
        """Take the conversation of an answer out of the archive for its owner.

        Raises Refusal and PipesHubError.
        """
        turn = await self._records.owned(turn_id, person)
        conversation = await self._records.conversation(turn)
        await self._identities.conversations(turn.identity).unarchive(conversation.id)
        await self._threads.archive(turn.question.thread, turn.identity, None)
        await self._redrawing.redraw_with_newest(turn, conversation)

    async def archive_idle(self, idle: Idle, before: float, days: int) -> bool:
        """Archive, in nobody's name, a conversation that went `days` without a question.

        Returns False for one that stays, since somebody went on with it after `before` (seconds since 1970),
        here or at PipesHub. Raises PipesHubError.
        """
        conversations = self._identities.conversations(idle.identity)
        conversation = await conversations.get_by_id(idle.conversation_id, page=1, limit=NEWEST)
        if _went_on(conversation, before):
            return False
        await conversations.archive(conversation.id)
        if not await self._threads.archive_idle(idle, before, days):
            # Somebody asked in between; what was archived before that question has to come out again.
            await conversations.unarchive(conversation.id)
            return False
        await self._redrawing.redraw_newest(idle.thread, idle.identity, conversation)
        return True


def _went_on(conversation: Conversation, before: float) -> bool:
    return any(each.created_at and each.created_at.timestamp() >= before for each in conversation.messages)
