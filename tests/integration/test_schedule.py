"""Work that the clock does, once in each slot, however many processes there are."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.jobs import DAY, HOUR, MONDAY, WEEK, Job, SlottedJob, claimed_job, run_jobs
from bot.store.claims import ClaimStore
from bot.store.database import Database, migrate

WEDNESDAY = datetime(2026, 11, 18, 15, 30, tzinfo=UTC).timestamp()


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def weekly(run: Callable[[float], Awaitable[None]]) -> SlottedJob:
    return SlottedJob("report", WEEK, MONDAY + 9 * HOUR, run)


async def within(seconds: float, true: Callable[[], bool]) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 (nobody tells when it becomes true)
            await asyncio.sleep(0.01)


async def test_two_schedulers_on_one_database_do_the_work_of_a_slot_once(database: Database) -> None:
    done: Counter[float] = Counter()

    async def run(slot: float) -> None:
        done[slot] += 1

    other = Database(database.engine.url.render_as_string(hide_password=False))
    work = SlottedJob("often", 1, 0, run)
    async with (
        run_jobs([claimed_job(work, ClaimStore(database), look=0.02)]),
        run_jobs([claimed_job(work, ClaimStore(other), look=0.02)]),
    ):
        await within(10, lambda: len(done) >= 3)
    await other.dispose()
    assert set(done.values()) == {1}


async def test_many_replicas_that_look_at_the_same_moment_agree_on_one(database: Database) -> None:
    done: list[float] = []

    async def run(slot: float) -> None:
        done.append(slot)

    jobs = [claimed_job(weekly(run), ClaimStore(database), Clock(WEDNESDAY)) for _ in range(8)]
    await asyncio.gather(*(job.run() for job in jobs))
    assert done == [datetime(2026, 11, 16, 9, tzinfo=UTC).timestamp()]


async def test_what_was_missed_in_weeks_of_downtime_is_done_once(database: Database) -> None:
    done: list[float] = []

    async def run(slot: float) -> None:
        done.append(slot)

    before = claimed_job(weekly(run), ClaimStore(database), Clock(WEDNESDAY))
    await before.run()
    await before.run()
    assert len(done) == 1
    clock = Clock(WEDNESDAY + 3 * WEEK)
    after = claimed_job(weekly(run), ClaimStore(database), clock)
    await after.run()
    await after.run()
    assert done[1:] == [datetime(2026, 12, 7, 9, tzinfo=UTC).timestamp()]
    clock.now = datetime(2026, 12, 14, 9, tzinfo=UTC).timestamp()
    await after.run()
    assert len(done) == 3


async def test_a_restart_within_a_slot_does_nothing_again(database: Database) -> None:
    done: list[float] = []

    async def run(slot: float) -> None:
        done.append(slot)

    for hours in range(0, 48, 6):
        await claimed_job(weekly(run), ClaimStore(database), Clock(WEDNESDAY + hours * HOUR)).run()
    assert len(done) == 1


async def test_works_of_two_names_have_slots_of_their_own(database: Database) -> None:
    done: list[str] = []

    async def one(_slot: float) -> None:
        done.append("one")

    async def two(_slot: float) -> None:
        done.append("two")

    for name, run in (("one", one), ("two", two)):
        await claimed_job(SlottedJob(name, DAY, 0, run), ClaimStore(database), Clock(WEDNESDAY)).run()
    assert done == ["one", "two"]


async def test_a_failure_is_logged_with_a_code_and_does_not_stop_the_clock() -> None:
    tries = 0

    async def fail() -> None:
        nonlocal tries
        tries += 1
        raise LookupError("nothing there")

    with capture_logs() as logs:
        async with run_jobs([Job("failing", 0.02, fail)]):
            await within(5, lambda: tries >= 3)
    found = [each for each in logs if each["event"] == "job.failed"]
    assert len({each["incident"] for each in found}) == len(found) >= 3
    assert found[0]["job"] == "failing"


async def test_a_slot_that_could_not_be_claimed_is_tried_again(tmp_path: Path) -> None:
    done: list[float] = []

    async def run(slot: float) -> None:
        done.append(slot)

    folder = tmp_path / "later"
    database = Database(f"sqlite+aiosqlite:///{folder}/bot.db")
    job = claimed_job(weekly(run), ClaimStore(database), Clock(WEDNESDAY))
    with pytest.raises(Exception, match="unable to open"):
        await job.run()
    folder.mkdir()
    await migrate(database)
    await job.run()
    assert len(done) == 1
    await database.dispose()


async def test_work_that_is_under_way_at_the_end_is_cancelled_and_waited_for() -> None:
    steps: list[str] = []

    async def long() -> None:
        steps.append("begun")
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            steps.append("tidied up")

    async with run_jobs([Job("long", 0.02, long)]):
        await within(5, lambda: steps == ["begun"])
    assert steps == ["begun", "tidied up"]


async def test_long_work_holds_up_no_other() -> None:
    looks = 0

    async def long() -> None:
        await asyncio.sleep(60)

    async def quick() -> None:
        nonlocal looks
        looks += 1

    async with run_jobs([Job("long", 0.02, long), Job("quick", 0.02, quick)]):
        await within(5, lambda: looks >= 3)
