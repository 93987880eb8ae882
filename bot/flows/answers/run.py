"""One turn from its question to the stored ending."""

from contextlib import aclosing
from time import time
from uuid import uuid4

import structlog

from bot.domain.conversations import Answer, Completed, Conversation, Failed, State
from bot.domain.errors import (
    AnswerFailed,
    BotError,
    Interrupted,
    PipesHubError,
    SlackError,
    SlackUnreachable,
    TookTooLong,
    Unforeseen,
    Unreachable,
    WentQuiet,
)
from bot.domain.report import lack
from bot.domain.turns import Shown, Turn, TurnState
from bot.flows.accounts.identity import Identities
from bot.flows.answers.recovery import Adopting, Tidying
from bot.flows.answers.reply import Redrawing, Replies, Reply
from bot.flows.answers.source import Consulting, LiveAnswers, Places, Rewriting
from bot.metrics import Meters
from bot.store.threads import Threads
from bot.store.turn_queue import Queue
from bot.store.turns import Turns
from bot.tasks import uninterrupted

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
