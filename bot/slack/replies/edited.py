"""Replies that fill by being edited, placeholders of waiting questions, and stripping buttons."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import structlog

from bot.domain.conversations import STANDS_ALONE, Answer, Standing, waiting
from bot.domain.errors import ReplyGone, SlackError, SlackRefused, SlackUnreachable
from bot.domain.turns import Question, Shown, Turn, TurnState
from bot.slack.client import Ratelimited
from bot.slack.outbox import Outbox
from bot.slack.render import answer as render
from bot.slack.render import messages as notices
from bot.slack.render.blocks import Drawn
from bot.slack.replies.post import Calls, Once, StopsSpentError
from bot.slack.replies.rate_limits import Pacing, Speaker, Urgency, Way

log = structlog.get_logger(__name__)


class BaredReplies:
    """Takes the buttons off replies whose text nobody but Slack has."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def bare(self, turn: Turn) -> None:
        """Take the buttons off the reply of a turn.

        One that Slack does not give keeps them: what they do is checked when they are pressed.
        """
        ts = turn.bearing_ts
        if ts is None:
            return
        try:
            message = await self._outbox.message(turn.question.thread, ts)
            if message is None:
                return
            kept = tuple(each for each in message.get("blocks") or () if each.get("type") != "actions")
            drawn = Drawn(str(message.get("text") or "…"), kept)
            await self._outbox.update_once(turn.question.thread.channel, ts, drawn)
        except SlackError as error:
            log.info("a reply keeps its buttons", turn=turn.id, reason=error.detail)


Grown = Callable[[Turn, Sequence[str]], Awaitable[None]]

T = TypeVar("T")

ATTEMPTS = 5
"""How often something is sent that must arrive."""


class EditedReplies:
    """Opens replies as ordinary messages."""

    def __init__(self, outbox: Outbox, paces: Mapping[str, Pacing], frontend: str, grown: Grown) -> None:
        """Send through `outbox` at each workspace's pace; relative links lead to `frontend`.

        `grown` notes the messages that a long answer goes on in.
        """
        self._outbox = outbox
        self._paces = paces
        self._frontend = frontend
        self._grown = grown

    async def place(self, turn: Turn) -> str:
        """Post the placeholder."""
        return await self.of(turn).place()

    def of(self, turn: Turn, speaker: Speaker | None = None) -> "EditedReply":
        """Return the reply of a turn, on the floor already where it comes with its `speaker`."""
        pacing = self._paces[turn.question.thread.workspace]
        return EditedReply(self._outbox, pacing, self._frontend, turn, self._grown, speaker)

    async def explain(self, question: Question) -> None:
        """Post a short how-to."""
        await self._outbox.post(question.thread, notices.how_to())


