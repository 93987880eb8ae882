"""Finding what a worker posted and did not live to note."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from time import time

import structlog

from bot.domain.errors import SlackError, SlackUnreachable
from bot.domain.turns import Left, Shown, Turn, TurnState
from bot.store.turns import Turns

log = structlog.get_logger(__name__)


class Adopting:
    """Makes the messages of a turn that stand in Slack those of its reply, so that none is an orphan."""

    def __init__(self, turns: Turns, find: Callable[[Turn], Awaitable[Left]]) -> None:
        """Look with `find`, which asks Slack for the messages of a turn."""
        self._turns = turns
        self._find = find

    async def adopt(self, turn: Turn) -> Turn:
        """Return a turn with all of its messages that stand, or as it is where nobody may look.

        Raises SlackUnreachable where Slack does not tell now: whoever went on would show the turn twice.
        """
        try:
            left = await self._find(turn)
        except SlackError as error:
            if isinstance(error, SlackUnreachable) and not turn.is_past_hope(time()):
                raise
            log.info("what was left is not known", turn=turn.id, reason=error.detail)
            return turn
        known = {ts for ts in (turn.reply_ts, *turn.further_ts) if ts}
        messages = sorted(known.union(left.messages).difference(turn.leftover_ts))
        if not messages:
            return turn
        if known.symmetric_difference(messages):
            log.info("messages found that were not noted", turn=turn.id, found=len(messages) - len(known))
            await self._turns.shown(turn.id, _shown(turn, messages))
        further = () if turn.state is TurnState.RECORDED else tuple(messages[1:])
        return replace(turn, reply_ts=messages[0], further_ts=further, ended=left.ended)


def _shown(turn: Turn, messages: list[str]) -> Shown:
    """Return how a turn is shown: before it is asked by one placeholder, and any other one is to go."""
    if turn.state is TurnState.RECORDED:
        return Shown((messages[0],), tuple(messages[1:]))
    return Shown(tuple(messages))
