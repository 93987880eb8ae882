"""Work that one of any number of processes does, once in each slot of time."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from bot.jobs.schedule import Job
from bot.store.claims import Claims

log = structlog.get_logger(__name__)

LOOK = 30.0
"""Seconds between looks for a slot that has begun."""


@dataclass(frozen=True)
class Slotted:
    """Something done once in each slot: `every` seconds, one of them `first` seconds after 1970 began.

    `run` is told when its slot began.
    """

    name: str
    every: int
    first: int
    run: Callable[[float], Awaitable[None]]

    def slot(self, now: float) -> int:
        """Return when the slot began in which `now` lies; both in seconds since 1970."""
        return int(now) - (int(now) - self.first) % self.every


def slotted(work: Slotted, claims: Claims, clock: Callable[[], float] = time.time, look: float = LOOK) -> Job:
    """Return the job that does `work` in each slot that nobody else has claimed.

    After downtime the slot of the moment is claimed, and none of those that were missed. Who claims a
    slot does its work at most once: whatever fails waits for the next one.
    """
    seen = None

    async def run() -> None:
        nonlocal seen
        slot = work.slot(clock())
        if slot == seen:
            return
        mine = await claims.first(f"job:{work.name}:{datetime.fromtimestamp(slot, UTC):%Y-%m-%dT%H:%M:%SZ}")
        seen = slot
        if mine:
            log.info("job begins", job=work.name)
            await work.run(slot)

    return Job(work.name, look, run)
