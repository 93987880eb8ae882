"""Replies that fill by being edited, placeholders of waiting questions, and stripping buttons."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import structlog

from bot.domain.conversations import DEFAULT_FOOTER, Answer, FooterState, queued_answer
from bot.domain.errors import ReplyTargetGone, SlackError, SlackRefused, SlackUnreachable
from bot.domain.turns import Question, ShownMessages, Turn, TurnState
from bot.slack.client import RateLimited
from bot.slack.outbox import Outbox
from bot.slack.render import answer as render
from bot.slack.render import messages as notices
from bot.slack.render.blocks import RenderedMessage
from bot.slack.replies.post import NoStopCallLeftError, PostOnce, ReplyCalls
from bot.slack.replies.rate_limits import EndingDelivery, ReplySlot, Urgency, WorkspaceRateLimits

log = structlog.get_logger(__name__)


class ButtonStripper:
    """Takes the buttons off replies whose text nobody but Slack has."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def strip_buttons(self, turn: Turn) -> None:
        """Take the buttons off the reply of a turn.

        One that Slack does not give keeps them: what they do is checked when they are pressed.
        """
        ts = turn.footer_ts
        if ts is None:
            return
        try:
            message = await self._outbox.message(turn.question.thread, ts)
            if message is None:
                return
            kept = tuple(each for each in message.get("blocks") or () if each.get("type") != "actions")
            drawn = RenderedMessage(str(message.get("text") or "…"), kept)
            await self._outbox.update_once(turn.question.thread.channel, ts, drawn)
        except SlackError as error:
            log.info("reply.strip_buttons_failed", turn=turn.id, reason=error.detail)


SaveFurtherMessages = Callable[[Turn, Sequence[str]], Awaitable[None]]

T = TypeVar("T")

ENDING_ATTEMPTS = 5
"""How often something is sent that must arrive."""


class EditedReplies:
    """Opens replies as ordinary messages."""

    def __init__(
        self,
        outbox: Outbox,
        rate_limits: Mapping[str, WorkspaceRateLimits],
        frontend: str,
        save_further_messages: SaveFurtherMessages,
    ) -> None:
        """Send through `outbox` at each workspace's pace; relative links lead to `frontend`.

        `grown` notes the messages that a long answer goes on in.
        """
        self._outbox = outbox
        self._rate_limits = rate_limits
        self._frontend = frontend
        self._grown = save_further_messages

    async def post_placeholder(self, turn: Turn) -> str:
        """Post the placeholder."""
        return await self.for_turn(turn).post_placeholder()

    def for_turn(self, turn: Turn, slot: ReplySlot | None = None) -> "EditedReply":
        """Return the reply of a turn, on the floor already where it comes with its `speaker`."""
        rate_limits = self._rate_limits[turn.question.thread.workspace]
        return EditedReply(self._outbox, rate_limits, self._frontend, turn, self._grown, slot)

    async def post_how_to(self, question: Question) -> None:
        """Post a short how-to."""
        await self._outbox.post_in_thread(question.thread, notices.render_mention_how_to())


