"""Holding on to a turn while it is worked on."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import structlog

from bot.domain.turns import Turn
from bot.store.turns import LEASE, Turns


@asynccontextmanager
async def leased(turns: Turns, turn: Turn) -> AsyncIterator[None]:
    """Keep the lease of `turn` alive while the block runs, and give the turn back if it is not finished.

    Whatever is logged meanwhile names the turn and its thread.
    """
    thread = turn.question.thread

    async def renew() -> None:
        while True:
            await asyncio.sleep(LEASE / 3)
            await turns.renew(turn)

    with structlog.contextvars.bound_contextvars(
        turn=turn.id, workspace=thread.workspace, channel=thread.channel, thread=thread.ts
    ):
        heartbeat = asyncio.create_task(renew())
        try:
            yield
        finally:
            heartbeat.cancel()
            await uninterrupted(turns.release(turn))


async def uninterrupted(work: Coroutine[Any, Any, None]) -> None:
    """Do `work` to its end, also when this task is cancelled meanwhile; the cancellation follows then."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
