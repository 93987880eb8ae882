"""Which way an answer reaches Slack (edits or native streaming), and Slack's status line below a thread."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.domain.conversations import DEFAULT_FOOTER, Answer, FooterState
from bot.domain.errors import SlackError, SlackRefused, SlackUnreachable
from bot.domain.turns import Question, ShownMessages, Thread, Turn, TurnState
from bot.flows.answers.reply import Replies, Reply
from bot.slack.client import MethodUnavailable, RateLimited
from bot.slack.outbox import Outbox
from bot.slack.render import streamed
from bot.slack.render.blocks import Block
from bot.slack.replies.edited import EditedReplies
from bot.slack.replies.post import MessageFinder, ReplyCalls
from bot.slack.replies.rate_limits import AsyncEditScheduler, ReplySlot, WorkspaceRateLimits
from bot.slack.replies.streamed import STREAM_LIFETIME, SlackStream, StreamedReply

log = structlog.get_logger(__name__)

StreamPolicy = Callable[[WorkspaceRateLimits], bool]
"""Whether the next answer of a workspace is to be streamed."""


def stream_when_possible(rate_limits: WorkspaceRateLimits) -> bool:
    """Wish for a stream while one can be started, and stopped at its end."""
    now = rate_limits.now()
    return rate_limits.starts.left(now) > 0 and rate_limits.stops.left(now) > rate_limits.streams.slot_count


def stream_when_more_calls_left(rate_limits: WorkspaceRateLimits) -> bool:
    """Wish for a stream where its reader would see more pictures than with edits."""
    if not stream_when_possible(rate_limits):
        return False
    streams, edits = rate_limits.streams, rate_limits.edits
    return streams.spare_calls / (streams.slot_count + 1) > edits.spare_calls / (edits.slot_count + 1)


@dataclass(frozen=True, slots=True)
class _OpenReply:
    """A reply that nobody has begun to write, and its place on a floor, which is given up in time."""

    scheduler: AsyncEditScheduler
    slot: ReplySlot
    stream: SlackStream | None
    timer: asyncio.TimerHandle

    def release(self) -> None:
        self.timer.cancel()
        self.scheduler.remove_slot(self.slot)


class DeliveredReplies:
    """Opens each reply the way that suits it; from then on it is known in this process alone.

    Every other process edits the message, and so does this one once the answer is finished.
    """

    def __init__(
        self,
        outbox: Outbox,
        rate_limits: Mapping[str, WorkspaceRateLimits],
        frontend: str,
        edited: EditedReplies,
        stream_policy: StreamPolicy,
        lifetime: float = STREAM_LIFETIME,
    ) -> None:
        """Stream where `wish` says so, for `lifetime` seconds, through `outbox` at each workspace's pace."""
        self._outbox = outbox
        self._rate_limits = rate_limits
        self._frontend = frontend
        self._found = MessageFinder(outbox)
        self._edited = edited
        self._stream_policy = stream_policy
        self._lifetime = lifetime
        self._open_replies: dict[str, _OpenReply] = {}
        self._without_streams: set[str] = set()

    async def post_placeholder(self, turn: Turn) -> str:
        """Start a stream, or post a placeholder."""
        workspace = turn.question.thread.workspace
        rate_limits = self._rate_limits[workspace]
        # A stream would end while its question waits in line.
        if (
            not turn.questions_ahead
            and workspace not in self._without_streams
            and self._stream_policy(rate_limits)
        ):
            ts = await self._start_stream(turn, rate_limits)
            if ts is not None:
                return ts
        slot = rate_limits.edits.add_slot()
        try:
            ts = await self._edited.post_placeholder(turn)
        except SlackError:
            rate_limits.edits.remove_slot(slot)
            raise
        self._remember(turn, rate_limits.edits, slot)
        return ts

    def for_turn(self, turn: Turn) -> Reply:
        """Return the reply of a turn."""
        placed = self._open_replies.pop(turn.id, None)
        if placed is None:
            return self._edited.for_turn(turn)
        if turn.state is not TurnState.WAITING:
            placed.release()
            return self._edited.for_turn(turn)
        placed.timer.cancel()
        if placed.stream is None:
            return self._edited.for_turn(turn, placed.slot)
        rate_limits = self._rate_limits[turn.question.thread.workspace]
        calls = ReplyCalls(self._outbox, rate_limits, turn)
        # As one taken over, of which nobody knows what it shows: the message is no placeholder.
        edited = self._edited.for_turn(replace(turn, state=TurnState.RUNNING))
        return StreamedReply(calls, rate_limits, self._frontend, turn, placed.stream, edited)

    async def post_how_to(self, question: Question) -> None:
        """Post a short how-to."""
        await self._edited.post_how_to(question)

    async def _start_stream(self, turn: Turn, rate_limits: WorkspaceRateLimits) -> str | None:
        """Start a stream and return its `ts`, None where there is none.

        Raises SlackUnreachable where one may stand: a placeholder beside it would show the turn twice.
        """
        rate_limits.starts.spend(rate_limits.now())
        slot, ts = rate_limits.streams.add_slot(), None
        shown, chunks = streamed.stream_start(turn.id)
        try:
            ts = await self._start_or_find_stream(turn, ReplyCalls(self._outbox, rate_limits, turn), chunks)
        finally:
            if ts is None:
                rate_limits.streams.remove_slot(slot)
        if ts is None:
            return None
        stream = SlackStream(ts, slot, rate_limits.now() + self._lifetime, shown)
        self._remember(turn, rate_limits.streams, slot, stream)
        return ts

    async def _start_or_find_stream(
        self, turn: Turn, calls: ReplyCalls, chunks: Sequence[Block]
    ) -> str | None:
        """Start a stream, or find the one that a call started which Slack did not answer."""
        try:
            return await calls.start(turn.question.asker, chunks)
        except SlackError as error:
            log.info("slack.stream_start_failed", turn=turn.id, reason=error.detail)
            if isinstance(error, MethodUnavailable):
                self._without_streams.add(turn.question.thread.workspace)
            if isinstance(error, RateLimited) or not isinstance(error, SlackUnreachable):
                return None
        return await self._found.find_unknown(turn)

    def _remember(
        self, turn: Turn, scheduler: AsyncEditScheduler, slot: ReplySlot, stream: SlackStream | None = None
    ) -> None:
        # Another process may take the turn: then nobody asks here for its reply.
        alarm = asyncio.get_running_loop().call_later(self._lifetime, self._forget, turn.id)
        self._open_replies[turn.id] = _OpenReply(scheduler, slot, stream, alarm)

    def _forget(self, turn_id: str) -> None:
        self._open_replies.pop(turn_id).release()


