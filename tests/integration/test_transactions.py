"""Transactions that are cut by a cancellation, such as when a person presses Stop."""

import asyncio

from sqlmodel import select

from bot.store.database import Database, insert_if_absent
from bot.store.tables import ClaimRow

STEPS = 60
"""Turns of the event loop; a transaction takes about 40 of them."""


async def test_a_transaction_that_is_cut_anywhere_keeps_nobody_out(database: Database) -> None:
    async def claim(key: str) -> bool:
        async with database.transaction() as session:
            await session.exec(select(ClaimRow).limit(1))
            return await insert_if_absent(session, ClaimRow(key=key, claimed_at=1.0))

    async def cut(step: int) -> None:
        task = asyncio.create_task(claim(f"cut at {step}"))
        for _ in range(step):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})

    for step in range(STEPS):
        await cut(step)
        assert await claim(f"after {step}"), step
    assert not await claim("after 0")


async def test_what_was_cut_before_its_end_is_not_written(database: Database) -> None:
    async with database.transaction() as session:
        await insert_if_absent(session, ClaimRow(key="first", claimed_at=1.0))
    begun = asyncio.Event()

    async def interrupted() -> None:
        async with database.transaction() as session:
            await insert_if_absent(session, ClaimRow(key="second", claimed_at=1.0))
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(interrupted())
    await begun.wait()
    task.cancel()
    await asyncio.wait({task})
    assert await database.get(ClaimRow, "first")
    assert await database.get(ClaimRow, "second") is None
