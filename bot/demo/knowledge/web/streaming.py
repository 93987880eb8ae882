"""Sending the steps of a turn as server-sent events, with what can go wrong on the way."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from itertools import pairwise

from aiohttp import web

from bot.demo.knowledge.dialects import Dialect
from bot.demo.knowledge.faults import IN_TRANSPORT, Fault, Trouble
from bot.demo.knowledge.streams.agui import AgUi
from bot.demo.knowledge.streams.documented import Documented
from bot.demo.knowledge.streams.frames import Vocabulary
from bot.demo.knowledge.streams.legacy import Legacy
from bot.demo.knowledge.streams.steps import Concluded, Step, Wrote
from bot.demo.knowledge.web.context import CONTEXT, FAULTS, REQUEST_ID

HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache",
    "Connection": "keep-alive",
    "X-Accel-Buffering": "no",
}
BETWEEN_HALVES = 0.002
"""Seconds between two parts of a split frame, so that they reach the client in two reads."""


class _CutShort(Exception):
    """The stream ends here without its last word."""


async def streamed(request: web.Request, steps: AsyncIterator[Step]) -> web.StreamResponse:
    """Return the response that told every step; a client that leaves only ends the telling."""
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    vocabulary = _vocabulary(request.app[CONTEXT].dialect, request[REQUEST_ID])
    sending = _Sending(request, response, request[FAULTS])
    # Cut short, the body ends where it is; when the client left, the turn goes on by itself and is saved.
    with contextlib.suppress(_CutShort, ConnectionResetError):
        async for step in steps:
            for frame in vocabulary.frames(step):
                await sending.send(frame.encoded())
            await sending.after(step)
        await response.write_eof()
    return response


class _Sending:
    """One response on its way, disturbed by the faults of the transport that are due."""

    def __init__(self, request: web.Request, response: web.StreamResponse, faults: tuple[Fault, ...]) -> None:
        self._request = request
        self._response = response
        self._due = [fault for fault in faults if fault.trouble in IN_TRANSPORT - {Trouble.SPLIT}]
        self._split = any(fault.trouble is Trouble.SPLIT for fault in faults)

    async def send(self, frame: bytes) -> None:
        """Write one frame, in pieces that cut through characters when it is to be split."""
        if not self._split:
            await self._response.write(frame)
            return
        for piece in pieces(frame):
            await self._response.write(piece)
            await asyncio.sleep(BETWEEN_HALVES)

    async def after(self, step: Step) -> None:
        """Let the faults happen whose words have been written by now."""
        if not isinstance(step, Wrote | Concluded):
            return
        written = len(step.text.split())
        for fault in [
            each for each in self._due if written >= each.after_words or isinstance(step, Concluded)
        ]:
            self._due.remove(fault)
            if fault.trouble is Trouble.SILENCE:
                await asyncio.sleep(fault.seconds)
            elif fault.trouble is Trouble.RESET:
                if self._request.transport is not None:
                    self._request.transport.abort()
                raise _CutShort
            else:
                raise _CutShort


def pieces(frame: bytes) -> list[bytes]:
    """Return a frame cut in the middle of its first characters beyond ASCII, or else in its middle."""
    inside = [at for at in range(1, len(frame)) if frame[at] & 0xC0 == 0x80][:3]  # noqa: PLR2004 (UTF-8)
    cuts = [0, *(inside or [len(frame) // 2]), len(frame)]
    return [frame[start:end] for start, end in pairwise(cuts)]


def _vocabulary(dialect: Dialect, request_id: str) -> Vocabulary:
    if dialect == "documented":
        return Documented()
    return Legacy(request_id) if dialect == "legacy" else AgUi(request_id, f"run_{secrets.token_hex(8)}")
