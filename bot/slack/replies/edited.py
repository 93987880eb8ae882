"""Replies that fill by being edited, placeholders of waiting questions, and stripping buttons."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import structlog

from bot.domain.conversations import DEFAULT_FOOTER, Answer, FooterState, queued_answer
from bot.domain.errors import LeaseLost, ReplyTargetGone, SlackError, SlackRefused, SlackUnreachable
from bot.domain.turns import ShownMessages, Turn, TurnState
from bot.slack.client import EditRefused, RateLimited, with_retries
from bot.slack.outbox import Outbox
from bot.slack.render.answer import render_answer, render_partial_answer
from bot.slack.render.blocks import RenderedMessage
from bot.slack.replies.post import (
    CallCrashedError,
    NoStopCallLeftError,
    ReplyCalls,
    WriterTask,
    draw_beside_loop,
)
from bot.slack.replies.rate_limits import ReplySlot, Urgency, WorkspaceRateLimits

log = structlog.get_logger(__name__)

T = TypeVar("T")


SaveFurtherMessages = Callable[[Turn, Sequence[str]], Awaitable[bool]]
"""Stores the `ts` of the messages that a long answer goes on in, after the first one.

Returns False if another worker has taken the turn.
"""

CheckLease = Callable[[Turn], None]
"""Raises LeaseLost where another worker may have a turn."""

ENDING_ATTEMPTS = 5  # how often an ending is sent, which must arrive
NEAR_FRONT = 2  # questions before one that is asked soon: its reader watches its queue position
SHARE_FOR_TEXT = 0.2
SHARE_FOR_TEXT_AND_PROGRESS = 0.5
"""Shares of all edits that queue positions leave to answers: those near the front, and the others."""


@dataclass(frozen=True)
class EditedReplies:
    """Opens replies as ordinary messages, within each workspace's rate limits.

    Relative links lead to `frontend`.
    """

    outbox: Outbox
    rate_limits: Mapping[str, WorkspaceRateLimits]
    frontend: str
    save_further_messages: SaveFurtherMessages
    check_lease: CheckLease

    def calls(self, turn: Turn) -> ReplyCalls:
        """Return what calls Slack about the messages of a turn."""
        rate_limits = self.rate_limits[turn.question.thread.workspace]
        return ReplyCalls(self.outbox, rate_limits, turn, self.check_lease)

    async def post_placeholder(self, turn: Turn) -> str:
        """Post the placeholder."""
        return await self.for_turn(turn).post_placeholder()

    def for_turn(self, turn: Turn, slot: ReplySlot | None = None) -> "EditedReply":
        """Return the reply of a turn, with the `slot` that was added for it, if any."""
        return EditedReply(self, turn, slot)

    async def show_queue_position(self, turn: Turn) -> bool:
        """Say how many questions are before a waiting turn, if an edit is to spare; return whether it was."""
        rate_limits = self.rate_limits[turn.question.thread.workspace]
        kept = SHARE_FOR_TEXT if turn.questions_ahead <= NEAR_FRONT else SHARE_FOR_TEXT_AND_PROGRESS
        if rate_limits.edits.spare_calls < kept * rate_limits.updates.limit():
            return False
        if not rate_limits.updates.try_spend():
            return False
        (drawn,) = render_partial_answer(queued_answer(turn.questions_ahead), turn.id, self.frontend)
        try:
            await self.calls(turn).update(turn.reply_ts or "", drawn)
        except SlackError as error:
            log.info("queue_position.update_failed", turn=turn.id, reason=error.detail)
            return False
        return True

    async def redraw(self, turn: Turn, answer: Answer, footer: FooterState) -> None:
        """Edit the message that has the buttons."""
        rate_limits = self.rate_limits[turn.question.thread.workspace]
        drawn = await draw_beside_loop(answer, partial(render_answer, answer, turn.id, footer, self.frontend))
        last = drawn[-1]

        async def edit() -> None:
            await rate_limits.updates.wait_for_call()
            await self.calls(turn).update(turn.footer_ts or "", last)

        await with_retries("chat.update", edit, ENDING_ATTEMPTS, is_paced=True)

    async def delete_leftovers(self, turn: Turn) -> tuple[str, ...]:
        """Delete leftover messages while there is room."""
        rate_limits, gone = self.rate_limits[turn.question.thread.workspace], []
        for ts in turn.leftover_ts:
            if not rate_limits.deletions.try_spend():
                break
            try:
                await self.calls(turn).delete(ts)
            except (SlackUnreachable, NoStopCallLeftError):
                break
            except SlackError as error:
                log.warning("reply.leftover_delete_failed", turn=turn.id, reason=error.detail)
            gone.append(ts)
        return tuple(gone)

    async def is_outside_thread(self, turn: Turn) -> bool:
        """Return whether a turn has a reply, and Slack did not put it into its thread."""
        return turn.reply_ts is not None and await self.calls(turn).is_deleted(turn.reply_ts)

    async def strip_buttons(self, turn: Turn) -> None:
        """Take the buttons off the reply of a turn, whose text only Slack still has.

        A reply that Slack does not return keeps them: what they do is checked when they are pressed.
        """
        channel, ts = turn.question.thread.channel, turn.footer_ts
        if ts is None:
            return
        try:
            message = await self.outbox.message(turn.question.thread, ts)
            if message is None:
                return
            kept = tuple(each for each in message.get("blocks") or () if each.get("type") != "actions")
            drawn = RenderedMessage(str(message.get("text") or "…"), kept)
            await self.outbox.update_once(channel, ts, drawn)
        except SlackError as error:
            log.info("reply.strip_buttons_failed", turn=turn.id, reason=error.detail)


class EditedReply:
    """Messages edited by one task at a time, so that no older text follows a newer one."""

    def __init__(self, replies: EditedReplies, turn: Turn, slot: ReplySlot | None = None) -> None:
        self._rate_limits = replies.rate_limits[turn.question.thread.workspace]
        self._calls = replies.calls(turn)
        self._frontend = replies.frontend
        self._save_further_messages = replies.save_further_messages
        self._turn = turn
        self._messages = [turn.reply_ts, *turn.further_ts] if turn.reply_ts else []
        self._shown: dict[str, RenderedMessage] = {}
        if turn.state is TurnState.WAITING and turn.reply_ts and not turn.regenerates:
            self._shown[turn.reply_ts] = self._placeholder()
        self._newest: Answer | None = None
        self._writer = WriterTask(self._leave_to_ending)
        self._slot = slot
        self._readable_at: float | None = None
        self._is_refused = False

    async def post_placeholder(self) -> str:
        """Post the placeholder, once, and return its `ts`."""
        return await self._patiently("chat.postMessage", partial(self._post, self._placeholder()))

    def show(self, answer: Answer) -> None:
        """Show `answer` when it is this reply's turn, unless a newer one comes first."""
        if self._is_refused:
            return
        self._newest = answer
        self._slot = self._slot or self._rate_limits.edits.add_slot()
        if not self._writer.start(partial(self._write, self._slot)):
            self._rate_limits.edits.raise_urgency(self._slot, self._urgency(answer))

    async def finish(self, answer: Answer, footer: FooterState = DEFAULT_FOOTER) -> ShownMessages:
        """Show the end, after any edit that is under way."""
        self._newest = None
        await self._writer.end()
        try:
            return await self._show_end(await self._drawn(answer, footer))
        finally:
            if self._slot is not None:
                self._rate_limits.edits.remove_slot(self._slot)
                self._slot = None

    async def _drawn(self, answer: Answer, footer: FooterState = DEFAULT_FOOTER) -> list[RenderedMessage]:
        return await draw_beside_loop(
            answer, partial(render_answer, answer, self._turn.id, footer, self._frontend)
        )

    async def _write(self, slot: ReplySlot) -> None:
        while self._newest is not None:
            looked_at = self._newest
            drawn = await self._drawn(looked_at)
            if [self._shown.get(ts) for ts in self._messages[: len(drawn)]] == drawn:
                if self._newest is looked_at:
                    self._newest = None
                continue
            if not self._may_replace_queue_position():
                await self._rate_limits.edits.wait_for_edit(slot, self._urgency(self._newest))
            answer, self._newest = self._newest, None
            with self._writer.calling():
                await self._try_to_show(answer)
            if self._is_refused:
                return

    async def _try_to_show(self, answer: Answer) -> None:
        """Show an answer on its way; an error is left to the next edit, and at last to the ending."""
        try:
            await self._show_parts(await self._drawn(answer))
            # Text that is taken away again was not the answer's: its first text is still to come.
            self._readable_at = (self._readable_at or time.time()) if answer.text else None
        except RateLimited:
            self._newest = self._newest or answer
        except (ReplyTargetGone, SlackRefused) as error:
            # What Slack refuses once it refuses again, except where a stream was in the way.
            self._is_refused = not isinstance(error, NoStopCallLeftError)
            log.info("slack.update_refused", turn=self._turn.id, reason=error.detail)
        except SlackError as error:
            log.info("slack.update_failed", turn=self._turn.id, reason=error.detail)

    def _leave_to_ending(self) -> None:
        """Show nothing more on the way: what crashed once would crash with each further word."""
        self._is_refused = True

    def _may_replace_queue_position(self) -> bool:
        """Return whether the placeholder shows an outdated queue position and a call is left for it.

        The call is counted. A wrong queue position is worse than a late ending.
        """
        says_position = bool(self._turn.questions_ahead) and (
            self._shown.get(self._messages[0]) == self._placeholder()
        )
        return says_position and self._rate_limits.updates.try_spend()

    def _placeholder(self) -> RenderedMessage:
        queued = queued_answer(self._turn.questions_ahead)
        (drawn,) = render_partial_answer(queued, self._turn.id, self._frontend)
        return drawn

    def _urgency(self, answer: Answer) -> Urgency:
        if not self._shown:
            return Urgency.FIRST_TEXT  # what is shown is another answer
        if not answer.text:
            return Urgency.PROGRESS
        return Urgency.TEXT if self._readable_at else Urgency.FIRST_TEXT

    async def _show_parts(self, drawn: Sequence[RenderedMessage]) -> None:
        """Show an answer on its way; a further message is posted before the one above it is shortened."""
        existing = min(len(drawn), len(self._messages))
        for each in drawn[existing:]:
            self._messages.append(await self._post(each))
            if not await self._save_further_messages(self._turn, self._messages[1:]):
                raise LeaseLost(f"turn {self._turn.id}")
        changed = [
            (ts, each)
            for ts, each in zip(self._messages, drawn[:existing], strict=False)
            if self._shown.get(ts) != each
        ]
        for number, (ts, each) in enumerate(reversed(changed)):
            if number:  # the first one was counted by the scheduler
                self._rate_limits.updates.spend()
            await self._replace(ts, each)

    async def _show_end(self, drawn: Sequence[RenderedMessage]) -> ShownMessages:
        """Show the ending, in new messages where Slack does not let those that are there be edited.

        Above it stays what shows its part of the answer already. Raises SlackError, also where a person
        deleted them: then nothing is wanted in their place.
        """
        try:
            return await self._show_end_in_place(drawn)
        except EditRefused as error:
            first = self._messages[0] if self._messages else ""
            if error.code == "message_not_found" and await self._calls.is_deleted(first):
                raise
            log.info("slack.ending_posted_anew", turn=self._turn.id, reason=error.detail)
        parts = list(zip(self._messages, drawn, strict=False))
        right = next((n for n, (ts, each) in enumerate(parts) if self._shown.get(ts) != each), len(parts))
        messages = self._messages[:right]
        leftover = [ts for ts in dict.fromkeys([*self._messages, *self._shown]) if ts not in messages]
        for each in drawn[right:]:
            messages.append(await self._patiently("chat.postMessage", partial(self._post, each)))
        return ShownMessages(tuple(messages), tuple(leftover), self._readable_at)

    async def _show_end_in_place(self, drawn: Sequence[RenderedMessage]) -> ShownMessages:
        """Show the last part first, which is the ending; the text above it is complete already."""
        *before, last = drawn
        messages, leftover = self._messages[: len(drawn)], self._messages[len(drawn) :]
        if self._turn.shows_ending:  # the last message has the ending and keeps it
            messages, leftover = self._messages[-len(drawn) :], self._messages[: -len(drawn)]
        if len(messages) < len(drawn):  # first what Slack may refuse, so that nothing is posted twice
            await self._edit_parts(messages, before)
        for each in drawn[len(messages) : -1]:
            messages.append(await self._patiently("chat.postMessage", partial(self._post, each)))
        if len(messages) < len(drawn):
            messages.append(await self._patiently("chat.postMessage", partial(self._post, last)))
        else:
            ending = await self._patiently("chat.update", partial(self._show_ending, messages[-1], last))
            if ending != messages[-1]:
                leftover.append(messages[-1])
                messages[-1] = ending
        await self._edit_parts(messages, before)
        return ShownMessages(tuple(messages), tuple(leftover), self._readable_at)

    async def _edit_parts(self, messages: Sequence[str], drawn: Sequence[RenderedMessage]) -> None:
        for ts, each in zip(messages, drawn, strict=False):
            if self._shown.get(ts) != each:
                await self._patiently("chat.update", partial(self._edit, ts, each))

    async def _show_ending(self, ts: str, drawn: RenderedMessage) -> str:
        """Show the ending in the message `ts`, or in a new one where no edit is left; return which."""
        if await self._rate_limits.wait_for_edit_or_post(self._calls.channel):
            try:
                await self._replace(ts, drawn)
            except (NoStopCallLeftError, CallCrashedError):
                await self._rate_limits.posts(self._calls.channel).wait_for_call()
            else:
                return ts
        return await self._send(drawn)

    async def _edit(self, ts: str, drawn: RenderedMessage) -> None:
        await self._rate_limits.updates.wait_for_call()
        await self._replace(ts, drawn)

    async def _post(self, drawn: RenderedMessage) -> str:
        await self._rate_limits.posts(self._calls.channel).wait_for_call()
        return await self._send(drawn)

    async def _replace(self, ts: str, drawn: RenderedMessage) -> None:
        await self._calls.update(ts, drawn)
        self._shown[ts] = drawn

    async def _send(self, drawn: RenderedMessage) -> str:
        known = {*self._messages, *self._shown, *self._turn.leftover_ts}
        ts = await self._calls.post(drawn, known)
        self._shown[ts] = drawn
        return ts

    async def _patiently(self, method: str, send: Callable[[], Awaitable[T]]) -> T:
        return await with_retries(method, send, ENDING_ATTEMPTS, is_paced=True)
