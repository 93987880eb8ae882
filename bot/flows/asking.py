"""From a message to a turn, and from one turn of a thread to the next."""

from asyncio import gather
from collections.abc import Coroutine
from time import time
from typing import Any

import structlog

from bot.domain.errors import NoSuchTurn, SlackError, SlackUnreachable
from bot.domain.manner import NOTHING_CHOSEN, Manner
from bot.domain.questions import Question
from bot.domain.threads import Thread
from bot.domain.turns import Turn, TurnState
from bot.flows.adopting import Adopting
from bot.flows.answering import Answering
from bot.flows.leasing import leased
from bot.flows.queueing import Queueing
from bot.flows.records import settled
from bot.flows.replies import Replies
from bot.metrics import Meters
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
        self,
        turns: Turns,
        threads: Threads,
        claims: Claims,
        replies: Replies,
        answering: Answering,
        adopting: Adopting,
        queueing: Queueing,
        meters: Meters,
    ) -> None:
        self._turns = turns
        self._threads = threads
        self._claims = claims
        self._replies = replies
        self._answering = answering
        self._adopting = adopting
        self._queueing = queueing
        self._meters = meters

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
        if turn is None:
            return None
        surface = "direct" if question.thread.channel.startswith("D") else "channel"
        self._meters.questions.labels(surface).inc()
        return self._begin(turn)

    async def again(self, turn_id: str) -> bool:
        """Ask a failed question again; return False if it is not failed (any more).

        Raises NoSuchTurn where it is not on record (any more).
        """
        if await settled(self._turns, turn_id) is None:
            raise NoSuchTurn
        turn = await self._turns.reopen(turn_id)
        if turn is None:
            return False
        self._meters.retries.labels("question").inc()
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
            await gather(self._answering.answer(turn), self._queueing.move_up(thread, identity))

    async def _begin(self, turn: Turn) -> None:
        async with leased(self._turns, turn):
            try:
                turn, reply_ts = await self._placed(turn)
            except SlackError as error:
                if isinstance(error, SlackUnreachable) and not turn.is_past_hope(time()):
                    # Given back, it is taken up again until Slack is there.
                    log.warning("no reply could be placed yet", turn=turn.id, reason=error.detail)
                    return
                log.warning("no reply can be placed", turn=turn.id, reason=error.detail)
                await self._turns.finish(turn, TurnState.FAILED)
                self._meters.answers.labels("failed").inc()
            else:
                self._meters.since(turn.asked_at, self._meters.placeholder)
                await self._turns.placed(turn.id, reply_ts)
        await self.drain(turn.question.thread, turn.identity)

    async def _placed(self, turn: Turn) -> tuple[Turn, str]:
        """Return a turn with its place in line, and its placeholder, which may stand already."""
        if turn.taken_up:
            turn = await self._adopting.adopt(turn)
        turn = await self._queueing.join(turn)
        return turn, turn.reply_ts or await self._replies.place(turn)

    async def _explain(self, question: Question) -> None:
        """Say how to ask, once, although a mention is delivered as two events."""
        thread = question.thread
        if await self._claims.first(f"how-to:{thread.workspace}:{thread.channel}:{question.ts}"):
            await self._replies.explain(question)
