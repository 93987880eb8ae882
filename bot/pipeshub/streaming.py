"""An open event stream, read to its last word. Whatever goes wrong from here on is its last event."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import httpx
from httpx_sse import EventSource

from bot.domain.conversations import Event, Failed
from bot.domain.errors import Interrupted, PipesHubError, TookTooLong, WentQuiet
from bot.pipeshub.decoding import Decoder
from bot.pipeshub.server import Timeouts


async def events(
    response: httpx.Response, decoder: Decoder, timeouts: Timeouts, about: str
) -> AsyncGenerator[Event]:
    """Yield what a stream says until its last word, Completed or Failed. Raises nothing of its own."""
    patience = _Patience(timeouts, decoder)
    response.encoding = (
        "utf-8-sig"  # an event stream is UTF-8 whatever its header says, a BOM allowed (HTML §9.2)
    )
    response.stream = _Watched(response.stream, patience)
    failure: PipesHubError = Interrupted(f"{about}: ended without a last word")
    try:
        async with aclosing(EventSource(response).aiter_sse()) as frames:
            async for frame in frames:
                for event in decoder.read(frame.event, frame.data):
                    yield event
                if decoder.ended:
                    return
    except TimeoutError:
        failure = patience.failure(about)
    except (httpx.RequestError, httpx.StreamError) as error:
        failure = Interrupted(f"{about}: {type(error).__name__}")
    yield Failed(failure)


class _Patience:
    """How long to wait for the next bytes, and for the answer as a whole."""

    def __init__(self, timeouts: Timeouts, decoder: Decoder) -> None:
        self._timeouts = timeouts
        self._decoder = decoder
        self._deadline = asyncio.get_running_loop().time() + timeouts.whole_answer

    def next_wait(self) -> float:
        """Seconds to wait now. Raises TimeoutError once the answer as a whole took too long."""
        left = self._deadline - asyncio.get_running_loop().time()
        if left <= 0:
            raise TimeoutError
        return min(left, self._idle)

    def failure(self, about: str) -> PipesHubError:
        """Return the error for the patience that ran out."""
        if asyncio.get_running_loop().time() >= self._deadline:
            return TookTooLong(f"{about}: longer than {self._timeouts.whole_answer:g} s")
        return WentQuiet(f"{about}: nothing for {self._idle:g} s")

    @property
    def _idle(self) -> float:
        if self._decoder.has_heartbeats:
            return self._timeouts.idle_with_heartbeats
        return self._timeouts.idle_without_heartbeats


class _Watched(httpx.AsyncByteStream):
    """A response's bytes, each read within the patience left: comments are a sign of life as well."""

    def __init__(self, stream: httpx.AsyncByteStream | httpx.SyncByteStream, patience: _Patience) -> None:
        if not isinstance(stream, httpx.AsyncByteStream):
            raise TypeError("a stream of an asynchronous client")
        self._stream = stream
        self._patience = patience

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = aiter(self._stream)
        while True:
            async with asyncio.timeout(self._patience.next_wait()):
                chunk = await anext(chunks, None)
            if chunk is None:
                return
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
