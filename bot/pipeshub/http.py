"""HTTP to PipesHub: one server with its timeouts and circuit breaker, and calls to it with their retries."""

import asyncio
import json
import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from time import monotonic

import httpx
import stamina
import structlog

from bot.domain.errors import (
    NotAnswering,
    NotLinked,
    PipesHubError,
    TooLarge,
    TooManyRequests,
    Unreachable,
)
from bot.metrics import Meters
from bot.pipeshub.errors import error_from_response, is_outage, parse_json, unreachable_error
from bot.pipeshub.limits import MAX_BODY, MAX_STREAM, unpack
from bot.pipeshub.requests import Call

log = structlog.get_logger(__name__)

FAILURE_THRESHOLD = 5
"""Failures in a row: more than the three tries of one question, so that one question never opens it."""

FAILURE_WINDOW = 60.0
"""Seconds that these failures lie within: five that are spread over an hour are not an outage."""

OPEN_SECONDS = 15.0
"""Seconds until one call may test whether the server is there again: enough for a process to restart, and no
longer than a person waits before they press the button once more."""

PROBE_SECONDS = 30.0
"""Seconds after which another call may test though the last one has not ended, or ended without a result:
the timeout of a plain call."""


@dataclass(slots=True)
class CircuitBreaker:
    """Closed while a server answers; open while it does not, for all but one call at a time."""

    pause: float = OPEN_SECONDS
    _failures: deque[float] = field(default_factory=lambda: deque(maxlen=FAILURE_THRESHOLD))
    _open_until: float | None = None
    """When the next call may test the server; None while the circuit is closed."""

    def allows(self, now: float) -> bool:
        """Return whether a call may be made; while the circuit is open, only one that tests."""
        if self._open_until is None:
            return True
        if now < self._open_until:
            return False
        self._open_until = now + PROBE_SECONDS
        return True

    def retry_in(self, now: float) -> float:
        """Return in how many seconds the next call may test."""
        return max(0.0, (self._open_until or now) - now)

    def record_failure(self, now: float) -> bool:
        """Note that the server was not reached, or that it failed; return whether this opens the circuit."""
        if self._open_until is not None:
            self._open_until = now + self.pause
            return False
        self._failures.append(now)
        if len(self._failures) < FAILURE_THRESHOLD or now - self._failures[0] > FAILURE_WINDOW:
            return False
        self._open_until = now + self.pause
        return True

    def record_success(self) -> bool:
        """Note that the server answered, even if with a refusal; return whether this closes the circuit."""
        self._failures.clear()
        was_open = self._open_until is not None
        self._open_until = None
        return was_open


# Seconds; PipesHub waits as long before it calls its own AI service again (600 ms, then 1200 ms).
_FIRST_WAIT = 0.6
_REPEATABLE = frozenset({"GET", "PATCH"})  # done twice, it is as if it was done once
_RETRYABLE_STATUSES = frozenset({429, 502, 503})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a call is tried in all, and the longest wait, in seconds, between two tries.

    Three tries, as PipesHub itself makes for its AI service. A person looks at the placeholder meanwhile, so
    a server that asks for a longer wait is not tried again.
    """

    attempts: int = 3
    max_wait: float = 5.0

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.max_wait < 0:
            raise ValueError(f"at least one attempt and no negative wait, not {self}")

    def should_retry(self, method: str, error: Exception) -> bool | float:
        """Return whether to try again after `error`; a number is the wait the server asked for, in seconds.

        Reading is repeated whenever the server could not be reached; writing only while nothing can have
        arrived, because PipesHub has no idempotency keys and would take the same question twice. A gateway
        can answer 502 or 503 after the server took it.
        """
        if isinstance(error, TooManyRequests) and error.retry_after is not None:
            return error.retry_after if error.retry_after <= self.max_wait else False
        if isinstance(error, NotAnswering):
            return False
        if isinstance(error, Unreachable):
            return method == "GET" or not error.may_have_arrived
        if not isinstance(error, PipesHubError) or error.status not in _RETRYABLE_STATUSES:
            return False
        return method in _REPEATABLE or not error.may_have_arrived


NO_RETRIES = RetryPolicy(attempts=1)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds.

    `connect` and `call` are generous: within 10 s a network answers or does not, and no call but those for
    an answer needs more than the server's database.
    """

    connect: float = 10
    call: float = 30
    plain_answer: float = 300
    """For a whole answer in one JSON body: Node gives up on the AI service after 300 s (undici's default)."""
    idle_with_heartbeats: float = 60
    """Servers from v0.6.0 on send a HEARTBEAT every 15 s: four missed ones."""
    idle_without_heartbeats: float = 300
    """Earlier servers are silent during a long model call, until Node gives up on it after 300 s."""
    whole_answer: float = 600
    """What PipesHub's own Slack bot grants an answer."""
    give_up: float = 600
    """For an answer whose server cannot be reached, or breaks off: so long the bot goes on by itself."""


