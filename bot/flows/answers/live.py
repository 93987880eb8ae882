"""Answers that this process reads now: how many at once, and how a person stops one of them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import structlog

from bot.domain.conversations import AnswerEvent, Progress
from bot.domain.turns import Turn, TurnState
from bot.flows.answers.source import AnswerSource
from bot.log import new_incident
from bot.sentences import sentence
from bot.store.turn_queue import TurnQueue
from bot.store.turns import TurnStore
from bot.tasks import finish_even_if_cancelled

log = structlog.get_logger(__name__)


class LiveAnswerSlots:
    """Limits how many answers are read at once; the other turns wait in the order in which they came.

    Each costs the server a running model and this process a connection: in a burst some are answered a
    little later, instead of all of them slowly.
    """

    def __init__(self, queue: TurnQueue, most: int) -> None:
        """Allow `most` turns at once."""
        self._queue = queue
        self._free = asyncio.Semaphore(most)
        self._waiting: set[asyncio.Task[object] | None] = set()
        self._closed = False
        self.in_use = 0
        """How many answers are being read."""

    async def events(self, turn: Turn, answer_source: AnswerSource) -> AsyncGenerator[AnswerEvent, None]:
        """Yield the events of `turn` from its source, once there is a free slot."""
        if self._free.locked():
            yield Progress(sentence("answer.waiting_for_slot"))
        await self._wait(turn)
        self.in_use += 1
        try:
            async with aclosing(answer_source.events(turn)) as events:
                async for event in events:
                    yield event
        finally:
            self.in_use -= 1
            self._free.release()

    def close(self) -> None:
        """Give out no further slots: waiting tasks are cancelled, and their turns left to the next worker."""
        self._closed = True
        for task in filter(None, self._waiting):
            task.cancel()

    async def _wait(self, turn: Turn) -> None:
        try:
            await self._acquire()
        except asyncio.CancelledError:
            # Not when a person stops it: then its ending is still shown under this lease.
            if self._closed and turn.state is TurnState.WAITING:
                await finish_even_if_cancelled(self._queue.requeue(turn))
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


@dataclass(eq=False)
class StopSignal:
    """Ends the reading of an answer by its `scope`; `by` is the person who stopped it.

    The server is told first, by `cancel`: from v0.7 on it keeps no run whose reader has left.
    """

    scope: asyncio.Timeout
    by: str | None = None
    cancel: Callable[[], Awaitable[None]] | None = None
    cancelling: asyncio.Task[None] | None = None
    is_over: bool = False

    async def cancel_and_end(self) -> None:
        """Tell the server, then end the reading unless it ended by that."""
        try:
            if self.cancel is not None:
                await self.cancel()
        except Exception:
            log.exception("answer.cancel_crashed", incident=new_incident())
        finally:
            if not self.is_over:
                self.scope.reschedule(asyncio.get_running_loop().time())


class LiveAnswers:
    """The answers this process is reading, each with a way to end the reading."""

    def __init__(self) -> None:
        self._stop_signals: dict[str, StopSignal] = {}

    @property
    def turn_ids(self) -> Collection[str]:
        """The ids of their turns."""
        return tuple(self._stop_signals)

    @asynccontextmanager
    async def read(
        self, turn_id: str, cancel: Callable[[], Awaitable[None]] | None = None
    ) -> AsyncIterator[StopSignal]:
        """End the block early, without an error, when a person stops the turn; the yielded value says who.

        `cancel` tells the server before the block ends.
        """
        stop = StopSignal(asyncio.timeout(None), cancel=cancel)
        try:
            async with stop.scope:
                self._stop_signals[turn_id] = stop
                yield stop
        except TimeoutError:
            if stop.by is None:
                raise
        finally:
            stop.is_over = True
            if stop.cancelling is not None:
                stop.cancelling.cancel()
            # After an expired lease another reading of the same turn may have begun in this process.
            if self._stop_signals.get(turn_id) is stop:
                del self._stop_signals[turn_id]

    def stop(self, turn_id: str, person: str) -> bool:
        """End the reading of a turn; return False if this process is not reading it."""
        stop = self._stop_signals.get(turn_id)
        if stop is not None and stop.by is None:
            stop.by = person
            stop.cancelling = asyncio.create_task(stop.cancel_and_end())
        return stop is not None

    async def apply_stop_requests(self, turns: TurnStore) -> None:
        """Stop the turns read here whose stop was requested elsewhere, or before they were read."""
        if self._stop_signals:
            for turn_id, person in (await turns.stop_requests(self.turn_ids)).items():
                self.stop(turn_id, person)
