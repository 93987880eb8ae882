"""Feedback on an answer: thumbs, ratings and comments, sent to PipesHub."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

import structlog

from bot.domain.errors import FeedbackRefused, InvalidInput, Reason, Refused, RequestRefused
from bot.domain.feedback import Feedback, FeedbackSubject
from bot.domain.turns import FINISHED_STATES, Turn, TurnState
from bot.flows.accounts.identity import Identities
from bot.flows.actions.permissions import AnswerLookup
from bot.store.turns import FeedbackStore, TurnStore

log = structlog.get_logger(__name__)


class FeedbackService:
    """Brings what people think of answers to PipesHub. Everybody who sees an answer may rate it.

    PipesHub adds up whatever it is sent and takes nothing back, so a vote is sent once: the store says
    what was given. A vote that does not arrive is not kept, so that it can be given again.
    """

    def __init__(
        self,
        answer_lookup: AnswerLookup,
        turns: TurnStore,
        identities: Identities,
        feedback_store: FeedbackStore,
    ) -> None:
        self._answer_lookup = answer_lookup
        self._turns = turns
        self._identities = identities
        self._feedback_store = feedback_store
        self._vote_locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

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
        turn = await self._turns.find_by_reply(workspace, channel, ts)
        return None if turn is None or turn.state in FINISHED_STATES - {TurnState.DONE} else turn

    async def subject(self, turn_id: str, person: str) -> FeedbackSubject:
        """Return what `person` can say something about. Raises Refused and PipesHubError."""
        turn = await self._answer(turn_id)
        given = await self._feedback_store.find_vote(turn_id, person)
        if _belongs_to_another(turn, person):
            return FeedbackSubject(given)
        conversation = await self._answer_lookup.conversation(turn)
        message = next((each for each in conversation.messages if each.id == turn.message_id), None)
        if message is None:
            return FeedbackSubject(given)
        return FeedbackSubject(given, message.citations, has_follow_ups=bool(message.follow_ups))

    async def check(self, turn_id: str, person: str, feedback: Feedback) -> None:
        """Raise InvalidInput where `opinion` holds nothing that `person` did not say before."""
        if feedback.has_details:
            return
        if feedback.is_helpful is None or feedback.is_helpful == await self._feedback_store.find_vote(
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
                return await self._send_whole_or_vote(turn, person, feedback, vote_is_new=changed)

    async def _answer(self, turn_id: str) -> Turn:
        turn = await self._answer_lookup.finished(turn_id)
        if turn.message_id is None:
            # The server sent the bare text of its answer, so there is nothing to name in a rating.
            raise Refused(Reason.NO_SUCH_TURN)
        return turn

    def _vote_lock(self, turn_id: str, person: str) -> asyncio.Lock:
        """Return what lets somebody's presses through one by one: the last one is to arrive last."""
        return self._vote_locks.setdefault((turn_id, person), asyncio.Lock())

    @asynccontextmanager
    async def _saved_vote(self, turn: Turn, person: str, *, helpful: bool) -> AsyncIterator[bool]:
        """Keep a vote while it is sent, and give whether it is another than before.

        Whatever goes wrong, a stop of this process included, brings back what was kept before.
        """
        before = await self._feedback_store.find_vote(turn.id, person)
        changed = await self._feedback_store.save_vote(turn.id, person, is_helpful=helpful)
        try:
            yield changed
        except BaseException:
            if changed:
                await asyncio.shield(self._feedback_store.restore_vote(turn.id, person, before))
            raise

    async def _send_whole_or_vote(
        self, turn: Turn, person: str, feedback: Feedback, *, vote_is_new: bool
    ) -> bool:
        """Send an opinion whole, or else a new vote alone; return whether the server took the whole."""
        try:
            await self._send(turn, person, feedback)
        except FeedbackRefused:
            if vote_is_new:
                await self._send(turn, person, Feedback(feedback.is_helpful))
            return False
        return True

    async def _send(self, turn: Turn, person: str, feedback: Feedback) -> None:
        if _belongs_to_another(turn, person):
            return  # the server takes nothing of anybody but the owner; the vote counts in the store
        try:
            await self._identities.conversations(turn.identity).submit_feedback(
                turn.conversation_id or "", turn.message_id or "", feedback
            )
        except RequestRefused as error:
            raise FeedbackRefused(error.detail) from error
        log.info("feedback.sent", turn=turn.id, helpful=feedback.is_helpful, details=feedback.has_details)


def _belongs_to_another(turn: Turn, person: str) -> bool:
    """Return whether a turn was asked with the own account of somebody else than `person`."""
    return turn.is_personal and person != turn.identity
