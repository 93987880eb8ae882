"""Posting and editing a turn's messages, each once, and finding those that Slack took without answering."""

import asyncio
import contextlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import structlog

from bot.domain.errors import SlackError, SlackUnreachable
from bot.domain.turns import FoundMessages, Question, Turn
from bot.slack import actions
from bot.slack.client import RateLimited, StillStreaming, StreamEnded
from bot.slack.outbox import Outbox
from bot.slack.render.blocks import Block, RenderedMessage
from bot.slack.replies.rate_limits import WorkspaceRateLimits

log = structlog.get_logger(__name__)

METADATA_EVENT_TYPE = "pipeshub_turn"
"""What says in a message's metadata which turn it shows. Other apps of the workspace can read that."""


def turn_metadata(turn: str) -> Block:
    """Return the metadata by which a message of a turn is found again."""
    return {"event_type": METADATA_EVENT_TYPE, "event_payload": {"turn": turn}}


class NoStopCallLeftError(StillStreaming):
    """A stream is in the way, and no call is left to stop it with."""


class ReplyCalls:
    """Calls about the messages of one turn. Each is made now or not at all; who makes it has counted it."""

    def __init__(self, outbox: Outbox, rate_limits: WorkspaceRateLimits, turn: Turn) -> None:
        self._outbox = outbox
        self._rate_limits = rate_limits
        self._thread = turn.question.thread
        self._channel = turn.question.thread.channel
        self._metadata = turn_metadata(turn.id)

    async def post(self, drawn: RenderedMessage) -> str:
        """Post a message and return its `ts`. Raises SlackError."""
        with self._rate_limits.recording_refusals(self._rate_limits.posts(self._channel)):
            return await self._outbox.post_once(self._thread, drawn, self._metadata)

    async def update(self, ts: str, drawn: RenderedMessage) -> None:
        """Replace a message, the stream that began it stopped first if it is open. Raises SlackError.

        Open are the streams of processes that are no more, and of those whose end was not heard.
        """
        try:
            await self._update(ts, drawn)
        except StillStreaming:
            await self._stop_stream_first(ts)
            self._rate_limits.updates.spend(self._rate_limits.now())
            await self._update(ts, drawn)

    async def delete(self, ts: str) -> None:
        """Take a message away, its stream stopped first as in `update`. Raises SlackError."""
        try:
            await self._delete(ts)
        except StillStreaming:
            await self._stop_stream_first(ts)
            self._rate_limits.deletions.spend(self._rate_limits.now())
            await self._delete(ts)

    async def start(self, reader: str, chunks: Sequence[Block]) -> str:
        """Begin a message that grows and return its `ts`. Raises SlackError."""
        with self._rate_limits.recording_refusals(self._rate_limits.starts):
            return await self._outbox.start_stream(self._thread, reader, chunks)

    async def append(self, ts: str, chunks: Sequence[Block]) -> None:
        """Let a message grow. Raises SlackError."""
        with self._rate_limits.recording_refusals(self._rate_limits.appends):
            await self._outbox.append_stream(self._channel, ts, chunks)

    async def stop(self, ts: str, chunks: Sequence[Block] = (), blocks: Sequence[Block] = ()) -> None:
        """End a message that grew. Raises SlackError, StreamEnded where it had its end before."""
        with self._rate_limits.recording_refusals(self._rate_limits.stops):
            await self._outbox.stop_stream(self._channel, ts, chunks, blocks, self._metadata)

    async def _update(self, ts: str, drawn: RenderedMessage) -> None:
        with self._rate_limits.recording_refusals(self._rate_limits.updates):
            await self._outbox.update_once(self._channel, ts, drawn, self._metadata)

    async def _delete(self, ts: str) -> None:
        with self._rate_limits.recording_refusals(self._rate_limits.deletions):
            await self._outbox.delete(self._channel, ts)

    async def _stop_stream_first(self, ts: str) -> None:
        if not self._rate_limits.stops.try_spend(self._rate_limits.now()):
            raise NoStopCallLeftError("no chat.stopStream is left")
        with contextlib.suppress(StreamEnded):
            await self.stop(ts)


