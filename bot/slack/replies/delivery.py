"""Which way an answer reaches Slack (edits or native streaming), and Slack's status line below a thread."""

import asyncio
import time
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, field, replace

import structlog
from cachetools import LRUCache

from bot.domain.conversations import DEFAULT_FOOTER, Answer, FooterState
from bot.domain.errors import SlackError, SlackRefused, SlackUnreachable
from bot.domain.turns import Question, ShownMessages, Thread, Turn, TurnState
from bot.flows.ports import Reply
from bot.slack.client import MethodUnavailable, RateLimited
from bot.slack.outbox import Outbox
from bot.slack.render.blocks import Block
from bot.slack.render.messages import render_mention_how_to
from bot.slack.render.streamed import stream_start
from bot.slack.replies.edited import EditedReplies
from bot.slack.replies.post import CallCrashedError, MessageFinder, ReplyCalls, WriterTask
from bot.slack.replies.rate_limits import AsyncEditScheduler, ReplySlot, WorkspaceRateLimits
from bot.slack.replies.streamed import STREAM_LIFETIME, SlackStream, StreamedReply

log = structlog.get_logger(__name__)

MAX_WORKSPACES = 10_000  # workspaces of which is remembered what Slack does not offer them

StreamPolicy = Callable[[WorkspaceRateLimits], bool]
"""Whether the next answer of a workspace should be streamed."""


def stream_when_possible(rate_limits: WorkspaceRateLimits) -> bool:
    """Return whether a stream can be started now, and stopped at its end."""
    return rate_limits.starts.left() > 0 and rate_limits.stops.left() > rate_limits.streams.slot_count


def stream_when_more_calls_left(rate_limits: WorkspaceRateLimits) -> bool:
    """Return whether a stream would show its reader more states of the answer than edits."""
    if not stream_when_possible(rate_limits):
        return False
    streams, edits = rate_limits.streams, rate_limits.edits
    return streams.spare_calls / (streams.slot_count + 1) > edits.spare_calls / (edits.slot_count + 1)


@dataclass(frozen=True, slots=True)
class _OpenReply:
    """A reply that is not written yet, and its slot, which a timer removes if it never is."""

    scheduler: AsyncEditScheduler
    slot: ReplySlot
    stream: SlackStream | None
    timer: asyncio.TimerHandle

    def release(self) -> None:
        self.timer.cancel()
        self.scheduler.remove_slot(self.slot)


STATUS_INTERVAL = 1.0  # seconds between two states of one thread; more could not be read
STATUS_TIMEOUT = 3.0  # seconds for one call, since the end of a turn waits for it


