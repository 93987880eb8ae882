"""The end of a turn: what its reply shows at last, what is stored, and what follows from it."""

from time import time

import structlog

from bot.domain.conversations import Answer, Conversation, State
from bot.domain.errors import (
    AnswerFailed,
    Interrupted,
    PipesHubError,
    SlackError,
    SlackUnreachable,
    TookTooLong,
    Unreachable,
    WentQuiet,
)
from bot.domain.report import lack
from bot.domain.turns import Shown, Turn, TurnState
from bot.flows.identities import Identities
from bot.flows.redrawing import Redrawing
from bot.flows.replies import Reply
from bot.flows.rewriting import Rewriting
from bot.flows.tidying import Tidying
from bot.metrics import Meters
from bot.store.threads import Threads
from bot.store.turn_queue import Queue

log = structlog.get_logger(__name__)

# The server may have stored, or still be writing, an answer whose stream ended so.
BROKEN = (Interrupted, TookTooLong, WentQuiet)

UNARCHIVED = ":file_cabinet: This conversation was archived. I took it out of the archive for your question."


class Ending:
    """Shows an ending, then stores it: in between, the next worker would show it once more."""

    def __init__(
        self,
        queue: Queue,
        threads: Threads,
        identities: Identities,
        redrawing: Redrawing,
        rewriting: Rewriting,
        tidying: Tidying,
        meters: Meters,
    ) -> None:
        self._queue = queue
        self._threads = threads
        self._identities = identities
        self._redrawing = redrawing
        self._rewriting = rewriting
        self._tidying = tidying
        self._meters = meters

    async def end(self, turn: Turn, reply: Reply, answer: Answer, conversation: Conversation | None) -> None:
        """End a turn; `conversation` is what the server said of it at the end, where it did."""
        _report(answer)
        note, lost = "", False
        if turn.regenerates and answer.state is State.FAILED:
            back = await self._rewriting.fallen_back(turn, answer)
            answer, note, lost = back.answer, back.note, back.lost
        elif answer.state is State.DONE and await self._unarchived(turn, conversation):
            note = UNARCHIVED
        shown = None
        try:
            shown = await reply.finish(answer, await self._redrawing.standing(turn, lost=lost, note=note))
        except SlackError as error:
            if isinstance(error, SlackUnreachable) and not turn.is_past_hope(time()):
                # Given back, the turn is taken up again, and the stored answer shown when Slack is there.
                log.warning("the ending could not be shown yet", reason=error.detail)
                return
            log.warning("the ending could not be shown", reason=error.detail)
        outcome = _outcome(turn, answer)
        if not await self._queue.finish(turn, outcome, shown, answer.message_id, lack(answer)):
            return
        self._count(turn, outcome, shown)
        if shown is not None and shown.leftover:
            await self._tidying.tidy(turn.id)
        if conversation is not None:
            await self._redrawing.redraw_before(turn, conversation, everything=note == UNARCHIVED)

    def _count(self, turn: Turn, outcome: TurnState, shown: Shown | None) -> None:
        recovered = outcome is TurnState.DONE and turn.state is TurnState.RUNNING
        self._meters.answers.labels("recovered" if recovered else outcome).inc()
        if outcome is TurnState.DONE and shown is not None:
            self._meters.since(turn.asked_at, self._meters.first_text, until=shown.readable_at)
            self._meters.since(turn.asked_at, self._meters.answer)

    async def _unarchived(self, turn: Turn, conversation: Conversation | None) -> bool:
        """Take a conversation that goes on out of the archive; return whether it was in it."""
        thread, identity = turn.question.thread, turn.identity
        known = await self._threads.archived(thread, identity)
        if conversation is None or not (conversation.is_archived or known):
            return False
        try:
            await self._identities.conversations(identity).unarchive(conversation.id)
        except PipesHubError as error:
            log.warning("a conversation that goes on stays archived", reason=error.detail)
            return False
        await self._threads.archive(thread, identity, None)
        return True


def _outcome(turn: Turn, answer: Answer) -> TurnState:
    if answer.state is State.DONE:
        return TurnState.DONE
    if answer.state is State.STOPPED:
        return TurnState.STOPPED
    if isinstance(answer.error, BROKEN) or (isinstance(answer.error, Unreachable) and answer.error.arrived):
        return TurnState.BROKEN
    # What the server has of a question could not even be looked up.
    unknown = turn.state is TurnState.RUNNING and not isinstance(answer.error, AnswerFailed)
    return TurnState.BROKEN if unknown else TurnState.FAILED


def _report(answer: Answer) -> None:
    """Log how an answer ended, without a word of it."""
    fields = {
        "conversation": answer.conversation_id,
        "characters": len(answer.text),
        "sources": len(answer.citations),
    }
    if answer.error is None:
        log.info("answered", outcome=str(answer.state), **fields)
        return
    level = log.warning if answer.error.expected else log.error
    level("answer failed", error=type(answer.error).__name__, reason=answer.error.detail, **fields)
