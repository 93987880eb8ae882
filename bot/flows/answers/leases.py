"""Leases on turns: a worker renews them while it works, and another takes over when they expire."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import Context

import structlog

from bot.domain.turns import Turn
from bot.store.turn_queue import TurnQueue
from bot.store.turns import LEASE_SECONDS
from bot.tasks import finish_even_if_cancelled

log = structlog.get_logger(__name__)


class TurnLeases:
    """Keeps the leases of everything that is worked on in this process alive, all with one heartbeat."""

    def __init__(self, queue: TurnQueue, seconds: float = LEASE_SECONDS / 3) -> None:
        """Renew leases in `queue` every so many `seconds`."""
        self._queue = queue
        self._seconds = seconds
        self._held: dict[str, Turn] = {}
        self._heartbeat: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def hold(self, turn: Turn) -> AsyncIterator[None]:
        """Hold on to `turn` while the block runs, and give it back if it is not finished then.

        Whatever is logged meanwhile names the turn and its thread.
        """
        thread = turn.question.thread
        with structlog.contextvars.bound_contextvars(
            turn=turn.id, workspace=thread.workspace, channel=thread.channel, thread=thread.ts
        ):
            self._add(turn)
            try:
                yield
            finally:
                self._remove(turn)
                await finish_even_if_cancelled(self._queue.release(turn))

    def _add(self, turn: Turn) -> None:
        self._held[turn.lease or ""] = turn
        if self._heartbeat is None:
            # Its log lines are about all turns, not about the one that it began with.
            self._heartbeat = asyncio.create_task(self._renew_forever(), context=Context())

    def _remove(self, turn: Turn) -> None:
        del self._held[turn.lease or ""]
        if not self._held and self._heartbeat is not None:
            self._heartbeat.cancel()
            self._heartbeat = None

    async def _renew_forever(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            try:
                await self._queue.renew_leases(self._held.values())
            except Exception as error:  # noqa: BLE001 (whatever the driver raises: the next beat may come through)
                log.warning("turn.lease_renewal_failed", turns=len(self._held), error=type(error).__name__)
