"""Stopping an answer while it is being written, in this process or another."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.conversations import Answer
from bot.flows.answers.source import LiveAnswers
from bot.flows.ports import Replies
from bot.metrics import Meters
from bot.store.turns import PendingRequestStore, TurnStore


@dataclass(frozen=True)
class StopService:
    """Ends an answer where it is. The server goes on writing; its stream is not read any more."""

    turns: TurnStore
    pending_requests: PendingRequestStore
    live_answers: LiveAnswers
    replies: Replies
    meters: Meters

    async def stop_messages(self, workspace: str, channel: str, messages: Sequence[str], person: str) -> bool:
        """Stop the turns whose answers `messages` show, as `stop` does; return False if there is none."""
        found = [await self.turns.find_by_reply(workspace, channel, ts) for ts in messages]
        return any([await self.stop(turn.id, person) for turn in found if turn is not None])

    async def stop(self, turn_id: str, person: str) -> bool:
        """Stop a turn that is written or waits in line; return False if it is neither.

        Another process that works on it ends it when it polls the stop requests. Raises SlackError where
        the reply of a waiting turn cannot be shown as stopped.
        """
        if self.live_answers.stop(turn_id, person):
            return True
        turn = await self.turns.stop_waiting(turn_id)
        if turn is None:
            return await self.pending_requests.request_stop(turn_id, person)
        shown = await self.replies.for_turn(turn).finish(Answer().stopped(person))
        await self.turns.save_shown(turn.id, shown)
        self.meters.answers.labels("stopped").inc()
        return True
