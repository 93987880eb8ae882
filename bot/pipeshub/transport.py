"""Calls on their way: signed, repeated where that is safe, checked before anybody reads them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import stamina

from bot.pipeshub.failures import json_of, refused, unreachable
from bot.pipeshub.operations import Call
from bot.pipeshub.retries import FIRST_WAIT, Retries
from bot.pipeshub.server import Server

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
        return json_of(call, await self._send(call, retries, seconds, accept=JSON))

    @asynccontextmanager
    async def open(self, call: Call, retries: Retries, *, within: float) -> AsyncIterator[httpx.Response]:
        """Open an event stream; its response is closed on leaving.

        `within` seconds for the headers. A response that `streams` not has been read. Raises
        PipesHubError, always before the stream is open.
        """
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
                response = await self._once(call, within, accept)
        return response

    async def _once(self, call: Call, within: float, accept: str) -> httpx.Response:
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


async def _read(response: httpx.Response) -> None:
    try:
        await response.aread()
    finally:
        await response.aclose()
