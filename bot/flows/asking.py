"""From a message to a turn, and from one turn of a thread to the next."""

from collections.abc import Coroutine
from typing import Any

import structlog

from bot.domain.errors import SlackError, SlackUnreachable
from bot.domain.manner import NOTHING_CHOSEN, Manner
from bot.domain.questions import Question
from bot.domain.threads import Thread
from bot.domain.turns import Turn, TurnState
from bot.flows.answering import Answering
from bot.flows.leasing import leased
from bot.flows.records import settled
from bot.flows.replies import Replies
from bot.store.claims import Claims
from bot.store.threads import Threads
from bot.store.turns import Turns

log = structlog.get_logger(__name__)

Work = Coroutine[Any, Any, None]

SERVICE = "service"
"""The PipesHub identity under which everybody's questions are asked."""


class Asking:
    """Takes questions, in the order in which they were asked in each thread."""

    def __init__(
        self, turns: Turns, threads: Threads, claims: Claims, replies: Replies, answering: Answering
    ) -> None:
        self._turns = turns
        self._threads = threads
        self._claims = claims
        self._replies = replies
        self._answering = answering

    async def take(self, question: Question, manner: Manner = NOTHING_CHOSEN) -> Work | None:
        """Record a question with what was chosen for it; return the work it makes, or None if it makes none.

        Returns within a few database calls, so that Slack can be acknowledged when the question is safe.
        The same question makes work once, however often it is delivered.
        """
        if not question.addressed and not (question.text and await self._threads.known(question.thread)):
            return None
        if not question.text:
            return self._explain(question)
        turn = await self._turns.record(question, SERVICE, manner)
        return self._begin(turn) if turn else None

    async def again(self, turn_id: str) -> bool:
        """Ask a failed question again; return False if it is not failed (any more)."""
        await settled(self._turns, turn_id)
        turn = await self._turns.reopen(turn_id)
        if turn is None:
            return False
        await self.drain(turn.question.thread, turn.identity)
        return True

    async def abandoned(self) -> list[tuple[str, Work]]:
        """Return the work left by processes that are no more, with a name for each."""
        left = await self._turns.abandoned()
        return [(f"abandoned {turn.id}", self._take_up(turn)) for turn in left]

    async def _take_up(self, turn: Turn) -> None:
        if turn.state is not TurnState.RECORDED:
            await self.drain(turn.question.thread, turn.identity)
        elif (adopted := await self._turns.adopt(turn.id)) is not None:
            await self._begin(adopted)

    async def drain(self, thread: Thread, identity: str) -> None:
        """Work on the turns of a thread, one after the other, until none is left to this process."""
        while turn := await self._turns.claim(thread, identity):
            await self._answering.answer(turn)

    async def _begin(self, turn: Turn) -> None:
        async with leased(self._turns, turn):
            try:
                reply_ts = await self._replies.place(turn)
            except SlackUnreachable as error:
                # Given back, it is taken up again until Slack is there.
                log.warning("no reply could be placed yet", turn=turn.id, reason=error.detail)
                return
            except SlackError as error:
                log.warning("no reply can be placed", turn=turn.id, reason=error.detail)
                await self._turns.finish(turn, TurnState.FAILED)
            else:
                await self._turns.placed(turn.id, reply_ts)
        await self.drain(turn.question.thread, turn.identity)

    async def _explain(self, question: Question) -> None:
        """Say how to ask, once, although a mention is delivered as two events."""
        thread = question.thread
        if await self._claims.first(f"how-to:{thread.workspace}:{thread.channel}:{question.ts}"):
            await self._replies.explain(question)