class EditedReply:
    """Messages edited by one task at a time, so that no older picture follows a newer one."""

    def __init__(
        self,
        outbox: Outbox,
        pacing: Pacing,
        frontend: str,
        turn: Turn,
        grown: Grown,
        speaker: Speaker | None = None,
    ) -> None:
        self._calls = Calls(outbox, pacing, turn)
        self._once = Once(outbox, self._calls, pacing, turn)
        self._pacing = pacing
        self._frontend = frontend
        self._turn = turn
        self._grown = grown
        self._channel = turn.question.thread.channel
        self._messages = [turn.reply_ts, *turn.further_ts] if turn.reply_ts else []
        self._shown: dict[str, Drawn] = {}
        if turn.state is TurnState.WAITING and turn.reply_ts and not turn.regenerates:
            self._shown[turn.reply_ts] = self._waiting()
        self._newest: Answer | None = None
        self._writer: asyncio.Task[None] | None = None
        self._speaker = speaker
        self._speaking = False
        self._readable_at: float | None = None
        self._refused = False

    async def place(self) -> str:
        """Post the placeholder, once, and return its `ts`."""
        return await _insisting(partial(self._post, self._waiting()))

    def show(self, answer: Answer) -> None:
        """Show `answer` when it is this reply's turn, unless a newer one comes first."""
        if self._refused:
            return
        self._newest = answer
        self._speaker = self._speaker or self._pacing.edits.enter()
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write(self._speaker))
        else:
            self._pacing.edits.hurry(self._speaker, self._urgency(answer))

    async def finish(self, answer: Answer, standing: Standing = STANDS_ALONE) -> Shown:
        """Show the end, after any edit that is under way."""
        self._newest = None
        if self._writer is not None:
            if not self._speaking:
                self._writer.cancel()
            await asyncio.wait([self._writer])
        try:
            return await self._end(self._draw(answer, standing))
        finally:
            if self._speaker is not None:
                self._pacing.edits.leave(self._speaker)

    async def redraw(self, answer: Answer, standing: Standing) -> None:
        """Edit the message that bears the buttons."""
        last = self._draw(answer, standing)[-1]
        await _insisting(partial(self._edit, self._turn.bearing_ts or "", last))

    async def clear(self) -> tuple[str, ...]:
        """Delete leftover messages while there is room."""
        gone = []
        for ts in self._turn.leftover_ts:
            if not self._pacing.deletions.take(self._pacing.now()):
                break
            try:
                await self._calls.delete(ts)
            except (SlackUnreachable, StopsSpentError):
                break
            except SlackError as error:
                log.warning("a leftover message stays", turn=self._turn.id, reason=error.detail)
            gone.append(ts)
        return tuple(gone)

    def _draw(self, answer: Answer, standing: Standing = STANDS_ALONE) -> list[Drawn]:
        return render.drawn(answer, self._turn.id, standing, self._frontend)

    async def _write(self, speaker: Speaker) -> None:
        while self._newest is not None:
            if not self._changes(self._draw(self._newest)):
                self._newest = None
                return
            if not self._leaves_line():
                await self._pacing.edits.pass_with(speaker, self._urgency(self._newest))
            answer, self._newest = self._newest, None
            self._speaking = True
            try:
                await self._picture(self._draw(answer))
                # Text that is taken away again was not the answer's: the first of that is still to come.
                self._readable_at = (self._readable_at or time.time()) if answer.text else None
            except Ratelimited:
                self._newest = self._newest or answer
            except (ReplyGone, SlackRefused) as error:
                # What Slack refuses once it refuses again, except where a stream was in the way.
                self._refused = not isinstance(error, StopsSpentError)
                log.info("edit refused", turn=self._turn.id, reason=error.detail)
                if self._refused:
                    return
            except SlackError as error:
                # A picture that a newer one follows: the end is sent with patience, whatever happens here.
                log.info("edit failed", turn=self._turn.id, reason=error.detail)
            finally:
                self._speaking = False

    def _leaves_line(self) -> bool:
        """Return whether the placeholder says a place in line, which is over, and a call is left for that.

        It is counted. A place that is told while the answer is written is worse than a late ending.
        """
        says_place = self._turn.ahead and self._shown.get(self._messages[0]) == self._waiting()
        return bool(says_place) and self._pacing.updates.take(self._pacing.now())

    def _waiting(self) -> Drawn:
        (drawn,) = self._draw(waiting(self._turn.ahead))
        return drawn

    def _urgency(self, answer: Answer) -> Urgency:
        if not self._shown:
            return Urgency.FIRST_TEXT  # what stands there is of another answer
        if not answer.text:
            return Urgency.PROGRESS
        return Urgency.TEXT if self._readable_at else Urgency.FIRST_TEXT

    def _changes(self, drawn: Sequence[Drawn]) -> bool:
        return [self._shown.get(ts) for ts in self._messages[: len(drawn)]] != list(drawn)

    async def _picture(self, drawn: Sequence[Drawn]) -> None:
        """Show an answer on its way; before one message is cut, the next one comes."""
        standing = min(len(drawn), len(self._messages))
        for each in drawn[standing:]:
            self._messages.append(await self._post(each))
            await self._grown(self._turn, self._messages[1:])
        changed = [
            (ts, each)
            for ts, each in zip(self._messages, drawn[:standing], strict=False)
            if self._shown.get(ts) != each
        ]
        for number, (ts, each) in enumerate(reversed(changed)):
            if number:  # the first one was counted when this reply got the floor
                self._pacing.updates.spend(self._pacing.now())
            await self._replace(ts, each)

    async def _end(self, drawn: Sequence[Drawn]) -> Shown:
        """Show the last part first, which is the ending; the text above it is complete already."""
        *before, last = drawn
        messages, leftover = self._places(len(drawn))
        for each in drawn[len(messages) : -1]:
            messages.append(await _insisting(partial(self._post, each)))
        if len(messages) < len(drawn):
            messages.append(await _insisting(partial(self._post, last)))
        else:
            ending = await _insisting(partial(self._show_ending, messages[-1], last))
            if ending != messages[-1]:
                leftover.append(messages[-1])
                messages[-1] = ending
        for ts, each in zip(messages, before, strict=False):
            if self._shown.get(ts) != each:
                await _insisting(partial(self._edit, ts, each))
        return Shown(tuple(messages), tuple(leftover), self._readable_at)

    def _places(self, count: int) -> tuple[list[str], list[str]]:
        """Return the messages that show `count` parts, as far as they stand, and those that are to go."""
        if self._turn.ended:  # the last message bears the ending and keeps it
            return self._messages[-count:], self._messages[:-count]
        return self._messages[:count], self._messages[count:]

    async def _show_ending(self, ts: str, drawn: Drawn) -> str:
        """Show the ending in the message `ts`, or in a new one where no edit is left; return which."""
        if await self._pacing.ending(self._channel) is Way.EDIT:
            try:
                await self._replace(ts, drawn)
            except StopsSpentError:
                await self._pacing.room(self._pacing.posts(self._channel))
            else:
                return ts
        return await self._send(drawn)

    async def _edit(self, ts: str, drawn: Drawn) -> None:
        await self._pacing.room(self._pacing.updates)
        await self._replace(ts, drawn)

    async def _post(self, drawn: Drawn) -> str:
        await self._pacing.room(self._pacing.posts(self._channel))
        return await self._send(drawn)

    async def _replace(self, ts: str, drawn: Drawn) -> None:
        await self._calls.update(ts, drawn)
        self._shown[ts] = drawn

    async def _send(self, drawn: Drawn) -> str:
        known = {*self._messages, *self._shown, *self._turn.leftover_ts}
        ts = await self._once.post(drawn, known)
        self._shown[ts] = drawn
        return ts