STATUS_INTERVAL = 1.0
"""Seconds between two states of one thread; sooner nobody could read them."""

STATUS_TIMEOUT = 3.0
"""Seconds for one call, since the end of a turn waits for it."""


class RepliesWithStatus:
    """Adds Slack's own status to the replies in direct messages.

    In channels it is left out: there the placeholder says the same to everybody, under the question.
    """

    def __init__(self, replies: Replies, outbox: Outbox) -> None:
        """Open replies as `replies` does."""
        self._replies = replies
        self._outbox = outbox
        self._refused: set[str] = set()

    async def post_placeholder(self, turn: Turn) -> str:
        """Post the message that will show the answer and return its `ts`."""
        return await self._replies.post_placeholder(turn)

    def for_turn(self, turn: Turn) -> Reply:
        """Return the reply of a turn."""
        reply = self._replies.for_turn(turn)
        thread = turn.question.thread
        if not thread.channel.startswith("D") or thread.workspace in self._refused:
            return reply
        return _ReplyWithStatus(
            reply, _ThreadStatus(self._outbox, thread, lambda: self._refused.add(thread.workspace))
        )

    async def post_how_to(self, question: Question) -> None:
        """Answer somebody who asked nothing with a short how-to."""
        await self._replies.post_how_to(question)


class _ReplyWithStatus:
    """A reply whose thread says what is done for it."""

    def __init__(self, reply: Reply, status: "_ThreadStatus") -> None:
        self._reply = reply
        self._status = status

    def show(self, answer: Answer) -> None:
        self._reply.show(answer)
        self._status.set("" if answer.text else status_text(answer.progress))

    async def finish(self, answer: Answer, footer: FooterState = DEFAULT_FOOTER) -> ShownMessages:
        shown, _ = await asyncio.gather(self._reply.finish(answer, footer), self._status.clear())
        return shown

    async def redraw(self, answer: Answer, footer: FooterState) -> None:
        await self._reply.redraw(answer, footer)

    async def delete_leftovers(self) -> tuple[str, ...]:
        return await self._reply.delete_leftovers()


class _ThreadStatus:
    """The status of one thread, set by one task at a time, so that none comes after its end."""

    def __init__(self, outbox: Outbox, thread: Thread, refused: Callable[[], None]) -> None:
        self._outbox = outbox
        self._thread = thread
        self._refused = refused
        self._wanted = ""
        self._said = ""
        self._teller: asyncio.Task[None] | None = None
        self._calling = False
        self._ended = False

    def set(self, status: str) -> None:
        """Say `status` soon; an empty one takes away what was said."""
        self._wanted = status
        if status != self._said and not self._ended and (self._teller is None or self._teller.done()):
            self._teller = asyncio.create_task(self._tell())

    async def clear(self) -> None:
        """Take away what was said, after a call that is under way: an edit does not do that."""
        self._ended = True
        if self._teller is not None:
            if not self._calling:
                self._teller.cancel()
            await asyncio.wait([self._teller])
        if self._said:
            await self._send("")

    async def _tell(self) -> None:
        while self._wanted != self._said:
            await self._send(self._wanted)
            if self._ended:
                return
            await asyncio.sleep(STATUS_INTERVAL)

    async def _send(self, status: str) -> None:
        self._calling = True
        self._said = status
        try:
            async with asyncio.timeout(STATUS_TIMEOUT):
                await self._outbox.set_status(self._thread, status)
        except SlackRefused as error:
            log.info("slack.status_refused", reason=error.detail)
            self._said, self._ended = "", True
            self._refused()
        except (SlackError, TimeoutError) as error:
            log.info("slack.status_failed", reason=getattr(error, "detail", "it took too long"))
        finally:
            self._calling = False


def status_text(doing: str) -> str:
    """Return what is being done as Slack says it after the bot's name: "is searching …"."""
    if not doing:
        return ""
    first = doing.split(maxsplit=1)[0]
    if first.endswith("ing"):
        return f"is {doing[0].lower()}{doing[1:]}…"
    return f"is at work: {doing}"
