"""Feedback on an answer: thumbs, ratings and comments, sent to PipesHub."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

import structlog

from bot.domain.errors import FeedbackRefused, InvalidInput, Reason, Refused, RequestRefused
from bot.domain.feedback import Feedback, FeedbackSubject
from bot.domain.turns import UNANSWERED_STATES, Turn
from bot.flows.accounts.identity import Identities
from bot.flows.actions.permissions import AnswerLookup
from bot.store.answers import FeedbackStore
from bot.store.turns import TurnStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class FeedbackService:
    """Sends feedback to PipesHub. Everybody who sees an answer may rate it.

    PipesHub counts whatever it is sent, so a vote is sent once: the store has what was given. A vote that
    does not arrive is not kept, so that it can be given again.
    """

    answer_lookup: AnswerLookup
    turns: TurnStore
    identities: Identities
    feedback_store: FeedbackStore
    _vote_locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = field(
        default_factory=WeakValueDictionary, init=False
    )

    async def vote(self, turn_id: str, person: str, *, helpful: bool) -> bool:
        """Send a vote; return False, having sent nothing, where `person` said the same before.

        Raises Refused and PipesHubError.
        """
        async with self._vote_lock(turn_id, person):
            turn = await self._answer(turn_id)
            async with self._saved_vote(turn, person, helpful=helpful) as changed:
                if changed:
                    await self._send(turn, person, Feedback(helpful))
            return changed

    async def find_answer(self, workspace: str, channel: str, ts: str) -> Turn | None:
        """Return the turn whose answer a message shows, None for every other message.

        An answer on its way counts; one that failed or was stopped does not, for there is nothing to rate.
        """
        turn = await self.turns.find_by_reply(workspace, channel, ts)
        return None if turn is None or turn.state in UNANSWERED_STATES else turn

    async def subject(self, turn_id: str, person: str) -> FeedbackSubject:
        """Return what `person` can say something about. Raises Refused and PipesHubError."""
        turn = await self._answer(turn_id)
        given = await self.feedback_store.find_vote(turn_id, person)
        if _belongs_to_another(turn, person):
            return FeedbackSubject(given)
        conversation = await self.answer_lookup.conversation(turn)
        message = conversation.message(turn.message_id or "")
        if message is None:
            return FeedbackSubject(given)
        return FeedbackSubject(given, message.citations, has_follow_ups=bool(message.follow_ups))

    async def check(self, turn_id: str, person: str, feedback: Feedback) -> None:
        """Raise InvalidInput where `feedback` says nothing that `person` did not say before."""
        if feedback.has_details:
            return
        if feedback.is_helpful is None or feedback.is_helpful == await self.feedback_store.find_vote(
            turn_id, person
        ):
            raise InvalidInput(Reason.EMPTY_FEEDBACK)

    async def give_details(self, turn_id: str, person: str, feedback: Feedback) -> bool:
        """Send everything `person` said; return False where the server took the vote and not the rest.

        Raises Refused and PipesHubError; the vote is then what it was before.
        """
        async with self._vote_lock(turn_id, person):
            await self.check(turn_id, person, feedback)
            turn = await self._answer(turn_id)
            if feedback.is_helpful is None:
                await self._send(turn, person, feedback)
                return True
            async with self._saved_vote(turn, person, helpful=feedback.is_helpful) as changed:
                try:
                    await self._send(turn, person, feedback)
                except FeedbackRefused:
                    if changed:
                        await self._send(turn, person, Feedback(feedback.is_helpful))
                    return False
            return True

    async def _answer(self, turn_id: str) -> Turn:
        turn = await self.answer_lookup.finished(turn_id)
        if turn.message_id is None:
            # The server sent the bare text of its answer, so there is nothing to name in a rating.
            raise Refused(Reason.NO_SUCH_TURN)
        return turn

    def _vote_lock(self, turn_id: str, person: str) -> asyncio.Lock:
        """Return the lock that keeps a person's presses in order, so that the last one arrives last."""
        return self._vote_locks.setdefault((turn_id, person), asyncio.Lock())

    @asynccontextmanager
    async def _saved_vote(self, turn: Turn, person: str, *, helpful: bool) -> AsyncIterator[bool]:
        """Keep a vote while it is sent, and yield whether it changes the one before.

        An error, or a stop of this process, brings back what was kept before.
        """
        before, is_changed = await self.feedback_store.save_vote(turn.id, person, is_helpful=helpful)
        try:
            yield is_changed
        except BaseException:
            if is_changed:
                await asyncio.shield(self.feedback_store.restore_vote(turn.id, person, before))
            raise

    async def _send(self, turn: Turn, person: str, feedback: Feedback) -> None:
        if _belongs_to_another(turn, person):
            return  # the server takes feedback from the owner alone; the vote counts in the store
        try:
            await self.identities.conversations(turn.identity).submit_feedback(
                turn.conversation_id or "", turn.message_id or "", feedback
            )
        except RequestRefused as error:
            raise FeedbackRefused(error.detail) from error
        log.info("feedback.sent", turn=turn.id, helpful=feedback.is_helpful, details=feedback.has_details)


def _belongs_to_another(turn: Turn, person: str) -> bool:
    """Return whether a turn was asked with the own account of another person than `person`."""
    return turn.is_personal and person != turn.identity
