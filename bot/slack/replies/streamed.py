"""Replies that grow by Slack's native streaming."""

import contextlib
import time
from dataclasses import dataclass, field, replace
from functools import partial

import structlog

from bot.domain.conversations import DEFAULT_FOOTER, Answer, FooterState
from bot.domain.errors import SlackError
from bot.domain.turns import ShownMessages
from bot.slack.client import RateLimited, StreamEnded
from bot.slack.render.answer import render_answer
from bot.slack.render.blocks import RenderedMessage
from bot.slack.render.streamed import (
    StreamContent,
    StreamGrowth,
    stream_ending,
    stream_growth,
    stream_start,
)
from bot.slack.replies.edited import EditedReply
from bot.slack.replies.post import DRAWN_AT_ONCE, ReplyCalls, WriterTask, draw_beside_loop
from bot.slack.replies.rate_limits import ReplySlot, Urgency

log = structlog.get_logger(__name__)

STREAM_LIFETIME = 270.0
"""Seconds after which edits replace a stream: Slack ends it after about 300 (reported in the field)."""


@dataclass(slots=True)
class SlackStream:
    """A streamed message: its slot, until when (monotonic) it may be added to, and what it shows by now."""

    ts: str
    slot: ReplySlot
    until: float
    shown: StreamContent = field(default_factory=lambda: stream_start()[0])


class StreamedReply:
    """A message that text is added to by one task at a time.

    Where that cannot go on, its stream is stopped and the same message is edited from then on. It has no
    Stop button: blocks in a stream are placed above the text that follows, and only an edit removes them.
    Slack shows its own Stop beside a stream.
    """

    def __init__(self, calls: ReplyCalls, frontend: str, stream: SlackStream, edited: EditedReply) -> None:
        """Add to `stream` by `calls`; `edited` edits the same message."""
        self._calls = calls
        self._rate_limits = calls.rate_limits
        self._frontend = frontend
        self._turn = calls.turn
        self._stream = stream
        self._edited = edited
        self._newest: Answer | None = None
        self._writer = WriterTask(self._edit_from_now_on)
        self._is_open = True
        self._is_edited_now = False
        self._readable_at: float | None = None

    def show(self, answer: Answer) -> None:
        """Add what is new in `answer` when it is this reply's turn."""
        if self._is_edited_now:
            self._edited.show(answer)
            return
        self._newest = answer
        if self._writer.start(self._write):
            return
        if self._stream.slot.pending is not Urgency.PROGRESS:
            return
        with self._writer.catching_crashes():
            # Its beginning is enough to tell whether there is text by now.
            if growth := self._read(replace(answer, text=answer.text[:DRAWN_AT_ONCE])):
                self._rate_limits.streams.raise_urgency(self._stream.slot, self._urgency(growth[0]))

    async def finish(self, answer: Answer, footer: FooterState = DEFAULT_FOOTER) -> ShownMessages:
        """End the stream with what is missing, or with an edit where that is not enough."""
        self._newest = None
        await self._writer.end()
        if not self._is_edited_now:
            self._edit_from_now_on()
            with self._writer.catching_crashes():
                if self._is_open and await self._end_stream(answer, footer):
                    return ShownMessages((self._stream.ts,), readable_at=self._readable_at)
        shown = await self._edited.finish(answer, footer)
        return replace(shown, readable_at=self._readable_at or shown.readable_at)

    async def _write(self) -> None:
        while self._newest is not None:
            looked_at = self._newest
            growth = await self._growth(looked_at)
            if growth is None:
                return await self._continue_with_edits(self._newest)
            after, chunks = growth
            if not chunks:
                if self._newest is looked_at:
                    self._newest = None
                continue
            await self._rate_limits.streams.wait_for_edit(self._stream.slot, self._urgency(after))
            answer, self._newest = self._newest, None
            if not await self._append(answer):
                return await self._continue_with_edits(self._newest or answer)
        return None

    async def _growth(self, answer: Answer) -> StreamGrowth | None:
        return await draw_beside_loop(answer, partial(self._read, answer))

    def _read(self, answer: Answer) -> StreamGrowth | None:
        if time.monotonic() >= self._stream.until:
            return None
        return stream_growth(self._stream.shown, answer, self._frontend)

    def _urgency(self, after: StreamContent) -> Urgency:
        if not after.markdown:
            return Urgency.PROGRESS
        return Urgency.TEXT if self._stream.shown.markdown else Urgency.FIRST_TEXT

    async def _append(self, answer: Answer) -> bool:
        """Add what is new; return False where the stream cannot go on."""
        growth = await self._growth(answer)
        if growth is None:
            return False
        after, chunks = growth
        if not chunks:
            return True
        try:
            with self._writer.calling():
                await self._calls.append(self._stream.ts, chunks)
        except RateLimited:
            self._newest = self._newest or answer
        except SlackError as error:
            # Without an answer from Slack it is unknown whether the text was added: an edit corrects it.
            log.info("slack.stream_append_failed", turn=self._turn.id, reason=error.detail)
            self._is_open = not isinstance(error, StreamEnded)
            return False
        else:
            self._stream.shown = after
            if after.markdown:
                self._readable_at = self._readable_at or time.time()
        return True

    async def _continue_with_edits(self, answer: Answer) -> None:
        """Stop the stream and go on with edits of its message."""
        if self._is_open:
            await self._rate_limits.stops.wait_for_call()
            with self._writer.calling():
                await self._stop()
        self._newest = self._newest or answer
        self._edit_from_now_on()

    def _edit_from_now_on(self) -> None:
        """Leave the stream, which the next edit stops where it is open, and edit its message."""
        if self._is_edited_now:
            return
        self._is_edited_now = True
        self._rate_limits.streams.remove_slot(self._stream.slot)
        if self._newest is not None:
            self._edited.show(self._newest)

    async def _stop(self) -> None:
        try:
            with contextlib.suppress(StreamEnded):
                await self._calls.stop(self._stream.ts)
        except SlackError as error:  # the next edit stops it first
            log.info("slack.stream_stop_failed", turn=self._turn.id, reason=error.detail)

    async def _end_stream(self, answer: Answer, footer: FooterState) -> bool:
        """Stop the stream, with the ending where it fits; return whether the ending is shown."""
        shown, turn, frontend = self._stream.shown, self._turn.id, self._frontend
        drawn = await draw_beside_loop(answer, partial(render_answer, answer, turn, footer, frontend))
        last = await draw_beside_loop(answer, partial(stream_ending, shown, answer, drawn, frontend))
        if not self._rate_limits.stops.try_spend():
            return False
        if last is None:
            await self._stop()
            return False
        try:
            await self._calls.stop(self._stream.ts, last.chunks, last.blocks)
        except SlackError as error:
            log.info("slack.stream_ending_failed", turn=self._turn.id, reason=error.detail)
            return False
        if not last.is_complete:
            await self._add_links_by_edit(drawn[0])
        return True

    async def _add_links_by_edit(self, drawn: RenderedMessage) -> None:
        """Put the links and numbers into text that was streamed before they came, if an edit is to spare."""
        if self._rate_limits.edits.spare_calls < 1 or not self._rate_limits.updates.try_spend():
            return
        try:
            await self._calls.update(self._stream.ts, drawn)
        except SlackError as error:
            log.info("slack.stream_links_not_added", turn=self._turn.id, reason=error.detail)
