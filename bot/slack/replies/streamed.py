"""Replies that grow by Slack's native streaming."""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field, replace

import structlog

from bot.domain.conversations import STANDS_ALONE, Answer, Standing
from bot.domain.errors import SlackError
from bot.domain.turns import Shown, Turn
from bot.slack.client import Ratelimited, StreamOver
from bot.slack.render import answer as render
from bot.slack.render import streamed
from bot.slack.render.blocks import Drawn
from bot.slack.replies.edited import EditedReply
from bot.slack.replies.post import Calls
from bot.slack.replies.rate_limits import Pacing, Speaker, Urgency

log = structlog.get_logger(__name__)

LIFETIME = 270.0
"""Seconds after which a stream is left for edits: Slack ends it after about 300 (reported in the field)."""


@dataclass(slots=True)
class Stream:
    """A message that grows: who it is on the floor, until when it may grow, and what it shows by now."""

    ts: str
    speaker: Speaker
    until: float
    shown: streamed.Streamed = field(default_factory=lambda: streamed.begun()[0])


class NativeReply:
    """A message that text is added to by one task at a time.

    Where that cannot go on, its stream is stopped and the same message is edited from then on. It carries
    no Stop of its own: blocks stand where they come in a stream, above the text, and only an edit takes
    them away again. Slack shows its own Stop beside what it streams.
    """

    def __init__(
        self, calls: Calls, pacing: Pacing, frontend: str, turn: Turn, stream: Stream, edited: EditedReply
    ) -> None:
        """Take part with the speaker of `stream`; `edited` is the same message."""
        self._calls = calls
        self._pacing = pacing
        self._frontend = frontend
        self._turn = turn
        self._stream = stream
        self._edited = edited
        self._newest: Answer | None = None
        self._writer: asyncio.Task[None] | None = None
        self._calling = False
        self._open = True
        self._moved = False
        self._readable_at: float | None = None

    def show(self, answer: Answer) -> None:
        """Add what is new in `answer` when it is this reply's turn."""
        if self._moved:
            self._edited.show(answer)
            return
        self._newest = answer
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        elif self._stream.speaker.wish is Urgency.PROGRESS and (growth := self._growth(answer)):
            self._pacing.streams.hurry(self._stream.speaker, self._urgency(growth[0]))

    async def finish(self, answer: Answer, standing: Standing = STANDS_ALONE) -> Shown:
        """End the stream with what is missing, or with an edit where that is not enough."""
        self._newest = None
        if self._writer is not None:
            if not self._calling:
                self._writer.cancel()
            await asyncio.wait([self._writer])
        if not self._moved:
            self._leave()
            if self._open and await self._ended(answer, standing):
                return Shown((self._stream.ts,), readable_at=self._readable_at)
        shown = await self._edited.finish(answer, standing)
        return replace(shown, readable_at=self._readable_at or shown.readable_at)

    async def redraw(self, answer: Answer, standing: Standing) -> None:
        """Edit the message."""
        await self._edited.redraw(answer, standing)

    async def clear(self) -> tuple[str, ...]:
        """Delete leftover messages while there is room."""
        return await self._edited.clear()

    async def _write(self) -> None:
        while self._newest is not None:
            growth = self._growth(self._newest)
            if growth is None:
                return await self._move_over(self._newest)
            after, chunks = growth
            if not chunks:
                self._newest = None
                return None
            await self._pacing.streams.pass_with(self._stream.speaker, self._urgency(after))
            answer, self._newest = self._newest, None
            if not await self._append(answer):
                return await self._move_over(self._newest or answer)
        return None

    def _growth(self, answer: Answer) -> streamed.Growth | None:
        if self._pacing.now() >= self._stream.until:
            return None
        return streamed.grown(self._stream.shown, answer, self._frontend)

    def _urgency(self, after: streamed.Streamed) -> Urgency:
        if not after.markdown:
            return Urgency.PROGRESS
        return Urgency.TEXT if self._stream.shown.markdown else Urgency.FIRST_TEXT

    async def _append(self, answer: Answer) -> bool:
        """Add what is new; return False where the stream cannot go on."""
        growth = self._growth(answer)
        if growth is None:
            return False
        after, chunks = growth
        if not chunks:
            return True
        self._calling = True
        try:
            await self._calls.append(self._stream.ts, chunks)
        except Ratelimited:
            self._newest = self._newest or answer
        except SlackError as error:
            # Without an answer from Slack nobody knows whether the text was added: an edit sets it right.
            log.info("the stream cannot go on", turn=self._turn.id, reason=error.detail)
            self._open = not isinstance(error, StreamOver)
            return False
        else:
            self._stream.shown = after
            if after.markdown:
                self._readable_at = self._readable_at or time.time()
        finally:
            self._calling = False
        return True

    async def _move_over(self, answer: Answer) -> None:
        """Stop the stream and go on with edits of its message."""
        if self._open:
            await self._pacing.room(self._pacing.stops)
            self._calling = True
            await self._stop()
        self._moved = True
        self._calling = False
        self._leave()
        self._edited.show(self._newest or answer)

    async def _stop(self) -> None:
        try:
            with contextlib.suppress(StreamOver):
                await self._calls.stop(self._stream.ts)
        except SlackError as error:  # what is edited next stops it first
            log.info("a stream could not be stopped", turn=self._turn.id, reason=error.detail)

    def _leave(self) -> None:
        self._pacing.streams.leave(self._stream.speaker)

    async def _ended(self, answer: Answer, standing: Standing) -> bool:
        """Stop the stream, with the ending where it fits; return whether the ending is shown."""
        drawn = render.drawn(answer, self._turn.id, standing, self._frontend)
        last = streamed.last(self._stream.shown, answer, drawn, self._frontend)
        if not self._pacing.stops.take(self._pacing.now()):
            return False
        if last is None:
            await self._stop()
            return False
        try:
            await self._calls.stop(self._stream.ts, last.chunks, last.blocks)
        except SlackError as error:
            log.info("the ending needs an edit", turn=self._turn.id, reason=error.detail)
            return False
        if not last.faithful:
            await self._touch_up(drawn[0])
        return True

    async def _touch_up(self, drawn: Drawn) -> None:
        """Put the links and numbers into the text that came after it, while edits are to spare."""
        if self._pacing.edits.spare < 1 or not self._pacing.updates.take(self._pacing.now()):
            return
        try:
            await self._calls.update(self._stream.ts, drawn)
        except SlackError as error:
            log.info("an ending stays as it was streamed", turn=self._turn.id, reason=error.detail)
