"""Posting and editing a turn's messages, each once, and finding those that Slack took without answering."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import structlog

from bot.domain.conversations import Answer
from bot.domain.errors import BotError, ReplyTargetGone, SlackError, SlackRefused, SlackUnreachable
from bot.domain.turns import FoundMessages, Turn
from bot.log import new_incident
from bot.slack import actions
from bot.slack.client import RateLimited, StillStreaming, StreamEnded, with_retries
from bot.slack.outbox import Outbox
from bot.slack.render.blocks import Block, RenderedMessage
from bot.slack.replies.rate_limits import RateLimit, WorkspaceRateLimits

log = structlog.get_logger(__name__)

T = TypeVar("T")

METADATA_EVENT_TYPE = "pipeshub_turn"
"""The metadata that marks a message of a turn. Other apps of the workspace can read it."""

DRAWN_AT_ONCE = 3_000
"""Characters of an answer that are drawn in the event loop: whatever they are, it takes milliseconds."""


async def draw_beside_loop(answer: Answer, draw: Callable[[], T]) -> T:
    """Return what `draw` makes of an answer; in a thread where it is long, so that the event loop goes on."""
    return draw() if len(answer.text) <= DRAWN_AT_ONCE else await asyncio.to_thread(draw)


def turn_metadata(turn: str) -> Block:
    """Return the metadata by which a message of a turn is found again."""
    return {"event_type": METADATA_EVENT_TYPE, "event_payload": {"turn": turn}}


@dataclass
class WriterTask:
    """One task that calls Slack, so that no older state of a message follows a newer one.

    `on_crash` is called after an error that was not foreseen, and goes on in a plainer way.
    """

    on_crash: Callable[[], None]
    _task: asyncio.Task[None] | None = field(default=None, init=False)
    _is_calling: bool = field(default=False, init=False)

    def start(self, write: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Start writing if nothing is written; return whether it was started."""
        if self._task is not None and not self._task.done():
            return False
        self._task = asyncio.create_task(self._write(write))
        return True

    @contextlib.contextmanager
    def calling(self) -> Iterator[None]:
        """Let the calls in the block end before the writer does."""
        self._is_calling = True
        try:
            yield
        finally:
            self._is_calling = False

    @contextlib.contextmanager
    def catching_crashes(self) -> Iterator[None]:
        """Log what the block did not foresee, and go on in the plainer way."""
        try:
            yield
        except BotError as error:
            log.info("reply.writer_failed", error=error.reason, reason=error.detail)
            self.on_crash()
        except Exception:
            log.exception("reply.writer_crashed", incident=new_incident())
            self.on_crash()

    async def end(self) -> None:
        """Wait for calls under way, or cancel the task where it is between them."""
        if self._task is not None:
            if not self._is_calling:
                self._task.cancel()
            await asyncio.wait([self._task])

    async def _write(self, write: Callable[[], Coroutine[Any, Any, None]]) -> None:
        with self.catching_crashes():
            await write()


class CallCrashedError(SlackRefused):
    """A call failed in a way that was not foreseen; the log has the cause under the incident in `detail`."""


@contextlib.contextmanager
def crashes_as_refusals(method: str) -> Iterator[None]:
    """Raise CallCrashedError for what a call raises that is no error of the bot's, as Slack's client may."""
    try:
        yield
    except BotError:
        raise
    except Exception as error:
        code = new_incident()
        log.exception("slack.call_crashed", method=method, incident=code)
        raise CallCrashedError(f"{method}: incident {code}") from error


class NoStopCallLeftError(StillStreaming):
    """A stream is in the way, and no call is left to stop it with."""


FIND_ATTEMPTS = 4
"""How often Slack is asked which messages exist: without knowing, the answer is posted once more."""

MAX_MESSAGES = 200
"""Messages after the question that are looked through, in one call: Slack allows some apps one a minute."""


@dataclass(frozen=True)
class MessageFinder:
    """Finds the messages of turns by their metadata, or by the task ids of their stream."""

    outbox: Outbox

    async def messages_of(self, turn: Turn) -> FoundMessages:
        """Return the messages of a turn. Raises SlackError where Slack does not tell, after all retries."""
        question = turn.question
        look = partial(self.outbox.own_replies, question.thread, question.ts, MAX_MESSAGES)
        own = await with_retries("conversations.replies", look, FIND_ATTEMPTS)
        mark = turn_metadata(turn.id)
        messages = sorted(
            (each for each in own if each.get("metadata") == mark or _was_streamed_for(each, turn.id)),
            key=lambda each: str(each["ts"]),
        )
        ended = bool(messages) and _has_button(messages[-1], actions.SHARE)
        return FoundMessages(tuple(str(each["ts"]) for each in messages), ended)

    async def find_unknown(self, turn: Turn, known: Collection[str] = ()) -> str | None:
        """Return a message of a turn that is not `known`, None where there is none or Slack refuses to tell.

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


def _was_streamed_for(message: Block, turn: str) -> bool:
    """Whether a message shows tasks of a turn's stream, alone or in a plan."""
    blocks = message.get("blocks") or []
    cards = [each for block in blocks for each in (block, *(block.get("tasks") or []))]
    return any(str(each.get("task_id")).startswith(f"{turn}-") for each in cards)


