"""Which way an answer reaches Slack (edits or native streaming), and Slack's status line below a thread."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.domain.conversations import STANDS_ALONE, Answer, Standing
from bot.domain.errors import SlackError, SlackRefused, SlackUnreachable
from bot.domain.turns import Question, Shown, Thread, Turn, TurnState
from bot.flows.answers.reply import Replies, Reply
from bot.slack.client import NotOffered, Ratelimited
from bot.slack.outbox import Outbox
from bot.slack.render import streamed
from bot.slack.render.blocks import Block
from bot.slack.replies.edited import EditedReplies
from bot.slack.replies.post import Calls, FoundReplies
from bot.slack.replies.rate_limits import Pacing, Speaker, Turnstile
from bot.slack.replies.streamed import LIFETIME, NativeReply, Stream

log = structlog.get_logger(__name__)

Wish = Callable[[Pacing], bool]
"""Whether the next answer of a workspace is to be streamed."""


def whenever_possible(pacing: Pacing) -> bool:
    """Wish for a stream while one can be started, and stopped at its end."""
    now = pacing.now()
    return pacing.starts.left(now) > 0 and pacing.stops.left(now) > pacing.streams.speakers


def where_more_is_left(pacing: Pacing) -> bool:
    """Wish for a stream where its reader would see more pictures than with edits."""
    if not whenever_possible(pacing):
        return False
    streams, edits = pacing.streams, pacing.edits
    return streams.spare / (streams.speakers + 1) > edits.spare / (edits.speakers + 1)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A reply that nobody has begun to write, and its place on a floor, which is given up in time."""

    floor: Turnstile
    speaker: Speaker
    stream: Stream | None
    alarm: asyncio.TimerHandle

    def leave(self) -> None:
        self.alarm.cancel()
        self.floor.leave(self.speaker)


class ChosenReplies:
    """Opens each reply the way that suits it; from then on it is known in this process alone.

    Every other process edits the message, and so does this one once the answer is finished.
    """

    def __init__(
        self,
        outbox: Outbox,
        paces: Mapping[str, Pacing],
        frontend: str,
        edited: EditedReplies,
        wish: Wish,
        lifetime: float = LIFETIME,
    ) -> None:
        """Stream where `wish` says so, for `lifetime` seconds, through `outbox` at each workspace's pace."""
        self._outbox = outbox
        self._paces = paces
        self._frontend = frontend
        self._found = FoundReplies(outbox)
        self._edited = edited
        self._wish = wish
        self._lifetime = lifetime
        self._placed: dict[str, _Placed] = {}
        self._refused: set[str] = set()

    async def place(self, turn: Turn) -> str:
        """Start a stream, or post a placeholder."""
        workspace = turn.question.thread.workspace
        pacing = self._paces[workspace]
        # A stream would end while its question waits in line.
        if not turn.ahead and workspace not in self._refused and self._wish(pacing):
            ts = await self._started(turn, pacing)
            if ts is not None:
                return ts
        speaker = pacing.edits.enter()
        try:
            ts = await self._edited.place(turn)
        except SlackError:
            pacing.edits.leave(speaker)
            raise
        self._remember(turn, pacing.edits, speaker)
        return ts

    def of(self, turn: Turn) -> Reply:
        """Return the reply of a turn."""
        placed = self._placed.pop(turn.id, None)
        if placed is None:
            return self._edited.of(turn)
        if turn.state is not TurnState.WAITING:
            placed.leave()
            return self._edited.of(turn)
        placed.alarm.cancel()
        if placed.stream is None:
            return self._edited.of(turn, placed.speaker)
        pacing = self._paces[turn.question.thread.workspace]
        calls = Calls(self._outbox, pacing, turn)
        # As one taken over, of which nobody knows what it shows: the message is no placeholder.
        edited = self._edited.of(replace(turn, state=TurnState.RUNNING))
        return NativeReply(calls, pacing, self._frontend, turn, placed.stream, edited)

    async def explain(self, question: Question) -> None:
        """Post a short how-to."""
        await self._edited.explain(question)

    async def _started(self, turn: Turn, pacing: Pacing) -> str | None:
        """Start a stream and return its `ts`, None where there is none.

        Raises SlackUnreachable where one may stand: a placeholder beside it would show the turn twice.
        """
        pacing.starts.spend(pacing.now())
        speaker, ts = pacing.streams.enter(), None
        shown, chunks = streamed.begun(turn.id)
        try:
            ts = await self._begun(turn, Calls(self._outbox, pacing, turn), chunks)
        finally:
            if ts is None:
                pacing.streams.leave(speaker)
        if ts is None:
            return None
        stream = Stream(ts, speaker, pacing.now() + self._lifetime, shown)
        self._remember(turn, pacing.streams, speaker, stream)
        return ts

    async def _begun(self, turn: Turn, calls: Calls, chunks: Sequence[Block]) -> str | None:
        """Start a stream, or find the one that a call started which Slack did not answer."""
        try:
            return await calls.start(turn.question.asker, chunks)
        except SlackError as error:
            log.info("no stream could be started", turn=turn.id, reason=error.detail)
            if isinstance(error, NotOffered):
                self._refused.add(turn.question.thread.workspace)
            if isinstance(error, Ratelimited) or not isinstance(error, SlackUnreachable):
                return None
        return await self._found.unknown(turn)

    def _remember(self, turn: Turn, floor: Turnstile, speaker: Speaker, stream: Stream | None = None) -> None:
        # Another process may take the turn: then nobody asks here for its reply.
        alarm = asyncio.get_running_loop().call_later(self._lifetime, self._forget, turn.id)
        self._placed[turn.id] = _Placed(floor, speaker, stream, alarm)

    def _forget(self, turn_id: str) -> None:
        self._placed.pop(turn_id).leave()


