"""Stopping an answer while it is being written, in this process or another."""

from collections.abc import Sequence

from bot.domain.conversations import Answer
from bot.flows.answers.reply import Replies
from bot.flows.answers.source import LiveAnswers
from bot.metrics import Meters
from bot.store.turns import Turns, Wishes


class Stopping:
    """Ends an answer where it stands. The server goes on; nobody reads it."""

    def __init__(
        self, turns: Turns, wishes: Wishes, live: LiveAnswers, replies: Replies, meters: Meters
    ) -> None:
        self._turns = turns
        self._wishes = wishes
        self._live = live
        self._replies = replies
        self._meters = meters

    async def stop_shown(self, workspace: str, channel: str, messages: Sequence[str], person: str) -> bool:
        """Stop the turns whose answers `messages` show, as `stop` does; return False if there is none."""
        found = [await self._turns.shown_in(workspace, channel, ts) for ts in messages]
        return any([await self.stop(turn.id, person) for turn in found if turn is not None])

    async def stop(self, turn_id: str, person: str) -> bool:
        """Stop a turn that is written or waits in line; return False if it is neither.

        One that another process works on ends as soon as that looks at what is wished. Raises SlackError
        where the reply of a waiting turn cannot be shown as stopped.
        """
        if self._live.stop(turn_id, person):
            return True
        turn = await self._turns.withdraw(turn_id)
        if turn is None:
            return await self._wishes.stop(turn_id, person)
        shown = await self._replies.of(turn).finish(Answer().stopped(person))
        await self._turns.shown(turn.id, shown)
        self._meters.answers.labels("stopped").inc()
        return True
