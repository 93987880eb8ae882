"""The calls that show replies, each of which teaches its budget what Slack still allows."""

import contextlib
from collections.abc import Sequence

from bot.domain.turns import Turn
from bot.slack.api_errors import StillStreaming, StreamOver
from bot.slack.outbox import Outbox
from bot.slack.render.message import Block, Drawn
from bot.slack.replies.pacing import Pacing

MARK = "pipeshub_turn"
"""What says in a message's metadata which turn it shows. Other apps of the workspace can read that."""


def marked(turn: str) -> Block:
    """Return the metadata by which a message of a turn is found again."""
    return {"event_type": MARK, "event_payload": {"turn": turn}}


class StopsSpentError(StillStreaming):
    """A stream is in the way, and no call is left to stop it with."""


class Calls:
    """Calls about the messages of one turn. Each is made now or not at all; who makes it has counted it."""

    def __init__(self, outbox: Outbox, pacing: Pacing, turn: Turn) -> None:
        self._outbox = outbox
        self._pacing = pacing
        self._thread = turn.question.thread
        self._channel = turn.question.thread.channel
        self._mark = marked(turn.id)

    async def post(self, drawn: Drawn) -> str:
        """Post a message and return its `ts`. Raises SlackError."""
        with self._pacing.learning(self._pacing.posts(self._channel)):
            return await self._outbox.post_once(self._thread, drawn, self._mark)

    async def update(self, ts: str, drawn: Drawn) -> None:
        """Replace a message, the stream that began it stopped first if it is open. Raises SlackError.

        Open are the streams of processes that are no more, and of those whose end was not heard.
        """
        try:
            await self._update(ts, drawn)
        except StillStreaming:
            await self._stopped(ts)
            self._pacing.updates.spend(self._pacing.now())
            await self._update(ts, drawn)

    async def delete(self, ts: str) -> None:
        """Take a message away, its stream stopped first as in `update`. Raises SlackError."""
        try:
            await self._delete(ts)
        except StillStreaming:
            await self._stopped(ts)
            self._pacing.deletions.spend(self._pacing.now())
            await self._delete(ts)

    async def start(self, reader: str, chunks: Sequence[Block]) -> str:
        """Begin a message that grows and return its `ts`. Raises SlackError."""
        with self._pacing.learning(self._pacing.starts):
            return await self._outbox.start_stream(self._thread, reader, chunks)

    async def append(self, ts: str, chunks: Sequence[Block]) -> None:
        """Let a message grow. Raises SlackError."""
        with self._pacing.learning(self._pacing.appends):
            await self._outbox.append_stream(self._channel, ts, chunks)

    async def stop(self, ts: str, chunks: Sequence[Block] = (), blocks: Sequence[Block] = ()) -> None:
        """End a message that grew. Raises SlackError, StreamOver where it had its end before."""
        with self._pacing.learning(self._pacing.stops):
            await self._outbox.stop_stream(self._channel, ts, chunks, blocks, self._mark)

    async def _update(self, ts: str, drawn: Drawn) -> None:
        with self._pacing.learning(self._pacing.updates):
            await self._outbox.update_once(self._channel, ts, drawn, self._mark)

    async def _delete(self, ts: str) -> None:
        with self._pacing.learning(self._pacing.deletions):
            await self._outbox.delete(self._channel, ts)

    async def _stopped(self, ts: str) -> None:
        if not self._pacing.stops.take(self._pacing.now()):
            raise StopsSpentError("no chat.stopStream is left")
        with contextlib.suppress(StreamOver):
            await self.stop(ts)