class EditedReply:
    """Messages edited by one task at a time, so that no older picture follows a newer one."""

    def __init__(
        self,
        outbox: Outbox,
        rate_limits: WorkspaceRateLimits,
        frontend: str,
        turn: Turn,
        save_further_messages: SaveFurtherMessages,
        slot: ReplySlot | None = None,
    ) -> None:
        self._calls = ReplyCalls(outbox, rate_limits, turn)
        self._post_once = PostOnce(outbox, self._calls, rate_limits, turn)
        self._rate_limits = rate_limits
        self._frontend = frontend
        self._turn = turn
        self._save_further_messages = save_further_messages
        self._channel = turn.question.thread.channel
        self._messages = [turn.reply_ts, *turn.further_ts] if turn.reply_ts else []
        self._shown: dict[str, RenderedMessage] = {}
        if turn.state is TurnState.WAITING and turn.reply_ts and not turn.regenerates:
            self._shown[turn.reply_ts] = self._placeholder()
        self._newest: Answer | None = None
        self._writer_task: asyncio.Task[None] | None = None
        self._slot = slot
        self._is_editing = False
        self._readable_at: float | None = None
        self._refused = False

    async def post_placeholder(self) -> str:
        """Post the placeholder, once, and return its `ts`."""
        return await _with_retries(partial(self._post, self._placeholder()))

    def show(self, answer: Answer) -> None:
        """Show `answer` when it is this reply's turn, unless a newer one comes first."""
        if self._refused:
            return
        self._newest = answer
        self._slot = self._slot or self._rate_limits.edits.add_slot()
        if self._writer_task is None or self._writer_task.done():
            self._writer_task = asyncio.create_task(self._write(self._slot))
        else:
            self._rate_limits.edits.raise_urgency(self._slot, self._urgency(answer))

    async def finish(self, answer: Answer, footer: FooterState = DEFAULT_FOOTER) -> ShownMessages:
        """Show the end, after any edit that is under way."""
        self._newest = None
        if self._writer_task is not None:
            if not self._is_editing:
                self._writer_task.cancel()
            await asyncio.wait([self._writer_task])
        try:
            return await self._show_end(self._draw(answer, footer))
        finally:
            if self._slot is not None:
                self._rate_limits.edits.remove_slot(self._slot)

    async def redraw(self, answer: Answer, footer: FooterState) -> None:
        """Edit the message that bears the buttons."""
        last = self._draw(answer, footer)[-1]
        await _with_retries(partial(self._edit, self._turn.footer_ts or "", last))

    async def delete_leftovers(self) -> tuple[str, ...]:
        """Delete leftover messages while there is room."""
        gone = []
        for ts in self._turn.leftover_ts:
            if not self._rate_limits.deletions.try_spend(self._rate_limits.now()):
                break
            try:
                await self._calls.delete(ts)
            except (SlackUnreachable, NoStopCallLeftError):
                break
            except SlackError as error:
                log.warning("reply.leftover_delete_failed", turn=self._turn.id, reason=error.detail)
            gone.append(ts)
        return tuple(gone)

    def _draw(self, answer: Answer, footer: FooterState = DEFAULT_FOOTER) -> list[RenderedMessage]:
        return render.render_answer(answer, self._turn.id, footer, self._frontend)

    async def _write(self, slot: ReplySlot) -> None:
        while self._newest is not None:
            if not self._is_changed(self._draw(self._newest)):
                self._newest = None
                return
            if not self._may_replace_queue_position():
                await self._rate_limits.edits.wait_for_edit(slot, self._urgency(self._newest))
            answer, self._newest = self._newest, None
            self._is_editing = True
            try:
                await self._show_parts(self._draw(answer))
                # Text that is taken away again was not the answer's: the first of that is still to come.
                self._readable_at = (self._readable_at or time.time()) if answer.text else None
            except RateLimited:
                self._newest = self._newest or answer
            except (ReplyTargetGone, SlackRefused) as error:
                # What Slack refuses once it refuses again, except where a stream was in the way.
                self._refused = not isinstance(error, NoStopCallLeftError)
                log.info("slack.update_refused", turn=self._turn.id, reason=error.detail)
                if self._refused:
                    return
            except SlackError as error:
                # A picture that a newer one follows: the end is sent with patience, whatever happens here.
                log.info("slack.update_failed", turn=self._turn.id, reason=error.detail)
            finally:
                self._is_editing = False

    def _may_replace_queue_position(self) -> bool:
        """Return whether the placeholder says a place in line, which is over, and a call is left for that.

        It is counted. A place that is told while the answer is written is worse than a late ending.
        """
        says_place = self._turn.questions_ahead and self._shown.get(self._messages[0]) == self._placeholder()
        return bool(says_place) and self._rate_limits.updates.try_spend(self._rate_limits.now())

    def _placeholder(self) -> RenderedMessage:
        (drawn,) = self._draw(queued_answer(self._turn.questions_ahead))
        return drawn

    def _urgency(self, answer: Answer) -> Urgency:
        if not self._shown:
            return Urgency.FIRST_TEXT  # what stands there is of another answer
        if not answer.text:
            return Urgency.PROGRESS
        return Urgency.TEXT if self._readable_at else Urgency.FIRST_TEXT

    def _is_changed(self, drawn: Sequence[RenderedMessage]) -> bool:
        return [self._shown.get(ts) for ts in self._messages[: len(drawn)]] != list(drawn)

    async def _show_parts(self, drawn: Sequence[RenderedMessage]) -> None:
        """Show an answer on its way; before one message is cut, the next one comes."""
        existing = min(len(drawn), len(self._messages))
        for each in drawn[existing:]:
            self._messages.append(await self._post(each))
            await self._save_further_messages(self._turn, self._messages[1:])
        changed = [
            (ts, each)
            for ts, each in zip(self._messages, drawn[:existing], strict=False)
            if self._shown.get(ts) != each
        ]
        for number, (ts, each) in enumerate(reversed(changed)):
            if number:  # the first one was counted when this reply got the floor
                self._rate_limits.updates.spend(self._rate_limits.now())
            await self._replace(ts, each)

    async def _show_end(self, drawn: Sequence[RenderedMessage]) -> ShownMessages:
        """Show the last part first, which is the ending; the text above it is complete already."""
        *before, last = drawn
        messages, leftover = self._split_messages(len(drawn))
        for each in drawn[len(messages) : -1]:
            messages.append(await _with_retries(partial(self._post, each)))
        if len(messages) < len(drawn):
            messages.append(await _with_retries(partial(self._post, last)))
        else:
            ending = await _with_retries(partial(self._show_ending, messages[-1], last))
            if ending != messages[-1]:
                leftover.append(messages[-1])
                messages[-1] = ending
        for ts, each in zip(messages, before, strict=False):
            if self._shown.get(ts) != each:
                await _with_retries(partial(self._edit, ts, each))
        return ShownMessages(tuple(messages), tuple(leftover), self._readable_at)

    def _split_messages(self, count: int) -> tuple[list[str], list[str]]:
        """Return the messages that show `count` parts, as far as they stand, and those that are to go."""
        if self._turn.shows_ending:  # the last message bears the ending and keeps it
            return self._messages[-count:], self._messages[:-count]
        return self._messages[:count], self._messages[count:]

    async def _show_ending(self, ts: str, drawn: RenderedMessage) -> str:
        """Show the ending in the message `ts`, or in a new one where no edit is left; return which."""
        if await self._rate_limits.wait_for_ending(self._channel) is EndingDelivery.EDIT:
            try:
                await self._replace(ts, drawn)
            except NoStopCallLeftError:
                await self._rate_limits.wait_for_call(self._rate_limits.posts(self._channel))
            else:
                return ts
        return await self._send(drawn)

    async def _edit(self, ts: str, drawn: RenderedMessage) -> None:
        await self._rate_limits.wait_for_call(self._rate_limits.updates)
        await self._replace(ts, drawn)

    async def _post(self, drawn: RenderedMessage) -> str:
        await self._rate_limits.wait_for_call(self._rate_limits.posts(self._channel))
        return await self._send(drawn)

    async def _replace(self, ts: str, drawn: RenderedMessage) -> None:
        await self._calls.update(ts, drawn)
        self._shown[ts] = drawn

    async def _send(self, drawn: RenderedMessage) -> str:
        known = {*self._messages, *self._shown, *self._turn.leftover_ts}
        ts = await self._post_once.post(drawn, known)
        self._shown[ts] = drawn
        return ts