async def _insisting(send: Callable[[], Awaitable[T]]) -> T:
    """Send what must arrive. Raises SlackError where Slack refuses it or stays away."""
    for attempt in range(1, ATTEMPTS):
        try:
            return await send()
        except SlackUnreachable as error:
            log.info("slack call again", attempt=attempt, reason=error.detail)
            if not isinstance(error, Ratelimited):  # whose budget waits as long as Slack asks
                await asyncio.sleep(0.5 * 2**attempt)
    return await send()


SOON = 2
"""Questions before one that has its turn soon: its reader looks at its place in line."""

FOR_TEXT = 0.2
FOR_TEXT_AND_PROGRESS = 0.5
"""Shares of all edits that places in line leave to answers: those of the first ones, and those behind."""


class Placeholders:
    """Keeps what they say right, with edits that no answer needs."""

    def __init__(self, outbox: Outbox, paces: Mapping[str, Pacing], frontend: str) -> None:
        """Edit through `outbox` at each workspace's pace; relative links lead to `frontend`."""
        self._outbox = outbox
        self._paces = paces
        self._frontend = frontend

    async def tell(self, turn: Turn) -> bool:
        """Say how many are before a waiting turn, if there is an edit to spare; return whether it says so."""
        pacing = self._paces[turn.question.thread.workspace]
        now = pacing.now()
        kept = FOR_TEXT if turn.ahead <= SOON else FOR_TEXT_AND_PROGRESS
        if pacing.edits.spare < kept * pacing.updates.limit(now) or not pacing.updates.take(now):
            return False
        (drawn,) = render.writing(waiting(turn.ahead), turn.id, self._frontend)
        try:
            await Calls(self._outbox, pacing, turn).update(turn.reply_ts or "", drawn)
        except SlackError as error:
            log.info("a place in line is not told", turn=turn.id, reason=error.detail)
            return False
        return True
