"""Posting and editing a turn's messages, each once, and finding those that Slack took without answering."""

import asyncio
import contextlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import structlog

from bot.domain.errors import SlackError, SlackUnreachable
from bot.domain.turns import Left, Question, Turn
from bot.slack import actions
from bot.slack.client import Ratelimited, StillStreaming, StreamOver
from bot.slack.outbox import Outbox
from bot.slack.render.blocks import Block, Drawn
from bot.slack.replies.rate_limits import Pacing

log = structlog.get_logger(__name__)

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


ATTEMPTS = 4
"""How often Slack is asked: who does not know what stands shows it once more."""

MOST = 200
"""Messages after the question that are looked through, in one call: Slack allows some apps one a minute."""


class FoundReplies:
    """Looks for the messages of turns: by the metadata they have, or by the steps of one that grows."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def left(self, turn: Turn) -> Left:
        """Return what stands of a turn. Raises SlackError where Slack does not tell, for all patience."""
        own = await self._own(turn.question)
        mark = marked(turn.id)
        standing = sorted(
            (each for each in own if each.get("metadata") == mark or _grew_for(each, turn.id)),
            key=lambda each: str(each["ts"]),
        )
        ended = bool(standing) and _bears(standing[-1], actions.SHARE)
        return Left(tuple(str(each["ts"]) for each in standing), ended)

    async def unknown(self, turn: Turn, known: Collection[str] = ()) -> str | None:
        """Return a message of a turn that is not `known`, None where there is none or nobody may look.

        Raises SlackUnreachable where Slack does not tell now.
        """
        try:
            left = await self.left(turn)
        except SlackUnreachable:
            raise
        except SlackError as error:
            log.info("what stands is not known", turn=turn.id, reason=error.detail)
            return None
        return next((ts for ts in left.messages if ts not in known), None)

    async def _own(self, question: Question) -> list[Block]:
        for attempt in range(1, ATTEMPTS):
            try:
                return await self._outbox.own_replies(question.thread, question.ts, MOST)
            except SlackUnreachable as error:
                wait = error.retry_after if isinstance(error, Ratelimited) else 0.5 * 2**attempt
                log.info("slack call again", attempt=attempt, wait=wait, reason=error.detail)
                await asyncio.sleep(wait)
        return await self._outbox.own_replies(question.thread, question.ts, MOST)


def _grew_for(message: Block, name: str) -> bool:
    """Whether a message shows steps of the stream of this name, alone or in a plan."""
    blocks = message.get("blocks") or []
    cards = [each for block in blocks for each in (block, *(block.get("tasks") or []))]
    return any(str(each.get("task_id")).startswith(f"{name}-") for each in cards)


def _bears(message: Block, action_id: str) -> bool:
    """Whether one of a message's buttons has this id."""
    return any(element.get("action_id") == action_id for element in _elements(message))


def _elements(message: Block) -> Iterator[dict[str, Any]]:
    for block in message.get("blocks") or []:
        yield from block.get("elements") or []


class Once:
    """Posts the messages of one turn."""

    def __init__(self, outbox: Outbox, calls: Calls, pacing: Pacing, turn: Turn) -> None:
        self._calls = calls
        self._found = FoundReplies(outbox)
        self._pacing = pacing
        self._turn = turn
        self._unanswered = False

    async def post(self, drawn: Drawn, known: Collection[str]) -> str:
        """Post a message and return its `ts`; its call is counted by who asks. Raises SlackError.

        Where an earlier call was not answered, its message may stand: one that is not among the `known`
        is edited instead.
        """
        if self._unanswered and (standing := await self._found.unknown(self._turn, known)) is not None:
            await self._pacing.room(self._pacing.updates)
            await self._calls.update(standing, drawn)
            self._unanswered = False
            return standing
        try:
            ts = await self._calls.post(drawn)
        except SlackUnreachable as error:
            self._unanswered = not isinstance(error, Ratelimited)
            raise
        self._unanswered = False
        return ts
