"""Background tasks that outlive their request: kept, drained at the end, finished even if cancelled."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import structlog

log = structlog.get_logger(__name__)

FINISH_TIMEOUT = 5.0
"""Seconds for what should not be cut when its process is to end; the next one finds it as after a kill."""


class BackgroundTasks:
    """The tasks of this process, kept so that none is lost to the garbage collector or to a stop."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run `work` on its own. What it does not handle itself is a bug and is logged as one."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)

    async def ended(self) -> None:
        """Wait until nothing runs, what is started meanwhile included."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def drain(self, grace: float, hurry: asyncio.Event | None = None) -> None:
        """Let everything end within `grace` seconds, then cancel the rest and wait for it.

        What is started meanwhile by what is ending counts as well. The grace is over when `hurry` is set.
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
            log.error("task.failed", work=task.get_name(), exc_info=error)


async def finish_even_if_cancelled(work: Coroutine[Any, Any, None], patience: float = FINISH_TIMEOUT) -> None:
    """Do `work` to its end, also when this task is cancelled meanwhile; the cancellation follows then.

    Work that takes more than `patience` seconds after that is cut: it may wait a minute for Slack.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        with suppress(TimeoutError):
            await asyncio.wait_for(task, patience)
        raise