FIND_ATTEMPTS = 4
"""How often Slack is asked: who does not know what stands shows it once more."""

MAX_MESSAGES = 200
"""Messages after the question that are looked through, in one call: Slack allows some apps one a minute."""


class MessageFinder:
    """Looks for the messages of turns: by the metadata they have, or by the steps of one that grows."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def messages_of(self, turn: Turn) -> FoundMessages:
        """Return what stands of a turn. Raises SlackError where Slack does not tell, for all patience."""
        own = await self._own_messages(turn.question)
        mark = turn_metadata(turn.id)
        messages = sorted(
            (each for each in own if each.get("metadata") == mark or _was_streamed_for(each, turn.id)),
            key=lambda each: str(each["ts"]),
        )
        ended = bool(messages) and _has_button(messages[-1], actions.SHARE)
        return FoundMessages(tuple(str(each["ts"]) for each in messages), ended)

    async def find_unknown(self, turn: Turn, known: Collection[str] = ()) -> str | None:
        """Return a message of a turn that is not `known`, None where there is none or nobody may look.

        Raises SlackUnreachable where Slack does not tell now.
        """
        try:
            found = await self.messages_of(turn)
        except SlackUnreachable:
            raise
        except SlackError as error:
            log.info("reply.messages_unknown", turn=turn.id, reason=error.detail)
            return None
        return next((ts for ts in found.messages if ts not in known), None)

    async def _own_messages(self, question: Question) -> list[Block]:
        for attempt in range(1, FIND_ATTEMPTS):
            try:
                return await self._outbox.own_replies(question.thread, question.ts, MAX_MESSAGES)
            except SlackUnreachable as error:
                wait = error.retry_after if isinstance(error, RateLimited) else 0.5 * 2**attempt
                log.info("slack.call_retried", attempt=attempt, wait=wait, reason=error.detail)
                await asyncio.sleep(wait)
        return await self._outbox.own_replies(question.thread, question.ts, MAX_MESSAGES)


def _was_streamed_for(message: Block, name: str) -> bool:
    """Whether a message shows steps of the stream of this name, alone or in a plan."""
    blocks = message.get("blocks") or []
    cards = [each for block in blocks for each in (block, *(block.get("tasks") or []))]
    return any(str(each.get("task_id")).startswith(f"{name}-") for each in cards)


def _has_button(message: Block, action_id: str) -> bool:
    """Whether one of a message's buttons has this id."""
    return any(element.get("action_id") == action_id for element in _elements(message))


def _elements(message: Block) -> Iterator[dict[str, Any]]:
    for block in message.get("blocks") or []:
        yield from block.get("elements") or []


class PostOnce:
    """Posts the messages of one turn."""

    def __init__(
        self, outbox: Outbox, calls: ReplyCalls, rate_limits: WorkspaceRateLimits, turn: Turn
    ) -> None:
        self._calls = calls
        self._found = MessageFinder(outbox)
        self._rate_limits = rate_limits
        self._turn = turn
        self._unanswered = False

    async def post(self, drawn: RenderedMessage, known: Collection[str]) -> str:
        """Post a message and return its `ts`; its call is counted by who asks. Raises SlackError.

        Where an earlier call was not answered, its message may stand: one that is not among the `known`
        is edited instead.
        """
        if self._unanswered and (existing := await self._found.find_unknown(self._turn, known)) is not None:
            await self._rate_limits.wait_for_call(self._rate_limits.updates)
            await self._calls.update(existing, drawn)
            self._unanswered = False
            return existing
        try:
            ts = await self._calls.post(drawn)
        except SlackUnreachable as error:
            self._unanswered = not isinstance(error, RateLimited)
            raise
        self._unanswered = False
        return ts
