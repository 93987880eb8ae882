"""Showing the whole of an answer that was stopped."""

from bot.domain.errors import NoSuchTurn
from bot.domain.turns import TurnState
from bot.flows.records import Records, settled
from bot.flows.working import Working
from bot.store.turns import Turns


class Resuming:
    """Fetches what the server wrote after an answer was stopped."""

    def __init__(self, records: Records, turns: Turns, working: Working) -> None:
        self._records = records
        self._turns = turns
        self._working = working

    async def read_on(self, turn_id: str) -> bool:
        """Show the whole of a stopped answer where a part of it stands; return False if it is not stopped.

        The part stays where the server does not have the conversation any more, or does not tell: it is
        asked before anything changes. Raises NoSuchTurn and PipesHubError.
        """
        turn = await settled(self._turns, turn_id)
        if turn is None:
            raise NoSuchTurn
        if turn.state is not TurnState.STOPPED:
            return False
        if turn.conversation_id is not None:
            await self._records.conversation(turn)
        if await self._turns.read_on(turn_id) is None:
            return False
        await self._working.drain(turn.question.thread, turn.identity)
        return True