OTHER_CONNECTIONS = 100
"""Connections for everything but answers: as many as httpx grants a whole client (its `DEFAULT_LIMITS`)."""


@cache
def _certificates() -> ssl.SSLContext:
    # Reading them takes tens of milliseconds, and they are the same for every client of a process.
    return httpx.create_ssl_context()


def http_client(max_live_answers: int = 200) -> httpx.AsyncClient:
    """Return an HTTP client with room for that many streams at once and for other calls beside them."""
    return httpx.AsyncClient(
        verify=_certificates(),
        limits=httpx.Limits(
            max_connections=max_live_answers + OTHER_CONNECTIONS, max_keepalive_connections=OTHER_CONNECTIONS
        ),
    )


API_PATH = "/api/v1"


@dataclass(slots=True)
class Server:
    """A PipesHub server, shared by everything that calls it.

    `url` may have a path prefix and may end in `/api/v1`, with or without slashes. `supports_plain_answers`
    is learnt: from v0.4 to v0.6 the operations that answer in one JSON body always fail. So is
    `stops_when_left`: from v0.7 on an answer ends with the connection of its reader, and a run can be
    cancelled; None until the server was asked to cancel one. Raises ValueError where `url` is no http
    address.
    """

    http: httpx.AsyncClient
    url: str
    timeouts: Timeouts = field(default_factory=Timeouts)
    supports_plain_answers: bool = True
    stops_when_left: bool | None = None
    meters: Meters = field(default_factory=Meters)
    circuit_breaker: CircuitBreaker = field(default_factory=CircuitBreaker)

    def __post_init__(self) -> None:
        stripped = self.url.strip()
        try:
            parsed = httpx.URL(stripped)
        except httpx.InvalidURL as error:
            raise ValueError(f"not an address of a PipesHub server: {error}") from error
        if parsed.scheme not in ("http", "https") or not parsed.host or parsed.query or parsed.fragment:
            raise ValueError("the address of a PipesHub server looks like https://pipeshub.example.com")
        self.url = stripped.rstrip("/").removesuffix(API_PATH).rstrip("/") + API_PATH

    async def send(
        self, call: Call, request: httpx.Request, within: float, auth: httpx.Auth | None = None
    ) -> httpx.Response:
        """Send a request once and return its success, read whole unless it is an event stream.

        `within` seconds for the whole response, or for the headers of a stream. Raises PipesHubError.
        """
        request.headers["Accept-Encoding"] = "gzip"
        try:
            async with asyncio.timeout(within):
                response = await self.http.send(request, auth=auth, stream=True)
                streams = EVENT_STREAM in request.headers["Accept"] and is_event_stream(response)
                unpack(response, str(call), MAX_STREAM if streams else MAX_BODY)
                if not streams:
                    response = await _read_whole(response)
        except (httpx.RequestError, OSError) as error:  # a bare OSError where no socket is left
            raise unreachable_error(call, error) from error
        if not response.is_success:
            raise error_from_response(call, response)
        return response


async def _read_whole(response: httpx.Response) -> httpx.Response:
    """Return a response with its body; of a refusal the status is enough. Raises TooLarge."""
    try:
        await response.aread()
    except TooLarge:
        if response.is_success:
            raise
        return httpx.Response(response.status_code, headers=response.headers, request=response.request)
    finally:
        await response.aclose()
    return response


