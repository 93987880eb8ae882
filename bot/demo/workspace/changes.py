"""What changes in the workspace, told to those who listen; the log of the app's calls."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from bot.demo.workspace.model import Json

Found = TypeVar("Found")

PATIENCE = 20.0
"""Seconds that `Changes.until` waits unless told otherwise: longer than Slack's 3 s to acknowledge."""


class What(StrEnum):
    """What kind of thing changed."""

    MESSAGE_POSTED = "message_posted"
    MESSAGE_CHANGED = "message_changed"
    MESSAGE_DELETED = "message_deleted"
    EPHEMERAL_POSTED = "ephemeral_posted"
    EPHEMERAL_DELETED = "ephemeral_deleted"
    REACTION = "reaction"
    VIEW_OPENED = "view_opened"
    VIEW_UPDATED = "view_updated"
    VIEW_CLOSED = "view_closed"
    HOME_PUBLISHED = "home_published"
    AGENT_THREAD = "agent_thread"
    CHANNEL = "channel"
    USERS = "users"
    DELIVERED = "delivered"
    CALLED = "called"


@dataclass(frozen=True, slots=True)
class Change:
    """One change: what, and the ids that say where. `user` is set where only that person sees it."""

    what: What
    channel: str | None = None
    ts: str | None = None
    thread_ts: str | None = None
    user: str | None = None
    view: str | None = None


class Changes:
    """A stream of changes that any number of listeners follow, each at its own pace."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[Change]] = set()
        self._observers: list[Callable[[Change], None]] = []

    def tell(self, what: What, **where: str | None) -> None:
        """Let every listener know of a change; keywords are the fields of `Change`."""
        change = Change(what, **where)
        for queue in self._listeners:
            queue.put_nowait(change)
        for observe in self._observers:
            observe(change)

    @contextmanager
    def subscription(self) -> Iterator["asyncio.Queue[Change]"]:
        """Give a queue that receives every change from now on, until the block ends."""
        queue: asyncio.Queue[Change] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    @contextmanager
    def observed(self, observe: Callable[[Change], None]) -> Iterator[None]:
        """Call `observe` with every change at the very moment it happens, until the block ends.

        It sees the workspace as the change left it, before anything else happens; it must be quick.
        """
        self._observers.append(observe)
        try:
            yield
        finally:
            self._observers.remove(observe)

    async def follow(self) -> AsyncIterator[Change]:
        """Yield every change from now on."""
        with self.subscription() as queue:
            while True:
                yield await queue.get()

    def until(
        self, condition: Callable[[], Found | None], timeout: float = PATIENCE
    ) -> Coroutine[Any, Any, Found]:
        """Wait until `condition()` is truthy and return it; it is asked again after every change.

        Raises TimeoutError after `timeout` seconds.
        """
        return self._until(condition, timeout)

    async def _until(self, condition: Callable[[], Found | None], seconds: float) -> Found:
        with self.subscription() as queue:
            try:
                async with asyncio.timeout(seconds):
                    while not (found := condition()):
                        await queue.get()
            except TimeoutError:
                raise TimeoutError(f"not so after {seconds:g} s") from None
        return found


KEPT = 2000
"""Calls remembered: enough for the longest test, small enough for a demo left running."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: when (seconds), with what (the token left out), and `error` in Slack's word or empty."""

    method: str
    at: float
    arguments: Json
    error: str = ""


class Calls:
    """The newest calls, the oldest first."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._calls: deque[Call] = deque(maxlen=KEPT)

    def add(self, call: Call) -> None:
        """Remember a call."""
        self._calls.append(call)
        self._changes.tell(What.CALLED)

    @property
    def newest(self) -> Call:
        """The last call; raises IndexError while there is none."""
        return self._calls[-1]

    def of(self, method: str = "") -> list[Call]:
        """Return the calls of one method, or all."""
        return [each for each in self._calls if method in {"", each.method}]

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()
