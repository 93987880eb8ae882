"""What happens by the clock."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

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
    """Run `jobs` while the block runs. One that is late runs once, and never beside itself."""
    scheduler = AsyncIOScheduler(
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for job in jobs:
        scheduler.add_job(
            _watched,
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
        scheduler.shutdown(wait=False)


async def _watched(job: Job) -> None:
    try:
        await job.run()
    except Exception:
        log.exception("job failed", job=job.name)