JSON = "application/json"
EVENT_STREAM = "text/event-stream"


def is_event_stream(response: httpx.Response) -> bool:
    """Return whether a response is a success that comes as an event stream."""
    return response.is_success and response.headers.get("content-type", "").strip().lower().startswith(
        EVENT_STREAM
    )


@dataclass(frozen=True, slots=True)
class Transport:
    """Sends calls to one server as one person."""

    server: Server
    auth: httpx.Auth
    retries: RetryPolicy = RetryPolicy()

    async def fetch(self, call: Call, *, within: float | None = None) -> object:
        """Return the JSON a call answers with, None where it has no body. Raises PipesHubError."""
        seconds = self.server.timeouts.call if within is None else within
        with self.server.meters.pipeshub_call(str(call.operation), PipesHubError):
            return parse_json(call, await self._send(call, seconds, accept=JSON))

    @asynccontextmanager
    async def open(self, call: Call, *, within: float) -> AsyncIterator[httpx.Response]:
        """Open an event stream; its response is closed on leaving.

        `within` seconds for the headers. A response that is no event stream is read whole. Raises
        PipesHubError, always before the stream is open.
        """
        with self.server.meters.pipeshub_call(str(call.operation), PipesHubError):
            response = await self._send(call, within, accept=f"{EVENT_STREAM}, {JSON}")
        try:
            yield response
        finally:
            await response.aclose()

    async def _send(self, call: Call, within: float, *, accept: str) -> httpx.Response:
        def wait_before_retry(error: Exception) -> bool | float:
            wait = self.retries.should_retry(call.operation.method, error)
            if wait is not False and attempt.num < self.retries.attempts:
                self.server.meters.retries.labels("pipeshub_call").inc()
                log.info("pipeshub.call_retried", attempt=attempt.num, reason=str(error))
            return wait

        async for attempt in stamina.retry_context(
            on=wait_before_retry,
            attempts=self.retries.attempts,
            timeout=None,
            wait_initial=min(_FIRST_WAIT, self.retries.max_wait),
            wait_max=self.retries.max_wait,
            wait_jitter=min(_FIRST_WAIT, self.retries.max_wait),
        ):
            with attempt:
                response = await self._send_once(call, within, accept)
        return response

    async def _send_once(self, call: Call, within: float, accept: str) -> httpx.Response:
        """Send a call once, unless the circuit breaker keeps calls from the server."""
        circuit = self.server.circuit_breaker
        if not circuit.allows(monotonic()):
            raise NotAnswering(f"{call}: not sent", circuit.retry_in(monotonic()))
        request = self.server.http.build_request(
            call.operation.method,
            f"{self.server.url}{call.path}",
            params=call.params or None,
            content=None if call.body is None else json.dumps(call.body),
            headers={"Accept": accept, "Content-Type": JSON, "X-Request-ID": call.request_id},
            timeout=httpx.Timeout(
                within,
                connect=self.server.timeouts.connect,
                # How long an open stream may be silent is decided by its reader, not by the connection.
                read=None if EVENT_STREAM in accept else within,
            ),
        )
        try:
            response = await self.server.send(call, request, within, self.auth)
        except NotLinked:
            raise  # nothing was sent, so nothing was learnt of the server
        except PipesHubError as error:
            self._record_outcome(error)
            raise
        self._record_outcome()
        return response

    def _record_outcome(self, error: PipesHubError | None = None) -> None:
        circuit = self.server.circuit_breaker
        if error is not None and is_outage(error):
            if circuit.record_failure(monotonic()):
                log.error(
                    "pipeshub.circuit_opened",
                    setting="PIPESHUB_SERVER_URL",
                    fix="check that it is right and that the server behind it runs",
                    reason=error.detail,
                    retry_seconds=circuit.pause,
                )
        elif circuit.record_success():
            log.info("pipeshub.circuit_closed", setting="PIPESHUB_SERVER_URL")
