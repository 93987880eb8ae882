"""What happens by the clock."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast
from uuid import uuid4

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Job:
    """Something done at once and then every `seconds`."""

    name: str
    seconds: float
    run: Callable[[], Awaitable[None]]


@asynccontextmanager
async def scheduled(jobs: Sequence[Job]) -> AsyncIterator[None]:
    """Run `jobs` while the block runs. One that is late runs once, and never beside itself.

    What still runs at the end of the block is cancelled and waited for: it may be writing something.
    """
    scheduler = AsyncIOScheduler(
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    running: set[asyncio.Task[None]] = set()

    async def watched(job: Job) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        running.add(task)
        try:
            await _tried(job)
        except asyncio.CancelledError:  # which the scheduler would report as an error of the job
            log.info("job cut short", job=job.name)
        finally:
            running.discard(task)

    for job in jobs:
        scheduler.add_job(
            watched,
            "interval",
            args=[job],
            seconds=job.seconds,
            id=job.name,
            next_run_time=datetime.now(UTC),
        )
    scheduler.start()
    try:
        yield
    finally:
        late = set(running)
        scheduler.shutdown(wait=False)
        if late:
            await asyncio.wait(late)


async def _tried(job: Job) -> None:
    """Do a job; whatever goes wrong in it, the clock goes on."""
    try:
        await job.run()
    except Exception:
        log.exception("job failed", job=job.name, incident=uuid4().hex[:8])
