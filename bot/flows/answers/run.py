"""One turn from its question to the stored ending."""

from contextlib import aclosing
from time import time
from uuid import uuid4

import structlog

from bot.domain.conversations import Answer, AnswerState, Completed, Conversation, Failed
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
from bot.domain.report import weakness_of
from bot.domain.turns import ShownMessages, Turn, TurnState
from bot.flows.accounts.identity import Identities
from bot.flows.answers.recovery import LeftoverCleanup, ReplyRecovery
from bot.flows.answers.reply import Replies, Reply, ReplyRedrawer
from bot.flows.answers.source import AnswerSource, LiveAnswers, LiveAnswerSlots, RegenerateSource
from bot.metrics import Meters
from bot.store.threads import ThreadStore
from bot.store.turn_queue import TurnQueue
from bot.store.turns import TurnStore
from bot.tasks import finish_even_if_cancelled

log = structlog.get_logger(__name__)

# The server may have stored, or still be writing, an answer whose stream ended so.
BROKEN_STREAM_ERRORS = (Interrupted, TookTooLong, WentQuiet)

UNARCHIVED_NOTE = (
    ":file_cabinet: This conversation was archived. I took it out of the archive for your question."
)


class AnswerFinisher:
    """Shows an ending, then stores it: in between, the next worker would show it once more."""

    def __init__(
        self,
        queue: TurnQueue,
        threads: ThreadStore,
        identities: Identities,
        reply_redrawer: ReplyRedrawer,
        regenerate_source: RegenerateSource,
        leftover_cleanup: LeftoverCleanup,
        meters: Meters,
    ) -> None:
        self._queue = queue
        self._threads = threads
        self._identities = identities
        self._reply_redrawer = reply_redrawer
        self._regenerate_source = regenerate_source
        self._leftover_cleanup = leftover_cleanup
        self._meters = meters

    async def finish(
        self, turn: Turn, reply: Reply, answer: Answer, conversation: Conversation | None
    ) -> None:
        """End a turn; `conversation` is what the server said of it at the end, where it did."""
        _log_outcome(answer)
        note, lost = "", False
        if turn.regenerates and answer.state is AnswerState.FAILED:
            back = await self._regenerate_source.fallback(turn, answer)
            answer, note, lost = back.answer, back.note, back.is_lost
        elif answer.state is AnswerState.DONE and await self._unarchive_if_archived(turn, conversation):
            note = UNARCHIVED_NOTE
        shown = None
        try:
            shown = await reply.finish(
                answer, await self._reply_redrawer.footer_state(turn, lost=lost, note=note)
            )
        except SlackError as error:
            if isinstance(error, SlackUnreachable) and not turn.is_too_old(time()):
                # Given back, the turn is taken up again, and the stored answer shown when Slack is there.
                log.warning("reply.ending_postponed", reason=error.detail)
                return
            log.warning("reply.ending_failed", reason=error.detail)
        outcome = _outcome(turn, answer)
        if not await self._queue.finish(turn, outcome, shown, answer.message_id, weakness_of(answer)):
            return
        self._count(turn, outcome, shown)
        if shown is not None and shown.leftover:
            await self._leftover_cleanup.clean_up(turn.id)
        if conversation is not None:
            await self._reply_redrawer.redraw_before(turn, conversation, everything=note == UNARCHIVED_NOTE)

    def _count(self, turn: Turn, outcome: TurnState, shown: ShownMessages | None) -> None:
        recovered = outcome is TurnState.DONE and turn.state is TurnState.RUNNING
        self._meters.answers.labels("recovered" if recovered else outcome).inc()
        if outcome is TurnState.DONE and shown is not None:
            self._meters.since(turn.asked_at, self._meters.first_text, until=shown.readable_at)
            self._meters.since(turn.asked_at, self._meters.answer)

    async def _unarchive_if_archived(self, turn: Turn, conversation: Conversation | None) -> bool:
        """Take a conversation that goes on out of the archive; return whether it was in it."""
        thread, identity = turn.question.thread, turn.identity
        known = await self._threads.find_archive_record(thread, identity)
        if conversation is None or not (conversation.is_archived or known):
            return False
        try:
            await self._identities.conversations(identity).unarchive(conversation.id)
        except PipesHubError as error:
            log.warning("archive.unarchive_failed", reason=error.detail)
            return False
        await self._threads.save_archived(thread, identity, None)
        return True


