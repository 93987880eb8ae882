"""Deleting conversations."""

from collections.abc import Awaitable, Callable

from bot.domain.turns import Turn
from bot.flows.identities import Identities
from bot.flows.records import Records
from bot.flows.redrawing import Redrawing
from bot.store.threads import Threads
from bot.store.turns import Turns


class Deleting:
    """Deletes a conversation at the server; what was said in Slack stays."""

    def __init__(
        self,
        records: Records,
        identities: Identities,
        turns: Turns,
        threads: Threads,
        redrawing: Redrawing,
        bare: Callable[[Turn], Awaitable[None]],
    ) -> None:
        """Bring the parts together; `bare` takes the buttons off the reply of a turn."""
        self._records = records
        self._turns = turns
        self._bare = bare
        self._identities = identities
        self._threads = threads
        self._redrawing = redrawing

    async def check(self, turn_id: str, person: str) -> None:
        """Make sure that `person` may delete; asks the store alone. Raises Refusal."""
        await self._records.owned(turn_id, person)

    async def title(self, turn_id: str, person: str) -> str:
        """Return the title of the conversation that would be deleted. Raises Refusal and PipesHubError."""
        turn = await self._records.owned(turn_id, person)
        return (await self._records.conversation(turn)).title

    async def delete(self, turn_id: str, person: str) -> None:
        """Delete the conversation of an answer for its owner.

        The thread forgets it, so that the next question there begins another one; the replies lose their
        buttons. Raises Refusal and PipesHubError.
        """
        turn = await self._records.owned(turn_id, person)
        conversation = await self._records.conversation(turn)
        await self._identities.conversations(turn.identity).delete(conversation.id)
        await self._threads.forget(turn.question.thread, turn.identity)
        await self._redrawing.redraw_all(turn, conversation, deleted=True)
        for each in await self._turns.unanswered(turn.question.thread, turn.identity):
            await self._bare(each)
