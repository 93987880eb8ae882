"""Questions that wait until their asker has linked a PipesHub account."""

from dataclasses import dataclass, field
from typing import Protocol

import structlog

from bot.domain.errors import NotLinked, SlackError
from bot.domain.turns import Question, QuestionOptions
from bot.flows.accounts.identity import Identities
from bot.flows.answers.worker import TurnWorker
from bot.flows.ports import AccountInvitations
from bot.store.claims import ClaimStore
from bot.store.turn_queue import AwaitingAccountStore
from bot.store.turns import TurnStore
from bot.tasks import BackgroundTasks

log = structlog.get_logger(__name__)


class LinkedPersonView(Protocol):
    """Something on the screen that changes when a person links an account."""

    def redraw(self, workspace: str, person: str) -> None:
        """Draw it again for a Slack user, in the background."""


@dataclass(frozen=True)
class AwaitingAccountService:
    """Keeps questions until their asker has linked an account, then has them answered."""

    identities: Identities
    turns: TurnStore
    awaiting_account: AwaitingAccountStore
    claims: ClaimStore
    turn_worker: TurnWorker
    invitations: AccountInvitations
    background_tasks: BackgroundTasks
    views: list[LinkedPersonView] = field(default_factory=list)
    """What is drawn again for people who link an account."""

    async def record(self, question: Question, options: QuestionOptions) -> bool:
        """Record a question that has to wait, and invite its asker; return whether it is new."""
        identity = self.identities.identity_of(question.asker)
        if await self.turns.record(question, identity, options, unlinked=True) is None:
            return False
        self.background_tasks.start(self._invite_or_resume(question), f"invitation {question.ts}")
        return True

    async def resume(self, workspace: str, person: str) -> None:
        """Have the waiting questions of a Slack user answered."""
        for view in self.views:
            view.redraw(workspace, person)
        for turn in await self.awaiting_account.resume(workspace, person):
            self.turn_worker.start(turn)

    async def cancel(self, turn_id: str) -> bool:
        """Give up a waiting question; return False if it does not wait."""
        return await self.awaiting_account.cancel(turn_id)

    async def _invite_or_resume(self, question: Question) -> None:
        try:
            await self.identities.require_linked(question.asker)
        except NotLinked as missing:
            if await self._is_invitation_wanted(question):
                await self._send_invitation(question, missing)
        else:
            # Linked while the question was recorded: nothing else would resume it.
            await self.resume(question.thread.workspace, question.asker)

    async def _send_invitation(self, question: Question, missing: NotLinked) -> None:
        try:
            await self.invitations.send(question, missing)
        except SlackError as error:
            log.warning("account.invitation_failed", reason=error.detail)

    async def _is_invitation_wanted(self, question: Question) -> bool:
        """Return whether to invite: people who do not address the bot are invited once a thread."""
        thread = question.thread
        return question.addressed or await self.claims.claim_once(
            f"invited:{thread.workspace}:{thread.channel}:{thread.ts}:{question.asker}"
        )
