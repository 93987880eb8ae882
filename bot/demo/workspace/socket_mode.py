"""Deliveries over the app's own WebSocket connections: Socket Mode."""

import asyncio
import contextlib
import itertools
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from bot.demo.workspace.app import App
from bot.demo.workspace.delivery import Ack, Route
from bot.demo.workspace.model import Json

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
