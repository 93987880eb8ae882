"""Recorded streams, fed through the very path live ones take."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from bot.domain.conversations import AnswerEvent
from bot.pipeshub.http import Timeouts
from bot.pipeshub.stream import StreamDecoder, read_events

RECORDED = Path(__file__).parents[2] / "recorded" / "pipeshub"

Replay = Callable[..., Awaitable[list[AnswerEvent]]]


class Pieces(httpx.AsyncByteStream):
    """Bytes that arrive in the given pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


async def replay(pieces: list[bytes], conversation_id: str = "") -> list[AnswerEvent]:
    response = httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Pieces(pieces))
    decoder = StreamDecoder("a replay", conversation_id)
    return [event async for event in read_events(response, decoder, Timeouts())]


@pytest.fixture(scope="session")
def replayed() -> Replay:
    """Replay the recorded stream of a name, or one given in pieces."""

    async def recorded(stream: str | list[bytes], conversation_id: str = "") -> list[AnswerEvent]:
        pieces = [(RECORDED / f"{stream}.sse").read_bytes()] if isinstance(stream, str) else stream
        return await replay(pieces, conversation_id)

    return recorded
