"""Calls on their way: signed, repeated where that is safe, checked before anybody reads them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

import httpx
import stamina
import structlog

from bot.domain.errors import NotAnswering, NotLinked, PipesHubError
from bot.pipeshub.circuit import PAUSE, Change
from bot.pipeshub.failures import away, json_of, refused, unreachable
from bot.pipeshub.operations import Call
from bot.pipeshub.retries import FIRST_WAIT, Retries
from bot.pipeshub.server import Server

log = structlog.get_logger(__name__)

JSON = "application/json"
EVENT_STREAM = "text/event-stream"


class Transport:
    """Sends calls to one server as one person."""

    def __init__(self, server: Server, auth: httpx.Auth) -> None:
        self._server = server
        self._auth = auth

    async def fetch(self, call: Call, retries: Retries, *, within: float | None = None) -> object:
        """Return the JSON a call answers with, None where it has no body.

        `within` seconds for the whole response. Raises PipesHubError.
        """
        seconds = self._server.timeouts.call if within is None else within
        with self._server.meters.pipeshub_call(str(call.operation), PipesHubError):
            return json_of(call, await self._send(call, retries, seconds, accept=JSON))

    @asynccontextmanager
    async def open(self, call: Call, retries: Retries, *, within: float) -> AsyncIterator[httpx.Response]:
        """Open an event stream; its response is closed on leaving.

        `within` seconds for the headers. A response that `streams` not has been read. Raises
        PipesHubError, always before the stream is open.
        """
        with self._server.meters.pipeshub_call(str(call.operation), PipesHubError):
            response = await self._send(call, retries, within, accept=f"{EVENT_STREAM}, {JSON}")
        try:
            yield response
        finally:
            await response.aclose()

    async def _send(self, call: Call, retries: Retries, within: float, *, accept: str) -> httpx.Response:
        tries = stamina.retry_context(
            on=lambda error: retries.worth(call.operation.method, error),
            attempts=retries.attempts,
            timeout=None,
            wait_initial=min(FIRST_WAIT, retries.max_wait),
            wait_max=retries.max_wait,
            wait_jitter=min(FIRST_WAIT, retries.max_wait),
        )
        async for attempt in tries:
            with attempt:
                if attempt.num > 1:
                    self._server.meters.retries.labels("pipeshub_call").inc()
                response = await self._once(call, within, accept)
        return response

    async def _once(self, call: Call, within: float, accept: str) -> httpx.Response:
        """Send a call once, unless the server is left alone for now; raises what came of it."""
        circuit = self._server.circuit
        if not circuit.lets_through(monotonic()):
            raise NotAnswering(f"{call}: not sent", circuit.again_in(monotonic()))
        try:
            response = await self._sent(call, within, accept)
        except NotLinked:
            raise  # nothing was sent, so nothing was learnt of the server
        except PipesHubError as error:
            change = circuit.failed(monotonic()) if away(error) else circuit.answered()
            _tell(change, error.detail, circuit.pause)
            raise
        _tell(circuit.answered())
        return response

    async def _sent(self, call: Call, within: float, accept: str) -> httpx.Response:
        request = self._request(call, within, accept)
        try:
            async with asyncio.timeout(within):
                response = await self._server.http.send(request, auth=self._auth, stream=True)
                if not (EVENT_STREAM in accept and streams(response)):
                    await _read(response)
        except (httpx.RequestError, TimeoutError) as error:
            raise unreachable(call, error) from error
        if not response.is_success:
            raise refused(call, response)
        return response

    def _request(self, call: Call, within: float, accept: str) -> httpx.Request:
        # How long an open stream may be silent is for its reader to say, not for the connection.
        silence = None if EVENT_STREAM in accept else within
        return self._server.http.build_request(
            call.operation.method,
            self._server.address(call.path),
            params=call.params or None,
            content=None if call.body is None else json.dumps(call.body),
            headers={"Accept": accept, "Content-Type": JSON, "X-Request-ID": call.request_id},
            timeout=httpx.Timeout(within, connect=self._server.timeouts.connect, read=silence),
        )


def streams(response: httpx.Response) -> bool:
    """Whether a response is a success that comes as an event stream."""
    return response.is_success and response.headers.get("content-type", "").lower().startswith(EVENT_STREAM)


def _tell(change: Change | None, reason: str = "", pause: float = PAUSE) -> None:
    if change is Change.OPENED:
        log.error(
            "pipeshub does not answer and is left alone; check that PIPESHUB_SERVER_URL is right and that "
            "the server behind it runs",
            reason=reason,
            tried_every=pause,
        )
    elif change is Change.CLOSED:
        log.info("pipeshub at PIPESHUB_SERVER_URL answers again")


async def _read(response: httpx.Response) -> None:
    try:
        await response.aread()
    finally:
        await response.aclose()
