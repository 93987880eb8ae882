"""One turn, from the question to the last word of its reply."""

from contextlib import aclosing
from uuid import uuid4

import structlog

from bot.domain.conversations import Answer, Completed, Conversation, Failed, State
from bot.domain.errors import BotError, Interrupted, SlackUnreachable, Unforeseen
from bot.domain.turns import Turn, TurnState
from bot.flows.adopting import Adopting
from bot.flows.consulting import Consulting
from bot.flows.ending import Ending
from bot.flows.live import LiveAnswers
from bot.flows.places import Places
from bot.flows.replies import Replies, Reply
from bot.metrics import Meters
from bot.store.turns import Turns
from bot.tasks import uninterrupted

log = structlog.get_logger(__name__)


class Answering:
    """Follows what PipesHub says to a turn and keeps its reply up to date."""

    def __init__(
        self,
        places: Places,
        consulting: Consulting,
        ending: Ending,
        turns: Turns,
        replies: Replies,
        live: LiveAnswers,
        adopting: Adopting,
        meters: Meters,
    ) -> None:
        self._places = places
        self._consulting = consulting
        self._ending = ending
        self._turns = turns
        self._replies = replies
        self._live = live
        self._adopting = adopting
        self._meters = meters

    async def answer(self, turn: Turn) -> None:
        """Work on a claimed turn until its reply shows an ending and its outcome is stored."""
        if turn.state is TurnState.RUNNING:
            self._meters.recoveries.inc()
        if turn.taken_up:
            try:
                turn = await self._adopting.adopt(turn)
            except SlackUnreachable as error:
                log.warning("what was left cannot be looked up yet", reason=error.detail)
                return
        reply = self._replies.of(turn)
        answer, conversation = await self._read(turn, reply)
        # A stop of the process must not come between showing the ending and storing it.
        await uninterrupted(self._ending.end(turn, reply, answer, conversation))

    async def _read(self, turn: Turn, reply: Reply) -> tuple[Answer, Conversation | None]:
        answer, conversation = Answer(conversation_id=turn.conversation_id), None
        if turn.stop_by is not None and not turn.ended:
            return answer.stopped(turn.stop_by), None
        if turn.state is TurnState.WAITING and (turn.ahead or turn.regenerates):
            reply.show(answer)  # what stands there is a place in line, or the answer before
        async with self._live.reading(turn.id) as stop:
            try:
                async with aclosing(self._places.events(turn, self._consulting)) as events:
                    async for event in events:
                        known = answer.conversation_id
                        answer = answer.after(event)
                        if answer.conversation_id and answer.conversation_id != known:
                            await uninterrupted(self._turns.opened(turn, answer.conversation_id))
                        if isinstance(event, Completed):
                            conversation = event.conversation
                        if answer.state is State.WRITING and not turn.ended:
                            reply.show(answer)
            except BotError as error:
                answer = answer.after(Failed(error))
            except Exception:
                code = uuid4().hex[:8]
                log.exception("answering failed", incident=code)
                answer = answer.after(Failed(Unforeseen(code)))
        if stop.by is not None and answer.state is State.WRITING:
            return answer.stopped(stop.by), None
        return answer.after(Failed(Interrupted("no last event"))), conversation
