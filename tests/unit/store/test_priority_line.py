"""The line for a database connection: who is let in, and in which order."""

import asyncio

from bot.store.database import PriorityLine


async def test_the_urgent_come_first_then_who_came_first() -> None:
    line, order = PriorityLine(1), list[str]()

    async def enter(name: str, *, urgent: bool = False) -> None:
        async with line.place(urgent=urgent):
            order.append(name)
            await asyncio.sleep(0)

    async with line.place():
        tasks = [
            asyncio.create_task(enter(name, urgent=name.startswith("urgent")))
            for name in ("first", "second", "urgent 1", "third", "urgent 2")
        ]
        await asyncio.sleep(0)
        assert order == []
    await asyncio.gather(*tasks)
    assert order == ["urgent 1", "urgent 2", "first", "second", "third"]


async def test_who_leaves_the_line_takes_no_place_along() -> None:
    line, entered = PriorityLine(2), list[int]()

    async def enter(number: int) -> None:
        async with line.place():
            entered.append(number)

    async with line.place(), line.place():
        tasks = [asyncio.create_task(enter(number)) for number in range(6)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
    tasks[1].cancel()  # after it was let in, before it ran
    await asyncio.wait(tasks)
    assert set(entered) <= {1, 3, 5}
    assert {3, 5} <= set(entered)
    async with asyncio.timeout(10), line.place(), line.place():
        pass
