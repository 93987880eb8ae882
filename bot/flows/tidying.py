"""Messages that another one replaced."""

from bot.domain.turns import Turn
from bot.flows.replies import Replies
from bot.store.turns import Turns


class Tidying:
    """Takes messages away that show no answer any more, when Slack has room for that."""

    def __init__(self, turns: Turns, replies: Replies) -> None:
        self._turns = turns
        self._replies = replies

    async def tidy(self, turn_id: str) -> None:
        """Take away what one turn left behind, if there is room now."""
        turn = await self._turns.get(turn_id)
        if turn is not None and turn.leftover_ts:
            await self.clear(turn)

    async def clear(self, turn: Turn) -> None:
        """Take away what a turn left behind, as far as there is room."""
        if gone := await self._replies.of(turn).clear():
            await self._turns.cleared(turn.id, gone)
