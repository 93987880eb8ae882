"""Replies that fill by being edited."""

import asyncio
import time

import structlog

from bot.domain.answers import Answer, State
from bot.domain.errors import Interrupted, ReplyGone, SlackError
from bot.domain.questions import Question
from bot.domain.standing import STANDS_ALONE, Standing
from bot.domain.turns import Turn
from bot.slack.api_errors import Ratelimited
from bot.slack.outbox import Outbox
from bot.slack.render import answer as render
from bot.slack.render import notices
from bot.slack.render.message import Drawn
from bot.slack.replies.pacing import pause

log = structlog.get_logger(__name__)


class EditedReplies:
    """Opens replies as ordinary messages."""

    def __init__(self, outbox: Outbox, frontend: str) -> None:
        """Send through `outbox`; relative links lead to `frontend`."""
        self._outbox = outbox
        self._frontend = frontend

    async def place(self, turn: Turn) -> str:
        """Post the placeholder."""
        return await self._outbox.post(
            turn.question.thread, render.writing(Answer(), turn.id, self._frontend)
        )

    def of(self, turn: Turn) -> "EditedReply":
        """Return the reply of a turn whose placeholder stands."""
        return EditedReply(self._outbox, self._frontend, turn)

    async def explain(self, question: Question) -> None:
        """Post a short how-to."""
        await self._outbox.post(question.thread, notices.how_to())


class EditedReply:
    """One message, edited by one task at a time so that no older picture follows a newer one."""

    def __init__(self, outbox: Outbox, frontend: str, turn: Turn) -> None:
        self._outbox = outbox
        self._frontend = frontend
        self._turn = turn
        self._channel = turn.question.thread.channel
        self._ts = turn.reply_ts or ""
        self._newest: Answer | None = None
        self._shown: Drawn | None = None
        self._ending = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._edits = 0
        self._edited_at = 0.0
        self._wait = 0.0

    def show(self, answer: Answer) -> None:
        """Show `answer` when the pace allows, unless a newer one comes first."""
        self._newest = answer
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())

    async def finish(self, answer: Answer, standing: Standing = STANDS_ALONE) -> tuple[str, ...]:
        """Show the end, after any edit that is under way."""
        self._newest = None
        self._ending.set()
        if self._writer is not None:
            await self._writer
        first, *further = self._drawn_end(answer, standing)
        await self._outbox.update(self._channel, self._ts, first)
        thread = self._turn.question.thread
        shown_in = [self._ts, *[await self._outbox.post(thread, drawn) for drawn in further]]
        for ts in self._turn.further_ts:
            await self._outbox.delete(self._channel, ts)  # what an earlier version went on in
        return tuple(shown_in)

    async def redraw(self, answer: Answer, standing: Standing) -> None:
        """Edit the message that bears the buttons."""
        last = self._drawn_end(answer, standing)[-1]
        await self._outbox.update(self._channel, self._turn.bearing_ts or self._ts, last)

    def _drawn_end(self, answer: Answer, standing: Standing) -> list[Drawn]:
        match answer.state:
            case State.DONE:
                return render.finished(answer, self._turn.id, standing, self._frontend)
            case State.STOPPED:
                return [render.stopped(answer, self._turn.id, self._frontend)]
            case State.FAILED | State.WRITING:
                return [render.failed(answer, self._turn.id, self._frontend, answer.error or Interrupted())]

    async def _write(self) -> None:
        while self._newest is not None and await self._may_edit():
            answer, self._newest = self._newest, None
            drawn = render.writing(answer, self._turn.id, self._frontend)
            if drawn == self._shown:
                continue
            self._edited_at = time.monotonic()
            self._edits += 1
            try:
                await self._outbox.update_once(self._channel, self._ts, drawn)
            except Ratelimited as error:
                self._wait = error.retry_after
            except ReplyGone:
                return
            except SlackError as error:
                # A picture that a newer one follows: the end is sent with patience, whatever happens here.
                log.info("edit failed", turn=self._turn.id, reason=error.detail)
            else:
                self._shown = drawn

    async def _may_edit(self) -> bool:
        """Wait until the next edit is due; return False when the end has come instead."""
        due = self._edited_at + max(pause(self._edits), self._wait)
        self._wait = 0.0
        try:
            await asyncio.wait_for(self._ending.wait(), max(0.0, due - time.monotonic()))
        except TimeoutError:
            return self._newest is not None
        return False
