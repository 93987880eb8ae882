"""How many answers one process reads at once."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from bot.domain.conversations import Event, Progress
from bot.domain.turns import Turn, TurnState
from bot.flows.consulting import Consulting
from bot.store.turn_queue import Queue
from bot.tasks import uninterrupted

WAITING = "Waiting for a free place…"


class Places:
    """Consults PipesHub for so many turns at once; the others wait in the order in which they came.

    Each costs the server a model at work and this process a connection: what a burst brings beyond that
    is answered a little later, instead of everything slowly.
    """

    def __init__(self, queue: Queue, most: int) -> None:
        """Have a place for `most` turns at once."""
        self._queue = queue
        self._free = asyncio.Semaphore(most)
        self._waiting: set[asyncio.Task[object] | None] = set()
        self._closed = False
        self.taken = 0
        """How many answers are being read."""

    async def events(self, turn: Turn, consulting: Consulting) -> AsyncGenerator[Event, None]:
        """Yield what the server says to `turn`, as `Consulting.events` does, once there is a place for it."""
        if self._free.locked():
            yield Progress(WAITING)
        await self._wait(turn)
        self.taken += 1
        try:
            async with aclosing(consulting.events(turn)) as events:
                async for event in events:
                    yield event
        finally:
            self.taken -= 1
            self._free.release()

    def close(self) -> None:
        """Give no place away any more: who waits is cancelled, and their turns wait for the next worker."""
        self._closed = True
        for task in filter(None, self._waiting):
            task.cancel()

    async def _wait(self, turn: Turn) -> None:
        try:
            await self._acquire()
        except asyncio.CancelledError:
            # Not when a person stops it: then its end is still to be shown under this lease.
            if self._closed and turn.state is TurnState.WAITING:
                await uninterrupted(self._queue.hand_back(turn))
            raise

    async def _acquire(self) -> None:
        if self._closed:
            raise asyncio.CancelledError
        task = asyncio.current_task()
        self._waiting.add(task)
        try:
            await self._free.acquire()
        finally:
            self._waiting.discard(task)