async def _with_retries(send: Callable[[], Awaitable[T]]) -> T:
    """Send what must arrive. Raises SlackError where Slack refuses it or stays away."""
    for attempt in range(1, ENDING_ATTEMPTS):
        try:
            return await send()
        except SlackUnreachable as error:
            log.info("slack.call_retried", attempt=attempt, reason=error.detail)
            if not isinstance(error, RateLimited):  # whose budget waits as long as Slack asks
                await asyncio.sleep(0.5 * 2**attempt)
    return await send()


NEAR_FRONT = 2
"""Questions before one that has its turn soon: its reader looks at its place in line."""

SHARE_FOR_TEXT = 0.2
SHARE_FOR_TEXT_AND_PROGRESS = 0.5
"""Shares of all edits that places in line leave to answers: those of the first ones, and those behind."""


class QueuePositionMessages:
    """Keeps what they say right, with edits that no answer needs."""

    def __init__(self, outbox: Outbox, rate_limits: Mapping[str, WorkspaceRateLimits], frontend: str) -> None:
        """Edit through `outbox` at each workspace's pace; relative links lead to `frontend`."""
        self._outbox = outbox
        self._rate_limits = rate_limits
        self._frontend = frontend

    async def show(self, turn: Turn) -> bool:
        """Say how many are before a waiting turn, if there is an edit to spare; return whether it says so."""
        rate_limits = self._rate_limits[turn.question.thread.workspace]
        now = rate_limits.now()
        kept = SHARE_FOR_TEXT if turn.questions_ahead <= NEAR_FRONT else SHARE_FOR_TEXT_AND_PROGRESS
        if rate_limits.edits.spare_calls < kept * rate_limits.updates.limit(
            now
        ) or not rate_limits.updates.try_spend(now):
            return False
        (drawn,) = render.render_partial_answer(queued_answer(turn.questions_ahead), turn.id, self._frontend)
        try:
            await ReplyCalls(self._outbox, rate_limits, turn).update(turn.reply_ts or "", drawn)
        except SlackError as error:
            log.info("queue_position.update_failed", turn=turn.id, reason=error.detail)
            return False
        return True
