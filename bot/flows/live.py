"""Answers that this process is reading."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.store.turns import Wishes


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
