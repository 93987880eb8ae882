"""Stopping an answer while it is written."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.domain.answers import Answer
from bot.flows.replies import Replies
from bot.store.turns import Turns

CLAIMING = 0.5
"""Seconds within which a turn that was claimed is read."""

CLAIMING_POLL = 0.1


@dataclass
class Stop:
    """Whether an answer was stopped, and by whom."""

    by: str | None = None


class LiveAnswers:
    """The answers this process is reading, each with a way to end the reading."""

    def __init__(self) -> None:
        self._reading: dict[str, tuple[Stop, asyncio.Timeout]] = {}

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


class Stopping:
    """Ends an answer where it stands. The server goes on; nobody reads it."""

    def __init__(self, turns: Turns, live: LiveAnswers, replies: Replies) -> None:
        self._turns = turns
        self._live = live
        self._replies = replies

    async def stop(self, turn_id: str, person: str) -> bool:
        """Stop a turn that is written or waits in line; return False if it is neither.

        Raises SlackError where the reply of a waiting turn cannot be shown as stopped.
        """
        for _ in range(round(CLAIMING / CLAIMING_POLL)):
            if self._live.stop(turn_id, person):
                return True
            turn = await self._turns.withdraw(turn_id)
            if turn is not None:
                await self._replies.of(turn).finish(Answer().stopped(person))
                return True
            # Between the two it is claimed already and not read yet.
            await asyncio.sleep(CLAIMING_POLL)
        return False