def _has_button(message: Block, action_id: str) -> bool:
    blocks = message.get("blocks") or []
    elements = [element for block in blocks for element in block.get("elements") or []]
    return any(element.get("action_id") == action_id for element in elements)


@dataclass
class ReplyCalls:
    """Calls about the messages of one turn. Each is made now or not at all; the caller has counted it.

    Those that show something raise LeaseLost where another worker may have the turn.
    """

    outbox: Outbox
    rate_limits: WorkspaceRateLimits
    turn: Turn
    check_lease: Callable[[Turn], None]
    _is_post_unanswered: bool = field(default=False, init=False)

    @property
    def channel(self) -> str:
        """The channel of the turn's messages."""
        return self.turn.question.thread.channel

    async def post(self, drawn: RenderedMessage, known: Collection[str]) -> str:
        """Post a message and return its `ts`. Raises SlackError.

        Where Slack did not answer an earlier call, its message may exist: one that is not among the
        `known` is edited instead.
        """
        if self._is_post_unanswered:
            ts = await MessageFinder(self.outbox).find_unknown(self.turn, known)
            if ts is not None:
                await self.rate_limits.updates.wait_for_call()
                await self.update(ts, drawn)
                self._is_post_unanswered = False
                return ts
        try:
            with (
                crashes_as_refusals("chat.postMessage"),
                self.rate_limits.posts(self.channel).recording_refusals(),
            ):
                self.check_lease(self.turn)
                ts = await self.outbox.post_once(
                    self.turn.question.thread, drawn, turn_metadata(self.turn.id)
                )
        except (SlackUnreachable, CallCrashedError) as error:
            self._is_post_unanswered = not isinstance(error, RateLimited)
            raise
        self._is_post_unanswered = False
        return ts

    async def update(self, ts: str, drawn: RenderedMessage) -> None:
        """Replace a message. Raises SlackError."""
        call = partial(self.outbox.update_once, self.channel, ts, drawn, turn_metadata(self.turn.id))
        self.check_lease(self.turn)
        with crashes_as_refusals("chat.update"):
            await self._change(ts, self.rate_limits.updates, call)

    async def is_deleted(self, ts: str) -> bool:
        """Return whether a message is not in its thread any more; no, where Slack does not tell."""
        try:
            return await self.outbox.message(self.turn.question.thread, ts) is None
        except ReplyTargetGone:
            return True
        except SlackError as error:
            log.info("slack.message_unknown", turn=self.turn.id, reason=error.detail)
            return False

    async def delete(self, ts: str) -> None:
        """Delete a message. Raises SlackError."""
        with crashes_as_refusals("chat.delete"):
            call = partial(self.outbox.delete, self.channel, ts)
            await self._change(ts, self.rate_limits.deletions, call)

    async def start(self, chunks: Sequence[Block]) -> str:
        """Start a stream and return its message's `ts`. Raises SlackError.

        The asker sees it being written; in channels Slack requires such a reader.
        """
        self.check_lease(self.turn)
        question = self.turn.question
        with crashes_as_refusals("chat.startStream"), self.rate_limits.starts.recording_refusals():
            response = await self.outbox.client.chat_startStream(
                channel=self.channel,
                thread_ts=question.thread.ts,
                recipient_user_id=question.asker,
                recipient_team_id=question.thread.workspace,
                chunks=chunks,
            )
        return str(response["ts"])

    async def append(self, ts: str, chunks: Sequence[Block]) -> None:
        """Add to a stream. Raises SlackError."""
        self.check_lease(self.turn)
        with crashes_as_refusals("chat.appendStream"), self.rate_limits.appends.recording_refusals():
            await self.outbox.client.chat_appendStream(channel=self.channel, ts=ts, chunks=chunks)

    async def stop(self, ts: str, chunks: Sequence[Block] = (), blocks: Sequence[Block] = ()) -> None:
        """Stop a stream, with its last chunks and the blocks below them.

        Raises SlackError, StreamEnded where it was stopped before.
        """
        self.check_lease(self.turn)
        with crashes_as_refusals("chat.stopStream"), self.rate_limits.stops.recording_refusals():
            await self.outbox.client.chat_stopStream(
                channel=self.channel,
                ts=ts,
                chunks=list(chunks) or None,
                blocks=list(blocks) or None,
                metadata=turn_metadata(self.turn.id),
            )

    async def _change(self, ts: str, rate_limit: RateLimit, call: Callable[[], Awaitable[None]]) -> None:
        """Edit or delete a message; a stream that is still open in it is stopped first.

        Streams stay open when their process was killed, or when Slack did not answer the call that stops.
        """
        try:
            with rate_limit.recording_refusals():
                await call()
        except StillStreaming:
            if not self.rate_limits.stops.try_spend():
                raise NoStopCallLeftError("no chat.stopStream is left") from None
            with contextlib.suppress(StreamEnded):
                await self.stop(ts)
            rate_limit.spend()
            with rate_limit.recording_refusals():
                await call()