@dataclass(frozen=True)
class DeliveredReplies:
    """Opens each reply as a stream where the policy says so, or as an edited message.

    Only the process that started a stream, within its `lifetime` (seconds), adds to it: every other
    process edits the message, and so does this one once the answer is finished. In direct messages Slack's
    own status is added; in channels the placeholder says the same to everyone, under the question.
    """

    edited: EditedReplies
    stream_policy: StreamPolicy | None = None
    lifetime: float = STREAM_LIFETIME
    _open_replies: dict[str, _OpenReply] = field(default_factory=dict, init=False)
    _without_streams: LRUCache[str, bool] = field(
        default_factory=lambda: LRUCache(MAX_WORKSPACES), init=False
    )
    _without_status: LRUCache[str, bool] = field(default_factory=lambda: LRUCache(MAX_WORKSPACES), init=False)

    async def post_placeholder(self, turn: Turn) -> str:
        """Start a stream, or post a placeholder."""
        if self.stream_policy is None:
            return await self.edited.post_placeholder(turn)
        workspace = turn.question.thread.workspace
        rate_limits = self.edited.rate_limits[workspace]
        # A stream would end while its question waits in line.
        may_stream = not turn.questions_ahead and workspace not in self._without_streams
        if may_stream and self.stream_policy(rate_limits):
            ts = await self._start_stream(turn, rate_limits)
            if ts is not None:
                return ts
        slot = rate_limits.edits.add_slot()
        try:
            ts = await self.edited.post_placeholder(turn)
        except SlackError:
            rate_limits.edits.remove_slot(slot)
            raise
        self._remember(turn, rate_limits.edits, slot)
        return ts

    def for_turn(self, turn: Turn) -> Reply:
        """Return the reply of a turn."""
        reply, thread = self._reply_of(turn), turn.question.thread
        if not thread.channel.startswith("D") or thread.workspace in self._without_status:
            return reply
        return _ReplyWithStatus(reply, _ThreadStatus(self.edited.outbox, thread, self._without_status))

    async def post_how_to(self, question: Question) -> None:
        """Post a short how-to."""
        thread = question.thread
        await self.edited.outbox.post(thread.channel, render_mention_how_to(), thread.ts)

    def _reply_of(self, turn: Turn) -> Reply:
        placed = self._open_replies.pop(turn.id, None)
        if placed is None:
            return self.edited.for_turn(turn)
        if turn.state is not TurnState.WAITING:
            placed.release()
            return self.edited.for_turn(turn)
        placed.timer.cancel()
        if placed.stream is None:
            return self.edited.for_turn(turn, placed.slot)
        # Like a resumed reply, of which is unknown what it shows: the message is no placeholder.
        edited = self.edited.for_turn(replace(turn, state=TurnState.RUNNING))
        return StreamedReply(self._calls(turn), self.edited.frontend, placed.stream, edited)

    def _calls(self, turn: Turn) -> ReplyCalls:
        return self.edited.calls(turn)

    async def _start_stream(self, turn: Turn, rate_limits: WorkspaceRateLimits) -> str | None:
        """Start a stream and return its `ts`, None where there is none.

        Raises SlackUnreachable where one may exist: a placeholder beside it would show the turn twice.
        """
        rate_limits.starts.spend()
        slot, ts = rate_limits.streams.add_slot(), None
        shown, chunks = stream_start(turn.id)
        try:
            ts = await self._start_or_find_stream(turn, chunks)
        finally:
            if ts is None:
                rate_limits.streams.remove_slot(slot)
        if ts is None:
            return None
        stream = SlackStream(ts, slot, time.monotonic() + self.lifetime, shown)
        self._remember(turn, rate_limits.streams, slot, stream)
        return ts

    async def _start_or_find_stream(self, turn: Turn, chunks: Sequence[Block]) -> str | None:
        """Start a stream, or find the one that an unanswered call started."""
        try:
            return await self._calls(turn).start(chunks)
        except SlackError as error:
            log.info("slack.stream_start_failed", turn=turn.id, reason=error.detail)
            if isinstance(error, MethodUnavailable):
                self._without_streams[turn.question.thread.workspace] = True
            may_exist = isinstance(error, SlackUnreachable | CallCrashedError)
            if isinstance(error, RateLimited) or not may_exist:
                return None
        return await MessageFinder(self.edited.outbox).find_unknown(turn)

    def _remember(
        self, turn: Turn, scheduler: AsyncEditScheduler, slot: ReplySlot, stream: SlackStream | None = None
    ) -> None:
        # Another process may claim the turn: then its reply is never asked for here.
        alarm = asyncio.get_running_loop().call_later(self.lifetime, self._forget, turn.id)
        self._open_replies[turn.id] = _OpenReply(scheduler, slot, stream, alarm)

    def _forget(self, turn_id: str) -> None:
        self._open_replies.pop(turn_id).release()


@dataclass(frozen=True)
class _ReplyWithStatus:
    """A reply whose thread says what is being done for it."""

    reply: Reply
    status: "_ThreadStatus"

    def show(self, answer: Answer) -> None:
        self.reply.show(answer)
        self.status.set("" if answer.text else status_text(answer.progress))

    async def finish(self, answer: Answer, footer: FooterState = DEFAULT_FOOTER) -> ShownMessages:
        shown, _ = await asyncio.gather(self.reply.finish(answer, footer), self.status.clear())
        return shown


@dataclass
class _ThreadStatus:
    """The status of one thread, set by one task at a time, so that none comes after its end.

    Notes the workspace in `refused` where Slack offers no status.
    """

    outbox: Outbox
    thread: Thread
    refused: MutableMapping[str, bool]
    _wanted: str = ""
    _said: str = ""
    _is_over: bool = False
    _writer: WriterTask = field(init=False)

    def __post_init__(self) -> None:
        self._writer = WriterTask(self._end)

    def set(self, status: str) -> None:
        """Say `status` soon; an empty one takes away what was said."""
        self._wanted = status
        if status != self._said and not self._is_over:
            self._writer.start(self._write)

    async def clear(self) -> None:
        """Take away what was said, after a call that is under way: an edit does not do that."""
        self._is_over = True
        await self._writer.end()
        if self._said:
            with self._writer.catching_crashes():
                await self._send("")

    def _end(self) -> None:
        self._is_over = True

    async def _write(self) -> None:
        while self._wanted != self._said:
            with self._writer.calling():
                await self._send(self._wanted)
            if self._is_over:
                return
            await asyncio.sleep(STATUS_INTERVAL)

    async def _send(self, status: str) -> None:
        self._said = status
        try:
            async with asyncio.timeout(STATUS_TIMEOUT):
                await self.outbox.set_status(self.thread, status)
        except SlackRefused as error:
            log.info("slack.status_refused", reason=error.detail)
            self._said, self._is_over = "", True
            self.refused[self.thread.workspace] = True
        except (SlackError, TimeoutError) as error:
            log.info("slack.status_failed", reason=getattr(error, "detail", "it took too long"))


def status_text(doing: str) -> str:
    """Return a progress text as Slack shows it after the bot's name: "is searching …"."""
    if not doing:
        return ""
    first = doing.split(maxsplit=1)[0]
    if first.endswith("ing"):
        return f"is {doing[0].lower()}{doing[1:]}…"
    return f"is at work: {doing}"
