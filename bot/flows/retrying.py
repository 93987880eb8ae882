"""Asking a failed question again."""

from bot.domain.errors import NoSuchTurn
from bot.flows.admitting import Admitting
from bot.flows.records import settled
from bot.flows.working import Working
from bot.metrics import Meters
from bot.store.turns import Turns


class Retrying:
    """Puts a failed turn back into the queue of its thread."""

    def __init__(self, turns: Turns, admitting: Admitting, working: Working, meters: Meters) -> None:
        self._turns = turns
        self._admitting = admitting
        self._working = working
        self._meters = meters

    async def again(self, turn_id: str, person: str) -> bool:
        """Ask a failed question again for `person` (a Slack user); return False if it is not failed any more.

        Raises NoSuchTurn where it is not on record (any more), and what `Admitting.check` raises.
        """
        found = await settled(self._turns, turn_id)
        if found is None:
            raise NoSuchTurn
        thread = found.question.thread
        await self._admitting.press(thread.workspace, thread.channel, person)
        turn = await self._turns.reopen(turn_id)
        if turn is None:
            return False
        self._meters.retries.labels("question").inc()
        await self._working.drain(turn.question.thread, turn.identity)
        return True
