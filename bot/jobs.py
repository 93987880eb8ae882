"""The scheduled work: APScheduler with cron triggers, each slot claimed by one replica."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.flows.scheduled.retention import AutoArchiveService, RetentionService
from bot.flows.scheduled.weekly_report import WeeklyReportService
from bot.log import new_incident
from bot.store.claims import ClaimStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Job:
    """Something done at the start and then every `seconds`."""

    name: str
    seconds: float
    run: Callable[[], Awaitable[None]]


LAST_MOMENT = 1.0
"""Seconds in which jobs may end by themselves when the process stops."""


@asynccontextmanager
async def run_jobs(jobs: Sequence[Job]) -> AsyncIterator[None]:
    """Run `jobs` while the block runs. A late one runs once, and never twice at the same time.

    Jobs that still run a second after the end of the block are cancelled and awaited: they may be writing.
    """
    scheduler = AsyncIOScheduler(
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    running: set[asyncio.Task[None]] = set()

    async def watched(job: Job) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        running.add(task)
        try:
            await job.run()
        except asyncio.CancelledError:  # which the scheduler would report as an error of the job
            log.info("job.cancelled", job=job.name)
        except Exception:
            log.exception("job.failed", job=job.name, incident=new_incident())
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
        scheduler.pause()
        if running:  # most end within moments, and cancelling a query leaves a traceback of its library
            await asyncio.wait(running, timeout=LAST_MOMENT)
        late = set(running)
        scheduler.shutdown(wait=False)
        if late:
            await asyncio.wait(late)


SLOT_POLL = 30.0
"""Seconds between looks for a slot that has begun."""


@dataclass(frozen=True)
class SlottedJob:
    """Something done once in each slot of `every` seconds; one slot begins `first` seconds after 1970.

    `run` is told when its slot began.
    """

    name: str
    every: int
    first: int
    run: Callable[[float], Awaitable[None]]

    def slot_start(self, now: float) -> int:
        """Return when the slot began in which `now` lies; both in seconds since 1970."""
        return int(now) - (int(now) - self.first) % self.every


def claimed_job(
    work: SlottedJob, claims: ClaimStore, clock: Callable[[], float] = time.time, look: float = SLOT_POLL
) -> Job:
    """Return the job that does `work` in each slot that no other replica has claimed.

    After downtime the present slot is claimed, and none of those that were missed. The work of a slot is
    done at most once: what fails waits for the next slot.
    """
    seen = None

    async def run() -> None:
        nonlocal seen
        slot = work.slot_start(clock())
        if slot == seen:
            return
        mine = await claims.claim_once(
            f"job:{work.name}:{datetime.fromtimestamp(slot, UTC):%Y-%m-%dT%H:%M:%SZ}"
        )
        seen = slot
        if mine:
            log.info("job.started", job=work.name)
            await work.run(slot)

    return Job(work.name, look, run)


HOUR = 3_600
DAY = 24 * HOUR
WEEK = 7 * DAY

MONDAY = 4 * DAY
"""The first one of 1970, whose first day was a Thursday."""


def scheduled_work(
    retention_service: RetentionService,
    auto_archive_service: AutoArchiveService | None = None,
    weekly_report_service: WeeklyReportService | None = None,
) -> list[SlottedJob]:
    """Return the scheduled work: cleaning up at night (UTC), the weekly report on Monday morning."""
    work = [
        SlottedJob("retention", DAY, 2 * HOUR, retention_service.delete_old_turns),
        SlottedJob("claims", DAY, 3 * HOUR, retention_service.delete_old_claims),
    ]
    if auto_archive_service is not None:
        work.append(SlottedJob("archiving", DAY, 4 * HOUR, auto_archive_service.archive_idle))
    if weekly_report_service is not None:
        work.append(SlottedJob("report", WEEK, MONDAY + 9 * HOUR, weekly_report_service.post_report))
    return work
