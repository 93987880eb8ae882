"""Stopping an answer while it is being written, in this process or another."""

from collections.abc import Sequence

from bot.domain.conversations import Answer
from bot.flows.answers.reply import Replies
from bot.flows.answers.source import LiveAnswers
from bot.metrics import Meters
from bot.store.turns import PendingRequestStore, TurnStore


class StopService:
    """Ends an answer where it stands. The server goes on; nobody reads it."""

    def __init__(
        self,
        turns: TurnStore,
        pending_requests: PendingRequestStore,
        live_answers: LiveAnswers,
        replies: Replies,
        meters: Meters,
    ) -> None:
        self._turns = turns
        self._pending_requests = pending_requests
        self._live_answers = live_answers
        self._replies = replies
        self._meters = meters

    async def stop_messages(self, workspace: str, channel: str, messages: Sequence[str], person: str) -> bool:
        """Stop the turns whose answers `messages` show, as `stop` does; return False if there is none."""
        found = [await self._turns.find_by_reply(workspace, channel, ts) for ts in messages]
        return any([await self.stop(turn.id, person) for turn in found if turn is not None])

    async def stop(self, turn_id: str, person: str) -> bool:
        """Stop a turn that is written or waits in line; return False if it is neither.

        One that another process works on ends as soon as that looks at what is wished. Raises SlackError
        where the reply of a waiting turn cannot be shown as stopped.
        """
        if self._live_answers.stop(turn_id, person):
            return True
        turn = await self._turns.stop_waiting(turn_id)
        if turn is None:
            return await self._pending_requests.request_stop(turn_id, person)
        shown = await self._replies.for_turn(turn).finish(Answer().stopped(person))
        await self._turns.save_shown(turn.id, shown)
        self._meters.answers.labels("stopped").inc()
        return True