PAUSE = 1.0
"""Seconds between two states of one thread; sooner nobody could read them."""

PATIENCE = 3.0
"""Seconds for one call, since the end of a turn waits for it."""


class AnnouncedReplies:
    """Adds Slack's own status to the replies in direct messages.

    In channels it is left out: there the placeholder says the same to everybody, under the question.
    """

    def __init__(self, replies: Replies, outbox: Outbox) -> None:
        """Open replies as `replies` does."""
        self._replies = replies
        self._outbox = outbox
        self._refused: set[str] = set()

    async def place(self, turn: Turn) -> str:
        """Post the message that will show the answer and return its `ts`."""
        return await self._replies.place(turn)

    def of(self, turn: Turn) -> Reply:
        """Return the reply of a turn."""
        reply = self._replies.of(turn)
        thread = turn.question.thread
        if not thread.channel.startswith("D") or thread.workspace in self._refused:
            return reply
        return _Announced(reply, _Status(self._outbox, thread, lambda: self._refused.add(thread.workspace)))

    async def explain(self, question: Question) -> None:
        """Answer somebody who asked nothing with a short how-to."""
        await self._replies.explain(question)


class _Announced:
    """A reply whose thread says what is done for it."""

    def __init__(self, reply: Reply, status: "_Status") -> None:
        self._reply = reply
        self._status = status

    def show(self, answer: Answer) -> None:
        self._reply.show(answer)
        self._status.say("" if answer.text else sentence(answer.doing))

    async def finish(self, answer: Answer, standing: Standing = STANDS_ALONE) -> Shown:
        shown, _ = await asyncio.gather(self._reply.finish(answer, standing), self._status.end())
        return shown

    async def redraw(self, answer: Answer, standing: Standing) -> None:
        await self._reply.redraw(answer, standing)

    async def clear(self) -> tuple[str, ...]:
        return await self._reply.clear()


class _Status:
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

    def say(self, status: str) -> None:
        """Say `status` soon; an empty one takes away what was said."""
        self._wanted = status
        if status != self._said and not self._ended and (self._teller is None or self._teller.done()):
            self._teller = asyncio.create_task(self._tell())

    async def end(self) -> None:
        """Take away what was said, after a call that is under way: an edit does not do that."""
        self._ended = True
        if self._teller is not None:
            if not self._calling:
                self._teller.cancel()
            await asyncio.wait([self._teller])
        if self._said:
            await self._set("")

    async def _tell(self) -> None:
        while self._wanted != self._said:
            await self._set(self._wanted)
            if self._ended:
                return
            await asyncio.sleep(PAUSE)

    async def _set(self, status: str) -> None:
        self._calling = True
        self._said = status
        try:
            async with asyncio.timeout(PATIENCE):
                await self._outbox.set_status(self._thread, status)
        except SlackRefused as error:
            log.info("no status in this workspace", reason=error.detail)
            self._said, self._ended = "", True
            self._refused()
        except (SlackError, TimeoutError) as error:
            log.info("a status is left out", reason=getattr(error, "detail", "it took too long"))
        finally:
            self._calling = False


def sentence(doing: str) -> str:
    """Return what is being done as Slack says it after the bot's name: "is searching …"."""
    if not doing:
        return ""
    first = doing.split(maxsplit=1)[0]
    if first.endswith("ing"):
        return f"is {doing[0].lower()}{doing[1:]}…"
    return f"is at work: {doing}"