def _outcome(turn: Turn, answer: Answer) -> TurnState:
    if answer.state is AnswerState.DONE:
        return TurnState.DONE
    if answer.state is AnswerState.STOPPED:
        return TurnState.STOPPED
    if isinstance(answer.error, BROKEN_STREAM_ERRORS) or (
        isinstance(answer.error, Unreachable) and answer.error.may_have_arrived
    ):
        return TurnState.BROKEN
    # What the server has of a question could not even be looked up.
    unknown = turn.state is TurnState.RUNNING and not isinstance(answer.error, AnswerFailed)
    return TurnState.BROKEN if unknown else TurnState.FAILED


def _log_outcome(answer: Answer) -> None:
    """Log how an answer ended, without a word of it."""
    fields = {
        "conversation": answer.conversation_id,
        "characters": len(answer.text),
        "sources": len(answer.citations),
    }
    if answer.error is None:
        log.info("answer.finished", outcome=str(answer.state), **fields)
        return
    level = log.warning if answer.error.expected else log.error
    level("answer.failed", error=answer.error.reason, reason=answer.error.detail, **fields)


class AnswerRunner:
    """Follows what PipesHub says to a turn and keeps its reply up to date."""

    def __init__(
        self,
        live_answer_slots: LiveAnswerSlots,
        answer_source: AnswerSource,
        answer_finisher: AnswerFinisher,
        turns: TurnStore,
        replies: Replies,
        live_answers: LiveAnswers,
        reply_recovery: ReplyRecovery,
        meters: Meters,
    ) -> None:
        self._live_answer_slots = live_answer_slots
        self._answer_source = answer_source
        self._answer_finisher = answer_finisher
        self._turns = turns
        self._replies = replies
        self._live_answers = live_answers
        self._reply_recovery = reply_recovery
        self._meters = meters

    async def run(self, turn: Turn) -> None:
        """Work on a claimed turn until its reply shows an ending and its outcome is stored."""
        if turn.state is TurnState.RUNNING:
            self._meters.recoveries.inc()
        if turn.resumed:
            try:
                turn = await self._reply_recovery.recover_messages(turn)
            except SlackUnreachable as error:
                log.warning("reply.lookup_postponed", reason=error.detail)
                return
        reply = self._replies.for_turn(turn)
        answer, conversation = await self._read_answer(turn, reply)
        # A stop of the process must not come between showing the ending and storing it.
        await finish_even_if_cancelled(self._answer_finisher.finish(turn, reply, answer, conversation))

    async def _read_answer(self, turn: Turn, reply: Reply) -> tuple[Answer, Conversation | None]:
        answer, conversation = Answer(conversation_id=turn.conversation_id), None
        if turn.stop_requested_by is not None and not turn.shows_ending:
            return answer.stopped(turn.stop_requested_by), None
        if turn.state is TurnState.WAITING and (turn.questions_ahead or turn.regenerates):
            reply.show(answer)  # what stands there is a place in line, or the answer before
        async with self._live_answers.read(turn.id) as stop:
            try:
                async with aclosing(self._live_answer_slots.events(turn, self._answer_source)) as events:
                    async for event in events:
                        known = answer.conversation_id
                        answer = answer.with_event(event)
                        if answer.conversation_id and answer.conversation_id != known:
                            await finish_even_if_cancelled(
                                self._turns.save_conversation_id(turn, answer.conversation_id)
                            )
                        if isinstance(event, Completed):
                            conversation = event.conversation
                        if answer.state is AnswerState.WRITING and not turn.shows_ending:
                            reply.show(answer)
            except BotError as error:
                answer = answer.with_event(Failed(error))
            except Exception:
                code = uuid4().hex[:8]
                log.exception("answer.crashed", incident=code)
                answer = answer.with_event(Failed(Unforeseen(code)))
        if stop.by is not None and answer.state is AnswerState.WRITING:
            return answer.stopped(stop.by), None
        return answer.with_event(Failed(Interrupted("no last event"))), conversation
