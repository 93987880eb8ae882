"""Background tasks that outlive their request: kept, drained at the end, finished even if cancelled."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import structlog

from bot.log import new_incident

log = structlog.get_logger(__name__)

T = TypeVar("T")

FINISH_TIMEOUT = 5.0
"""Seconds for work that should not be cut when the process stops; what is cut is found as after a kill."""


class BackgroundTasks:
    """The tasks of this process, kept so that neither the garbage collector nor a stop loses one."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run `work` in the background. An exception that it does not handle is a bug and logged as one."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)

    async def ended(self) -> None:
        """Wait until nothing runs, including what is started meanwhile."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def drain(self, grace: float, hurry: asyncio.Event | None = None) -> None:
        """Let everything end within `grace` seconds, then cancel the rest and wait for it.

        That includes what the ending work starts meanwhile. The grace ends when `hurry` is set.
        """
        if self._tasks:
            log.info("process.draining", live=len(self._tasks), grace=grace)
        ending = asyncio.create_task(self.ended())
        hurried = asyncio.create_task((hurry or asyncio.Event()).wait())
        await asyncio.wait({ending, hurried}, timeout=grace, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        hurried.cancel()
        if self._tasks:
            log.info("process.handing_over", live=len(self._tasks))
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task.failed", work=task.get_name(), incident=new_incident(), exc_info=error)


async def finish_even_if_cancelled(work: Coroutine[Any, Any, T], patience: float = FINISH_TIMEOUT) -> T:
    """Finish `work` and return its result, also when this task is cancelled meanwhile.

    The cancellation follows then. It cuts work that takes more than `patience` seconds longer, such as a
    wait for Slack's rate limit.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with suppress(TimeoutError):
            await asyncio.wait_for(task, patience)
        raise
