"""Connections to the web server: how long they may take, how much they may send, and how many are open."""

import asyncio
import resource
import time
from typing import Any

import structlog
from aiohttp import web

log = structlog.get_logger(__name__)

HEAD_TIMEOUT = 10.0
"""Seconds for the request line and the headers to arrive."""

MAX_HEAD_BYTES = 32 * 1024
"""Slack's and proxies' headers together have a few thousand bytes."""

KEEP_ALIVE = 75.0
"""Seconds that an idle connection is kept: longer than proxies keep theirs, usually 60."""

MAX_CONNECTIONS = 4_000
"""More than Slack opens at once; fewer where the process may not open twice as many files."""

BACKLOG = 512  # connections that wait to be accepted: a burst of questions brings hundreds

LIMIT_LOG_INTERVAL = 60.0  # seconds between lines about connections that are closed for others

_HEAD_TOO_LARGE = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class OpenConnections:
    """The open connections, the one that was idle for longest first."""

    def __init__(self, head_timeout: float, most: int) -> None:
        self.head_timeout = head_timeout
        self._most = min(most, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
        self._open: dict[Connection, None] = {}
        self._logged_at = -LIMIT_LOG_INTERVAL

    def add(self, connection: "Connection") -> None:
        """Add a connection; where there are too many, one that waits for a request is closed, or this one."""
        self._open[connection] = None
        if len(self._open) <= self._most:
            return
        next((each for each in self._open if each.is_waiting), connection).force_close()
        if time.monotonic() - self._logged_at >= LIMIT_LOG_INTERVAL:
            self._logged_at = time.monotonic()
            fix = "put a proxy in front that limits connections, or let the bot open more files (ulimit -n)"
            log.warning("web.connections_limited", most=self._most, fix=fix)

    def on_request(self, connection: "Connection") -> None:
        """Move a connection to the end, since it has sent a request."""
        self.remove(connection)
        self._open[connection] = None

    def remove(self, connection: "Connection") -> None:
        """Remove a connection that was closed."""
        self._open.pop(connection, None)


class Connection(web.RequestHandler):
    """A connection whose requests' heads have to arrive in time, which aiohttp itself does not see to."""

    def __init__(
        self,
        connections: OpenConnections,
        server: web.Server,
        **options: Any,  # noqa: ANN401 (aiohttp's own, of several types)
    ) -> None:
        super().__init__(server, **options)
        self._connections = connections
        self._head_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._refused = False

    @property
    def is_waiting(self) -> bool:
        """Whether the head of a request has to come next."""
        return self._waiter is not None and not self._waiter.done()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first head."""
        super().connection_made(transport)
        self._start_deadline()
        self._connections.add(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Let go of the connection."""
        self._end_deadline()
        self._connections.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass data on, as long as it does not make a head too large."""
        if self._refused:
            return
        before = self._request_count
        super().data_received(data)
        if self._request_count > before:
            self._end_deadline()
            self._connections.on_request(self)
        elif self.is_waiting:  # otherwise it is a part of a body
            self._head_bytes += len(data)
            if self._deadline is None:
                self._start_deadline()
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse()

    def _start_deadline(self) -> None:
        self._deadline = self._loop.call_later(self._connections.head_timeout, self._on_deadline)

    def _end_deadline(self) -> None:
        self._head_bytes = 0
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _on_deadline(self) -> None:
        self._deadline = None
        if self.is_waiting:
            self.force_close()

    def _refuse(self) -> None:
        """Say that the head is too large; the deadline closes the connection, once that could be read."""
        self._refused = True
        if self.transport is not None:
            self.transport.write(_HEAD_TOO_LARGE)
