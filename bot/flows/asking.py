"""From a message to a turn."""

import structlog

from bot.domain.errors import NotLinked
from bot.domain.turns import NOTHING_CHOSEN, Manner, Question
from bot.flows.identities import Identities
from bot.flows.postponing import Postponing
from bot.flows.replies import Replies
from bot.flows.working import Work, Working
from bot.metrics import Meters
from bot.store.claims import Claims
from bot.store.threads import Threads
from bot.store.turns import Turns

log = structlog.get_logger(__name__)


class Asking:
    """Takes questions, each once."""

    def __init__(
        self,
        identities: Identities,
        turns: Turns,
        threads: Threads,
        claims: Claims,
        replies: Replies,
        working: Working,
        postponing: Postponing,
        meters: Meters,
    ) -> None:
        self._identities = identities
        self._turns = turns
        self._threads = threads
        self._claims = claims
        self._replies = replies
        self._working = working
        self._postponing = postponing
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
        work = await self._recorded(question, manner)
        if work is None:
            return None
        surface = "direct" if question.thread.channel.startswith("D") else "channel"
        self._meters.questions.labels(surface).inc()
        return work

    async def _recorded(self, question: Question, manner: Manner) -> Work | None:
        try:
            await self._identities.ready(question.asker)
        except NotLinked:
            return await self._postponing.postpone(question, manner)
        turn = await self._turns.record(question, self._identities.of(question.asker), manner)
        return None if turn is None else self._working.begin(turn)

    async def _explain(self, question: Question) -> None:
        """Say how to ask, once, although a mention is delivered as two events."""
        thread = question.thread
        if await self._claims.first(f"how-to:{thread.workspace}:{thread.channel}:{question.ts}"):
            await self._replies.explain(question)
