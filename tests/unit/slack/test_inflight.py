import asyncio

import pytest

from bot.tasks import BackgroundTasks


class Work:
    """Work that goes on until it is let go, and notes how it ended."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()
        self.ending = ""

    async def run(self) -> None:
        try:
            await self.let_go.wait()
        except asyncio.CancelledError:
            self.ending = "cancelled"
            raise
        self.ending = "done"


@pytest.fixture
async def work() -> Work:
    return Work()


async def test_what_ends_within_the_grace_is_not_disturbed(work: Work) -> None:
    background_tasks = BackgroundTasks()
    background_tasks.start(work.run(), "work")
    asyncio.get_running_loop().call_later(0.05, work.let_go.set)
    async with asyncio.timeout(5):
        await background_tasks.drain(60)
    assert work.ending == "done"


async def test_what_is_begun_by_what_is_ending_counts_as_well(work: Work) -> None:
    background_tasks, after = BackgroundTasks(), Work()
    after.let_go.set()

    async def first() -> None:
        await work.run()
        background_tasks.start(after.run(), "after")

    background_tasks.start(first(), "first")
    asyncio.get_running_loop().call_later(0.05, work.let_go.set)
    async with asyncio.timeout(5):
        await background_tasks.drain(60)
    assert after.ending == "done"


async def test_the_end_of_all_work_is_waited_for_without_a_grace(work: Work) -> None:
    background_tasks = BackgroundTasks()
    background_tasks.start(work.run(), "work")
    ended = asyncio.create_task(background_tasks.ended())
    await asyncio.sleep(0.01)
    assert not ended.done()
    work.let_go.set()
    async with asyncio.timeout(5):
        await ended
    assert work.ending == "done"


async def test_what_goes_on_after_the_grace_is_cancelled(work: Work) -> None:
    background_tasks = BackgroundTasks()
    background_tasks.start(work.run(), "work")
    await asyncio.sleep(0)
    await background_tasks.drain(0.05)
    assert work.ending == "cancelled"


@pytest.mark.parametrize("before", [True, False])
async def test_hurry_ends_the_grace(work: Work, *, before: bool) -> None:
    background_tasks, hurry = BackgroundTasks(), asyncio.Event()
    background_tasks.start(work.run(), "work")
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_later(0 if before else 0.05, hurry.set)
    async with asyncio.timeout(5):
        await background_tasks.drain(60, hurry)
    assert work.ending == "cancelled"
