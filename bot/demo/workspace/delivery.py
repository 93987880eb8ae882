"""Getting events and interactions to the app: in order, with Slack's retries, on the record."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from bot.demo.workspace.app import App
from bot.demo.workspace.changes import Changes, What
from bot.demo.workspace.faults import DELIVERY, Fault, Faults
from bot.demo.workspace.model import Json
from bot.demo.workspace.options import Options
from bot.demo.workspace.refusals import NotPossible

RETRY_DELAYS = (0.0, 60.0, 300.0)
"""Seconds before each redelivery (docs.slack.dev, "The Events API")."""

ORDER_PATIENCE = 0.05
"""Seconds the next event waits for the acknowledgement of the one before it.

An app that answers at once sees events in their order; one that answers late holds up nobody.
"""

KEPT = 1000
"""Deliveries remembered: enough for the longest test, small enough for a demo left running."""


class Route(StrEnum):
    """What is delivered, in the words of Socket Mode's envelopes."""

    EVENTS = "events_api"
    INTERACTIVE = "interactive"
    COMMANDS = "slash_commands"
    OPTIONS = "options"


@dataclass(frozen=True, slots=True)
class Ack:
    """What came of one attempt: the app's `answer` (parsed JSON or text), or a `problem`.

    A `problem` is in Slack's words for a retry reason; `retry` is False where the app asked for no
    further attempt.
    """

    status: int | None = None
    answer: Any = None
    problem: str = ""
    retry: bool = True


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: when it began (seconds), how long it took, and what came of it."""

    at: float
    took: float
    ack: Ack


@dataclass(slots=True)
class Delivery:
    """One thing on its way to the app, with every attempt so far."""

    route: Route
    body: Json
    attempts: list[Attempt] = field(default_factory=list)
    done: bool = False

    @property
    def acknowledged(self) -> bool:
        """Whether the app has taken it."""
        return bool(self.attempts) and not self.attempts[-1].ack.problem

    @property
    def problem(self) -> str:
        """Why the newest attempt failed, or empty."""
        return self.attempts[-1].ack.problem if self.attempts else ""

    @property
    def answer(self) -> Any:  # noqa: ANN401 - whatever JSON the app answered
        """What the app said in its acknowledgement."""
        return self.attempts[-1].ack.answer if self.attempts else None

    @property
    def name(self) -> str:
        """The event's type, the interaction's type or the command."""
        event = self.body.get("event", {})
        return str(event.get("type") or self.body.get("command") or self.body.get("type", ""))


class Transport(Protocol):
    """A way to the app: its request URL, or its socket connections."""

    async def send(self, route: Route, body: Json, retry: tuple[int, str] | None) -> Ack:
        """Send once and wait for the acknowledgement; `retry` is the retry's number and reason."""

    async def close(self) -> None:
        """End every connection."""


class Deliveries:
    """Sends to the app and remembers what was sent. The transports are added by the server."""

    def __init__(self, app: App, faults: Faults, changes: Changes, options: Options) -> None:
        self._app = app
        self._faults = faults
        self._changes = changes
        self._clock = options.clock
        self.time_scale = options.time_scale
        self.ack_timeout = options.ack_timeout
        self.log: deque[Delivery] = deque(maxlen=KEPT)
        self._request_url: Transport | None = None
        self._sockets: Transport | None = None
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        self._worker: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    def connect(self, request_url: Transport, sockets: Transport) -> None:
        """Begin to deliver by these two ways."""
        self._request_url, self._sockets = request_url, sockets
        self._worker = asyncio.create_task(self._deliver_in_order())

    async def close(self) -> None:
        """Give up what is under way and end the connections."""
        tasks = [*self._under_way, *([self._worker] if self._worker else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for transport in (self._request_url, self._sockets):
            if transport is not None:
                await transport.close()

    def event(self, body: Json) -> None:
        """Send an event when its turn comes."""
        delivery = Delivery(Route.EVENTS, body)
        self.log.append(delivery)
        self._queue.put_nowait(delivery)

    async def interaction(self, route: Route, body: Json) -> Delivery:
        """Send an interaction now and wait for its acknowledgement; Slack sends those only once.

        Raises NotPossible where the app is not installed.
        """
        if not self._app.is_installed:
            raise NotPossible(f"{self._app.name} is not installed here")
        delivery = Delivery(route, body)
        self.log.append(delivery)
        await self._attempt(delivery, None)
        delivery.done = True
        self._changes.tell(What.DELIVERED)
        return delivery

    def of(self, name: str) -> list[Delivery]:
        """Return the deliveries of one event type, interaction type or command, the oldest first."""
        return [each for each in self.log if each.name == name]

    def settled(self) -> bool:
        """Whether everything sent so far is acknowledged or given up."""
        return all(each.done for each in self.log)

    async def _deliver_in_order(self) -> None:
        while True:
            delivery = await self._queue.get()
            task = asyncio.create_task(self._with_retries(delivery))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            await asyncio.wait({task}, timeout=ORDER_PATIENCE)

    async def _with_retries(self, delivery: Delivery) -> None:
        ack = await self._attempt(delivery, None)
        for number, delay in enumerate(RETRY_DELAYS, start=1):
            if not ack.problem or not ack.retry:
                break
            await asyncio.sleep(delay * self.time_scale)
            ack = await self._attempt(delivery, (number, ack.problem))
        delivery.done = True
        self._changes.tell(What.DELIVERED)

    async def _attempt(self, delivery: Delivery, retry: tuple[int, str] | None) -> Ack:
        at, began = self._clock(), time.monotonic()
        fault = self._faults.take(DELIVERY)
        ack = await self._struck(delivery, retry, fault) if fault else await self._send(delivery, retry)
        delivery.attempts.append(Attempt(at, time.monotonic() - began, ack))
        self._changes.tell(What.DELIVERED)
        return ack

    async def _send(self, delivery: Delivery, retry: tuple[int, str] | None) -> Ack:
        transport = self._sockets if self._app.request_url is None else self._request_url
        if transport is None:
            return Ack(problem="connection_failed")
        return await transport.send(delivery.route, delivery.body, retry)

    async def _struck(self, delivery: Delivery, retry: tuple[int, str] | None, fault: Fault) -> Ack:
        await asyncio.sleep(fault.delay)
        if fault.reset:
            return Ack(problem="connection_failed")
        if fault.status:
            return Ack(status=fault.status, problem="http_error")
        ack = await self._send(delivery, retry)
        if fault.twice:
            ack = await self._send(delivery, retry)
        return Ack(problem="http_timeout") if fault.drop_ack else ack
