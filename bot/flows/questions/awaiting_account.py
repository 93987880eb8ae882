"""Questions that wait until their asker has linked a PipesHub account."""

from asyncio import gather
from collections.abc import Awaitable, Callable

import structlog

from bot.domain.errors import NotLinked, SlackError
from bot.domain.turns import Manner, Question
from bot.flows.accounts.identity import Identities
from bot.flows.answers.worker import Work, Working
from bot.store.claims import Claims
from bot.store.turn_queue import Unlinked
from bot.store.turns import Turns

log = structlog.get_logger(__name__)


class Postponing:
    """Lets questions wait until their asker has connected an account, then has them answered."""

    def __init__(
        self,
        identities: Identities,
        turns: Turns,
        unlinked: Unlinked,
        claims: Claims,
        working: Working,
        invite: Callable[[Question, NotLinked], Awaitable[None]],
    ) -> None:
        """Bring the parts together; `invite` tells an asker, and nobody else, where to connect an account."""
        self._identities = identities
        self._turns = turns
        self._unlinked = unlinked
        self._claims = claims
        self._working = working
        self._invite = invite
        self._then: Callable[[str, str], None] = lambda _workspace, _person: None

    def then(self, tell: Callable[[str, str], None]) -> None:
        """Have `tell` called with workspace and Slack user whenever somebody has connected an account."""
        self._then = tell

    async def postpone(self, question: Question, manner: Manner) -> Work | None:
        """Record a question that has to wait; return the invitation as work.

        None stands for a question that was recorded before.
        """
        identity = self._identities.of(question.asker)
        turn = await self._turns.record(question, identity, manner, unlinked=True)
        return None if turn is None else self._told(question)

    async def go_on(self, workspace: str, person: str) -> None:
        """Have the waiting questions of a Slack user answered."""
        self._then(workspace, person)
        turns = await self._unlinked.take(workspace, person)
        await gather(*(self._working.begin(turn) for turn in turns))

    async def withdraw(self, turn_id: str) -> bool:
        """Let a waiting question rest for good; return False if it does not wait."""
        return await self._unlinked.withdraw(turn_id)

    async def _told(self, question: Question) -> None:
        try:
            await self._identities.ready(question.asker)
        except NotLinked as missing:
            if await self._is_wanted(question):
                await self._sent(question, missing)
        else:
            # Connected while the question was recorded: nobody else moves it on.
            await self.go_on(question.thread.workspace, question.asker)

    async def _sent(self, question: Question, missing: NotLinked) -> None:
        try:
            await self._invite(question, missing)
        except SlackError as error:
            log.warning("an invitation could not be sent", reason=error.detail)

    async def _is_wanted(self, question: Question) -> bool:
        """Whether to invite: who writes in a thread without addressing the bot is invited there once."""
        thread = question.thread
        return question.addressed or await self._claims.first(
            f"invited:{thread.workspace}:{thread.channel}:{thread.ts}:{question.asker}"
        )
