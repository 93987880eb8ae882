"""Getting events and interactions to the app: in order, with Slack's retries, over HTTP or Socket Mode."""

import asyncio
import contextlib
import hashlib
import hmac
import itertools
import json
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import urlencode

import aiohttp
from aiohttp import WSMsgType, web

from bot.demo.workspace.app import App
from bot.demo.workspace.changes import Changes, What
from bot.demo.workspace.faults import DELIVERY, Fault, Faults
from bot.demo.workspace.model import Json, NotPossible
from bot.demo.workspace.options import Options

RETRY_DELAYS = (0.0, 60.0, 300.0)
"""Seconds before each redelivery (docs.slack.dev, "The Events API")."""

ORDER_PATIENCE = 0.05
"""Seconds the next event waits for the acknowledgement of the one before it.

An app that answers at once sees events in their order; one that answers late holds up no other.
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


_OK = 200
_REDIRECTS = 2
"""How many redirects Slack follows before it gives up (docs.slack.dev, "The Events API")."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the `X-Slack-Signature` of a body (docs.slack.dev, "Verifying requests from Slack")."""
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return "v0=" + digest.hexdigest()


class RequestUrl:
    """Posts to the app. The timestamps are the machine's time: an app refuses what is too old."""

    def __init__(self, app: App, ack_timeout: float) -> None:
        self._app = app
        self._ack_timeout = ack_timeout
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def send(self, route: Route, body: Json, retry: tuple[int, str] | None) -> Ack:
        """Post once; a problem is named as `X-Slack-Retry-Reason` names it."""
        url = self._app.request_url
        if route is Route.OPTIONS:
            url = self._app.options_url or url
        if url is None:
            return Ack(problem="connection_failed")
        if self._session is None:
            # A pool without a limit, so that one slow acknowledgement cannot hold up the others.
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        data, content_type = _encoded(route, body)
        try:
            async with (
                asyncio.timeout(self._ack_timeout),
                self._session.post(
                    url, data=data, headers=self._headers(data, content_type, retry), max_redirects=_REDIRECTS
                ) as response,
            ):
                answer = _parsed(await response.text())
                problem = "" if response.status == _OK else "http_error"
                wanted = response.headers.get("X-Slack-No-Retry") != "1"
                return Ack(response.status, answer, problem, wanted)
        except TimeoutError:
            return Ack(problem="http_timeout")
        except aiohttp.TooManyRedirects:
            return Ack(problem="too_many_redirects")
        except aiohttp.ClientError:
            return Ack(problem="connection_failed")

    def _headers(self, data: bytes, content_type: str, retry: tuple[int, str] | None) -> dict[str, str]:
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._app.signing_secret, timestamp, data),
        }
        if retry is not None:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        return headers


def _encoded(route: Route, body: Json) -> tuple[bytes, str]:
    if route is Route.EVENTS:
        return json.dumps(body).encode(), "application/json"
    fields = body if route is Route.COMMANDS else {"payload": json.dumps(body)}
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


def _parsed(text: str) -> Any:  # noqa: ANN401 - whatever JSON the app answered
    """Return a JSON object as such and everything else as the text it is."""
    try:
        parsed = json.loads(text)
    except ValueError:
        return text
    return parsed if isinstance(parsed, dict) else text


MOST_CONNECTIONS = 10
"""Connections one app may hold at once (docs.slack.dev, "Using Socket Mode")."""

_ENVELOPES = {Route.OPTIONS: Route.INTERACTIVE}


@dataclass(eq=False, slots=True)
class Connection:
    """One open WebSocket of the app."""

    socket: web.WebSocketResponse
    waiting: dict[str, asyncio.Future[Any]] = field(default_factory=dict)


class Sockets:
    """The app's connections; each delivery goes to one of them, in turn."""

    def __init__(self, app: App, ack_timeout: float) -> None:
        self._app = app
        self._ack_timeout = ack_timeout
        self._tickets: set[str] = set()
        self._turn = itertools.count()
        self.connections: list[Connection] = []

    def ticket(self) -> str:
        """Return a ticket that opens one connection."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return ticket

    async def close(self) -> None:
        """Close every connection."""
        for connection in list(self.connections):
            await connection.socket.close()

    async def disconnect(self, reason: str = "refresh_requested", *, close: bool = True) -> None:
        """Ask every connection to come again: `warning`, `refresh_requested` or `link_disabled`."""
        for connection in list(self.connections):
            await connection.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {}})
            if close:
                await connection.socket.close()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hold one connection until it ends."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden(text="this ticket was used or never given")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(self.connections) >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets", "debug_info": {}})
            await socket.close()
            return socket
        connection = Connection(socket)
        self.connections.append(connection)
        try:
            await socket.send_json(self._hello())
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    _take(connection, frame.data)
        finally:
            self.connections.remove(connection)
            for future in connection.waiting.values():
                future.cancel()
        return socket

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "connection_info": {"app_id": self._app.id},
            "debug_info": {"host": "local", "approximate_connection_time": 18060},
        }

    async def send(self, route: Route, body: Json, retry: tuple[int, str] | None) -> Ack:
        """Send an envelope on one connection and wait for its acknowledgement."""
        if not self.connections:
            return Ack(problem="connection_failed")
        connection = self.connections[next(self._turn) % len(self.connections)]
        envelope: Json = {
            "envelope_id": secrets.token_hex(16),
            "type": str(_ENVELOPES.get(route, route)),
            "accepts_response_payload": route is not Route.EVENTS,
            "payload": body,
        }
        if route is Route.EVENTS:
            number, reason = retry or (0, "")
            envelope |= {"retry_attempt": number, "retry_reason": reason}
        answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope["envelope_id"]] = answered
        try:
            async with asyncio.timeout(self._ack_timeout):
                await connection.socket.send_json(envelope)
                # Waited for apart from its result: a cancelled future means that the socket died.
                await asyncio.wait({answered})
        except TimeoutError:
            return Ack(problem="timeout")
        except ConnectionError:
            return Ack(problem="connection_failed")
        finally:
            connection.waiting.pop(envelope["envelope_id"], None)
        if answered.cancelled():
            return Ack(problem="connection_failed")
        return Ack(answer=answered.result())


def _take(connection: Connection, data: str) -> None:
    with contextlib.suppress(ValueError):
        said = json.loads(data)
        answered = connection.waiting.get(str(said.get("envelope_id"))) if isinstance(said, dict) else None
        if answered is not None and not answered.done():
            answered.set_result(said.get("payload"))
