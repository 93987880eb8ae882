"""Questions that wait until their asker has linked a PipesHub account."""

from asyncio import gather
from collections.abc import Awaitable, Callable

import structlog

from bot.domain.errors import NotLinked, SlackError
from bot.domain.turns import Question, QuestionOptions
from bot.flows.accounts.identity import Identities
from bot.flows.answers.worker import BackgroundWork, TurnWorker
from bot.store.claims import ClaimStore
from bot.store.turn_queue import AwaitingAccountStore
from bot.store.turns import TurnStore

log = structlog.get_logger(__name__)


class AwaitingAccountService:
    """Lets questions wait until their asker has connected an account, then has them answered."""

    def __init__(
        self,
        identities: Identities,
        turns: TurnStore,
        awaiting_account: AwaitingAccountStore,
        claims: ClaimStore,
        turn_worker: TurnWorker,
        invite: Callable[[Question, NotLinked], Awaitable[None]],
    ) -> None:
        """Bring the parts together; `invite` tells an asker, and nobody else, where to connect an account."""
        self._identities = identities
        self._turns = turns
        self._awaiting_account = awaiting_account
        self._claims = claims
        self._turn_worker = turn_worker
        self._invite = invite
        self._on_linked: Callable[[str, str], None] = lambda _workspace, _person: None

    def on_linked(self, tell: Callable[[str, str], None]) -> None:
        """Have `tell` called with workspace and Slack user whenever somebody has connected an account."""
        self._on_linked = tell

    async def record(self, question: Question, options: QuestionOptions) -> BackgroundWork | None:
        """Record a question that has to wait; return the invitation as work.

        None stands for a question that was recorded before.
        """
        identity = self._identities.identity_of(question.asker)
        turn = await self._turns.record(question, identity, options, unlinked=True)
        return None if turn is None else self._invite_or_resume(question)

    async def resume(self, workspace: str, person: str) -> None:
        """Have the waiting questions of a Slack user answered."""
        self._on_linked(workspace, person)
        turns = await self._awaiting_account.resume(workspace, person)
        await gather(*(self._turn_worker.start(turn) for turn in turns))

    async def cancel(self, turn_id: str) -> bool:
        """Let a waiting question rest for good; return False if it does not wait."""
        return await self._awaiting_account.cancel(turn_id)

    async def _invite_or_resume(self, question: Question) -> None:
        try:
            await self._identities.require_linked(question.asker)
        except NotLinked as missing:
            if await self._is_invitation_wanted(question):
                await self._send_invitation(question, missing)
        else:
            # Connected while the question was recorded: nobody else moves it on.
            await self.resume(question.thread.workspace, question.asker)

    async def _send_invitation(self, question: Question, missing: NotLinked) -> None:
        try:
            await self._invite(question, missing)
        except SlackError as error:
            log.warning("account.invitation_failed", reason=error.detail)

    async def _is_invitation_wanted(self, question: Question) -> bool:
        """Whether to invite: who writes in a thread without addressing the bot is invited there once."""
        thread = question.thread
        return question.addressed or await self._claims.claim_once(
            f"invited:{thread.workspace}:{thread.channel}:{thread.ts}:{question.asker}"
        )
