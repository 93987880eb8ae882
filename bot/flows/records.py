"""What a press is about, and whether the person who pressed may do it."""

import asyncio

from bot.domain.conversations import Conversation
from bot.domain.errors import NoSuchTurn, NotTheOwner, StillWriting
from bot.domain.turns import Turn, TurnState
from bot.flows.identities import Identities
from bot.store.threads import Threads
from bot.store.turns import Turns

NEWEST = 100
"""Messages of a conversation that are looked through; the server gives no more at once."""


ENDING = 2.0
"""Seconds within which the outcome of a reply that shows its ending is stored."""

ENDING_POLL = 0.1


async def settled(turns: Turns, turn_id: str, within: float = ENDING) -> Turn | None:
    """Return a turn, once an ending that its reply shows already is stored too, or `within` seconds are over.

    A reply shows its ending a moment before that is stored, so a quick press has to wait for a moment.
    """
    turn = await turns.get(turn_id)
    for _ in range(round(within / ENDING_POLL)):
        if turn is None or turn.state is not TurnState.RUNNING:
            break
        await asyncio.sleep(ENDING_POLL)
        turn = await turns.get(turn_id)
    return turn


class Records:
    """Finds finished answers, for the flows that do something with them."""

    def __init__(self, turns: Turns, threads: Threads, identities: Identities) -> None:
        self._turns = turns
        self._threads = threads
        self._identities = identities

    async def answered(self, turn_id: str) -> Turn:
        """Return a finished turn.

        Raises NoSuchTurn where it is not on record, was stopped or failed, or where its conversation was
        deleted, and StillWriting where it is not finished.
        """
        turn = await settled(self._turns, turn_id)
        if turn is None or turn.state in {TurnState.FAILED, TurnState.BROKEN, TurnState.STOPPED}:
            raise NoSuchTurn
        if turn.state is not TurnState.DONE:
            raise StillWriting
        if turn.conversation_id is None:
            raise NoSuchTurn
        return turn

    async def owned(self, turn_id: str, person: str) -> Turn:
        """Return a finished turn of a conversation that `person` (a Slack user) started.

        Raises NotTheOwner beside what `answered` raises.
        """
        turn = await self.answered(turn_id)
        owner = await self.owner(turn)
        if owner != person:
            raise NotTheOwner(owner or "")
        return turn

    async def owner(self, turn: Turn) -> str | None:
        """Return the Slack user who started the conversation of a turn."""
        return await self._threads.owner(turn.question.thread, turn.identity)

    async def conversation(self, turn: Turn) -> Conversation:
        """Return the conversation of a finished turn with its newest messages. Raises PipesHubError."""
        conversations = self._identities.conversations(turn.identity)
        return await conversations.get_by_id(turn.conversation_id or "", page=1, limit=NEWEST)
