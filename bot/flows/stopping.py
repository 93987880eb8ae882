"""Stopping an answer while it is written."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.domain.answers import Answer
from bot.flows.replies import Replies
from bot.metrics import Meters
from bot.store.turns import Turns
from bot.store.wishes import Wishes


@dataclass
class Stop:
    """Whether an answer was stopped, and by whom."""

    by: str | None = None


class LiveAnswers:
    """The answers this process is reading, each with a way to end the reading."""

    def __init__(self) -> None:
        self._reading: dict[str, tuple[Stop, asyncio.Timeout]] = {}

    @property
    def reads(self) -> Collection[str]:
        """The ids of their turns."""
        return tuple(self._reading)

    @asynccontextmanager
    async def reading(self, turn_id: str) -> AsyncIterator[Stop]:
        """Let the block end early, and quietly, when somebody stops the turn; the yielded value says who."""
        stop = Stop()
        try:
            async with asyncio.timeout(None) as scope:
                self._reading[turn_id] = (stop, scope)
                yield stop
        except TimeoutError:
            if stop.by is None:
                raise
        finally:
            del self._reading[turn_id]

    def stop(self, turn_id: str, person: str) -> bool:
        """End the reading of a turn; return False if this process is not reading it."""
        stop, scope = self._reading.get(turn_id, (None, None))
        if stop is None or scope is None:
            return False
        if stop.by is None:
            stop.by = person
            scope.reschedule(asyncio.get_running_loop().time())
        return True

    async def heed(self, wishes: Wishes) -> None:
        """Stop what this process is reading and was wished to stop elsewhere, or before it was read."""
        if self._reading:
            for turn_id, person in (await wishes.stops(self.reads)).items():
                self.stop(turn_id, person)


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
