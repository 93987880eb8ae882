"""Feedback on an answer: thumbs, ratings and comments, sent to PipesHub."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

import structlog

from bot.domain.errors import NoSuchTurn, NothingSaid, RatingRefused, RequestRefused
from bot.domain.feedback import Opinion, Rateable
from bot.domain.turns import FINISHED, Turn, TurnState
from bot.flows.accounts.identity import Identities
from bot.flows.actions.permissions import Records
from bot.store.turns import Ratings, Turns

log = structlog.get_logger(__name__)


class Rating:
    """Brings what people think of answers to PipesHub. Everybody who sees an answer may rate it.

    PipesHub adds up whatever it is sent and takes nothing back, so a vote is sent once: the store says
    what was given. A vote that does not arrive is not kept, so that it can be given again.
    """

    def __init__(self, records: Records, turns: Turns, identities: Identities, ratings: Ratings) -> None:
        self._records = records
        self._turns = turns
        self._identities = identities
        self._ratings = ratings
        self._voting: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def rate(self, turn_id: str, person: str, *, helpful: bool) -> bool:
        """Send a vote; return False, having sent nothing, where `person` said the same before.

        Raises Refusal and PipesHubError.
        """
        async with self._in_order(turn_id, person):
            turn = await self._answer(turn_id)
            async with self._kept(turn, person, helpful=helpful) as changed:
                if changed:
                    await self._send(turn, person, Opinion(helpful))
            return changed

    async def answer_in(self, workspace: str, channel: str, ts: str) -> Turn | None:
        """Return the turn whose answer a message shows, None for every other message.

        An answer on its way counts; one that failed or was stopped does not, for there is nothing to rate.
        """
        turn = await self._turns.shown_in(workspace, channel, ts)
        return None if turn is None or turn.state in FINISHED - {TurnState.DONE} else turn

    async def details(self, turn_id: str, person: str) -> Rateable:
        """Return what `person` can say something about. Raises Refusal and PipesHubError."""
        turn = await self._answer(turn_id)
        given = await self._ratings.given(turn_id, person)
        if _is_somebody_elses(turn, person):
            return Rateable(given)
        conversation = await self._records.conversation(turn)
        message = next((each for each in conversation.messages if each.id == turn.message_id), None)
        if message is None:
            return Rateable(given)
        return Rateable(given, message.citations, has_follow_ups=bool(message.follow_ups))

    async def check(self, turn_id: str, person: str, opinion: Opinion) -> None:
        """Raise NothingSaid where `opinion` holds nothing that `person` did not say before."""
        if opinion.has_details:
            return
        if opinion.is_helpful is None or opinion.is_helpful == await self._ratings.given(turn_id, person):
            raise NothingSaid

    async def tell_more(self, turn_id: str, person: str, opinion: Opinion) -> bool:
        """Send everything `person` said; return False where the server took the vote and not the rest.

        Raises NothingSaid, other Refusals and PipesHubError; the vote is then what it was before.
        """
        async with self._in_order(turn_id, person):
            await self.check(turn_id, person, opinion)
            turn = await self._answer(turn_id)
            if opinion.is_helpful is None:
                await self._send(turn, person, opinion)
                return True
            async with self._kept(turn, person, helpful=opinion.is_helpful) as changed:
                return await self._send_what_is_taken(turn, person, opinion, vote_is_new=changed)

    async def _answer(self, turn_id: str) -> Turn:
        turn = await self._records.answered(turn_id)
        if turn.message_id is None:
            # The server sent the bare text of its answer, so there is nothing to name in a rating.
            raise NoSuchTurn
        return turn

    def _in_order(self, turn_id: str, person: str) -> asyncio.Lock:
        """Return what lets somebody's presses through one by one: the last one is to arrive last."""
        return self._voting.setdefault((turn_id, person), asyncio.Lock())

    @asynccontextmanager
    async def _kept(self, turn: Turn, person: str, *, helpful: bool) -> AsyncIterator[bool]:
        """Keep a vote while it is sent, and give whether it is another than before.

        Whatever goes wrong, a stop of this process included, brings back what was kept before.
        """
        before = await self._ratings.given(turn.id, person)
        changed = await self._ratings.rate(turn.id, person, is_helpful=helpful)
        try:
            yield changed
        except BaseException:
            if changed:
                await asyncio.shield(self._ratings.restore(turn.id, person, before))
            raise

    async def _send_what_is_taken(
        self, turn: Turn, person: str, opinion: Opinion, *, vote_is_new: bool
    ) -> bool:
        """Send an opinion whole, or else a new vote alone; return whether the server took the whole."""
        try:
            await self._send(turn, person, opinion)
        except RatingRefused:
            if vote_is_new:
                await self._send(turn, person, Opinion(opinion.is_helpful))
            return False
        return True

    async def _send(self, turn: Turn, person: str, opinion: Opinion) -> None:
        if _is_somebody_elses(turn, person):
            return  # the server takes nothing of anybody but the owner; the vote counts in the store
        try:
            await self._identities.conversations(turn.identity).submit_feedback(
                turn.conversation_id or "",
                turn.message_id or "",
                is_helpful=opinion.is_helpful,
                ratings={str(aspect): stars for aspect, stars in opinion.ratings.items()},
                categories=map(str, opinion.categories),
                comments={str(kind): text for kind, text in opinion.comments.items()},
                citation_feedback=[
                    {"citationId": id_, "isRelevant": relevant} for id_, relevant in opinion.relevant.items()
                ],
                follow_up_questions_helpful=opinion.follow_ups_helpful,
            )
        except RequestRefused as error:
            raise RatingRefused(error.detail) from error
        log.info("rated", turn=turn.id, helpful=opinion.is_helpful, details=opinion.has_details)


def _is_somebody_elses(turn: Turn, person: str) -> bool:
    """Return whether a turn was asked with the own account of somebody else than `person`."""
    return turn.is_personal and person != turn.identity
