"""Archiving conversations, and taking them out again."""

from bot.flows.records import Records
from bot.flows.redrawing import Redrawing
from bot.pipeshub.client import Conversations
from bot.store.threads import Threads


class Archiving:
    """Hides a conversation from the lists; its thread goes on."""

    def __init__(
        self, records: Records, conversations: Conversations, threads: Threads, redrawing: Redrawing
    ) -> None:
        self._records = records
        self._conversations = conversations
        self._threads = threads
        self._redrawing = redrawing

    async def archive(self, turn_id: str, person: str) -> None:
        """Archive the conversation of an answer for its owner; one archived already counts as done.

        Raises Refusal and PipesHubError.
        """
        turn = await self._records.owned(turn_id, person)
        conversation = await self._records.conversation(turn)
        await self._conversations.archive(conversation.id)
        await self._threads.archive(turn.question.thread, turn.identity, person)
        await self._redrawing.redraw_with_newest(turn, conversation)

    async def unarchive(self, turn_id: str, person: str) -> None:
        """Take the conversation of an answer out of the archive for its owner.

        Raises Refusal and PipesHubError.
        """
        turn = await self._records.owned(turn_id, person)
        conversation = await self._records.conversation(turn)
        await self._conversations.unarchive(conversation.id)
        await self._threads.archive(turn.question.thread, turn.identity, None)
        await self._redrawing.redraw_with_newest(turn, conversation)
