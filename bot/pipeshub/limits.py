"""How much is taken from a server: of one body or frame, of a whole stream, of what is packed, of a text.

Whatever answers at PIPESHUB_SERVER_URL, the bot stays within its memory and goes on serving everybody else.
"""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Iterator

import httpx
import structlog

from bot.domain.errors import TooLarge

log = structlog.get_logger(__name__)

MAX_BODY = 24 * 1024 * 1024
"""Bytes of one body or one frame, unpacked. The last frame of an answer holds its whole conversation."""

MAX_MEMORY = 120 * 1024 * 1024
"""Bytes of memory for reading one. Python needs up to four for each character of a text."""

MAX_VALUES = 400_000
"""Values of one body or frame: a value of two bytes takes a hundred times that in memory."""

MAX_STREAM = 1024 * 1024 * 1024
"""Bytes of a whole stream. Servers before v0.6 repeat the whole text with every word."""

MAX_LINES = 100_000
"""Lines of a frame: servers write one, and each is kept as a text of its own."""

MAX_FRAMES = 500_000
"""Frames of a whole stream: ten minutes of a thousand words a second, with room."""

MAX_TEXT = 2_000_000
"""Characters of an answer: twenty times what people are shown in Slack."""

MAX_ID = 200
"""Characters of an identifier that is kept while an answer is written."""

_FOUR_BYTES = (b"\\ud", b"\\uD", b"\xf0", b"\xf1", b"\xf2", b"\xf3", b"\xf4")
"""In JSON: how characters begin that take four bytes, and make all others of their text take as many."""
_PIECE = 64 * 1024  # bytes that are unpacked at once
_ANY_WRAPPING = 47  # zlib: both of its wrappings, with a window of any size


def too_large(about: str, what: str) -> TooLarge:
    """Return the error for a call, `about`, that is answered with more than the bot takes, and log it."""
    log.error(
        "pipeshub.too_much_sent",
        setting="PIPESHUB_SERVER_URL",
        fix="check that PipesHub itself answers there, not another server or a proxy that repeats itself",
        call=about,
        reason=what,
    )
    return TooLarge(f"{about}: {what}")


def as_text(body: bytes, about: str) -> str:
    """Return the UTF-8 in `body`. Raises TooLarge where reading it takes too much memory."""
    width = 1
    if not body.isascii() or b"\\ud" in body or b"\\uD" in body:
        width = 4 if any(each in body for each in _FOUR_BYTES) else 2
    # Three copies as bytes at most, one as text, and one in pieces.
    if len(body) * (3 + 2 * width) > MAX_MEMORY:
        raise too_large(about, f"{len(body)} bytes of text")
    return body.decode(errors="replace")


def read_json(text: str, about: str = "a body") -> object:
    """Return the JSON in `text`. Raises ValueError where it is none, TooLarge where it holds too much."""
    if sum(map(text.count, ",[{")) > MAX_VALUES:
        raise too_large(about, f"more than {MAX_VALUES} values")
    try:
        return json.loads(text)
    except RecursionError:
        raise too_large(about, "nested too deeply") from None


def unpack(response: httpx.Response, about: str, most: int) -> None:
    """Have a response read without its content encoding, and no more than `most` bytes of it."""
    encoding = response.headers.pop("content-encoding", "").strip().lower()
    if isinstance(response.stream, httpx.AsyncByteStream):
        response.stream = _Unpacked(response.stream, encoding, about, most)


class _Unpacked(httpx.AsyncByteStream):
    """The bytes of a response, unpacked in small pieces so that neither memory nor time is lost on them."""

    def __init__(self, stream: httpx.AsyncByteStream, encoding: str, about: str, most: int) -> None:
        self._stream = stream
        self._encoding = encoding
        self._about = about
        self._left = most
        self._unpacker = zlib.decompressobj(_ANY_WRAPPING)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._encoding in ("", "identity"):
            async for piece in self._stream:
                self._take(len(piece))
                yield piece
            return
        if self._encoding not in ("gzip", "x-gzip", "deflate"):
            raise httpx.DecodingError(f"{self._about}: packed in a way that was not asked for")
        async for packed in self._stream:
            self._take(len(packed))
            for piece in self._pieces(packed):
                self._take(len(piece))
                yield piece
                await asyncio.sleep(0)  # one packed piece can hold a thousand others

    async def aclose(self) -> None:
        await self._stream.aclose()

    def _pieces(self, packed: bytes) -> Iterator[bytes]:
        try:
            while packed and not self._unpacker.eof:
                if piece := self._unpacker.decompress(packed, _PIECE):
                    yield piece
                packed = self._unpacker.unconsumed_tail
        except zlib.error as error:
            raise httpx.DecodingError(f"{self._about}: {error}") from error

    def _take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise too_large(self._about, "more bytes than the bot takes")
