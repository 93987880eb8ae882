"""One turn from its question to the stored ending."""

from contextlib import aclosing
from dataclasses import dataclass, replace
from time import time

import structlog

from bot.domain.conversations import (
    DEFAULT_FOOTER,
    Answer,
    AnswerState,
    Completed,
    Conversation,
    Failed,
    FooterState,
)
from bot.domain.errors import (
    AnswerFailed,
    AnswerStopped,
    BotError,
    Interrupted,
    LeaseLost,
    PipesHubError,
    SlackError,
    SlackUnreachable,
    Unforeseen,
)
from bot.domain.report import weakness_of
from bot.domain.turns import MAX_DEATHS, ShownMessages, Turn, TurnState
from bot.flows.accounts.identity import Identities
from bot.flows.answers.live import LiveAnswers, LiveAnswerSlots
from bot.flows.answers.recovery import ReplyRecovery
from bot.flows.answers.reply import ReplyRedrawer, footer_state
from bot.flows.answers.source import AnswerSource
from bot.flows.ports import Notes, PostedReplies, Replies, Reply
from bot.log import new_incident
from bot.metrics import Meters
from bot.sentences import sentence
from bot.store.answers import AnswerStore, FooterFacts
from bot.store.claims import ClaimStore
from bot.store.threads import ThreadStore
from bot.store.turn_queue import TurnQueue
from bot.store.turns import TurnStore
from bot.tasks import finish_even_if_cancelled

log = structlog.get_logger(__name__)

CANCEL_TIMEOUT = 1.5  # seconds for telling the server; the person who stopped an answer waits for that


@dataclass(frozen=True)
class AnswerRunner:
    """Reads the answer of a turn, keeps its reply up to date, and ends both.

    An ending is shown, then stored: after a crash in between, the next worker shows it once more.
    """

    queue: TurnQueue
    turns: TurnStore
    threads: ThreadStore
    claims: ClaimStore
    answers: AnswerStore
    identities: Identities
    live_answers: LiveAnswers
    live_answer_slots: LiveAnswerSlots
    answer_source: AnswerSource
    replies: Replies
    posted_replies: PostedReplies
    reply_redrawer: ReplyRedrawer
    reply_recovery: ReplyRecovery
    notes: Notes
    meters: Meters

    async def run(self, turn: Turn) -> bool:
        """Work on a claimed turn until its reply shows an ending and its outcome is stored.

        Return False where that has to wait for Slack, so that the turn has to be resumed.
        """
        if turn.state is TurnState.RUNNING:
            self.meters.recoveries.inc()
        if turn.deaths > MAX_DEATHS:  # even the sentence ended with a dead process
            return await self._give_up(turn, None)
        if turn.resumed:
            try:
                turn = await self.reply_recovery.recover_messages(turn)
            except SlackUnreachable as error:
                log.warning("reply.lookup_postponed", reason=error.detail)
                return False
        reply = self.replies.for_turn(turn)
        if turn.deaths == MAX_DEATHS:
            return await finish_even_if_cancelled(self._give_up(turn, reply))
        answer, conversation = await self._read_answer(turn, reply)
        # A stop of the process must not come between showing the ending and storing it.
        return await finish_even_if_cancelled(self._finish(turn, reply, answer, conversation))

    async def _read_answer(self, turn: Turn, reply: Reply) -> tuple[Answer, Conversation | None]:
        answer, conversation = Answer(conversation_id=turn.conversation_id), None
        if turn.stop_requested_by is not None and not turn.shows_ending:
            return answer.stopped(turn.stop_requested_by), None
        if turn.state is TurnState.WAITING and (turn.questions_ahead or turn.regenerates):
            reply.show(answer)  # in place of its queue position, or of the answer before

        async def cancel() -> None:
            await self.identities.cancel_run(
                turn.identity, answer.conversation_id, turn.id, within=CANCEL_TIMEOUT
            )

        async with self.live_answers.read(turn.id, cancel) as stop:
            try:
                async with aclosing(self.live_answer_slots.events(turn, self.answer_source)) as events:
                    async for event in events:
                        known = answer.conversation_id
                        answer = answer.with_event(event)
                        if answer.conversation_id and answer.conversation_id != known:
                            await finish_even_if_cancelled(
                                self.turns.save_conversation_id(turn, answer.conversation_id)
                            )
                        if isinstance(event, Completed):
                            conversation = event.conversation
                        if answer.state is AnswerState.WRITING and not turn.shows_ending:
                            reply.show(answer)
            except BotError as error:
                answer = answer.with_event(Failed(error))
            except Exception:
                code = new_incident()
                log.exception("answer.crashed", incident=code)
                answer = answer.with_event(Failed(Unforeseen(code)))
        return self._ended(answer, stop.by), conversation

    def _ended(self, answer: Answer, stopped_by: str | None) -> Answer:
        """Return an answer whose reading has ended, by its last event or by the person who stopped it."""
        stopped = answer.state is AnswerState.WRITING or isinstance(answer.error, AnswerStopped)
        if stopped_by is not None and stopped:
            goes_on = self.identities.server.stops_when_left is not True
            return answer.stopped(stopped_by, goes_on=goes_on)
        return answer.with_event(Failed(Interrupted("no last event")))

    async def _finish(
        self, turn: Turn, reply: Reply, answer: Answer, conversation: Conversation | None
    ) -> bool:
        """End a turn; `conversation` is the server's at the end, where it sent one.

        Return False where the ending could not be shown yet, so that the turn has to be resumed.
        """
        _log_outcome(answer)
        note, lost, is_new_answer = "", False, True
        if turn.regenerates and answer.state is AnswerState.FAILED:
            answer, note, lost = await self.answer_source.regenerate_fallback(turn, answer)
            is_new_answer = False
        facts = await self.answers.footer_facts(turn.question.thread, turn.identity)
        unarchived = is_new_answer and await self._unarchive_if_archived(turn, answer, facts, conversation)
        if unarchived:
            note, facts = sentence("answer.unarchived"), replace(facts, archived=None)
        shown = None
        try:
            footer = footer_state(turn, facts, lost=lost, note=note)
            answer, shown = await self._show_ending(reply, answer, footer)
            shown = await self._without_lost(turn, answer, shown)
        except LeaseLost as error:
            log.warning("turn.lease_lost", reason=error.detail)
            return True
        except SlackError as error:
            if await self._is_postponed(turn, error):
                return False
        outcome = _outcome(turn, answer)
        if not await self.queue.finish(turn, outcome, shown, answer.message_id, weakness_of(answer)):
            return True
        recovered = outcome is TurnState.DONE and turn.state is TurnState.RUNNING
        self.meters.answers.labels("recovered" if recovered else outcome).inc()
        if outcome is TurnState.DONE and shown is not None:
            self.meters.since(turn.asked_at, self.meters.first_text, until=shown.readable_at)
            self.meters.since(turn.asked_at, self.meters.answer)
        if shown is not None and shown.leftover and (stored := await self.turns.get(turn.id)) is not None:
            await self.reply_recovery.delete_leftovers(stored)
        if conversation is not None:
            await self.reply_redrawer.redraw_before(turn, conversation, facts, everything=unarchived)
        return True

    async def _give_up(self, turn: Turn, reply: Reply | None) -> bool:
        """End a turn that may be what kills processes, in a sentence and without drawing anything else.

        Returns False as `run` does.
        """
        code = new_incident()
        log.error("turn.given_up", incident=code, deaths=turn.deaths)
        answer, shown = Answer(conversation_id=turn.conversation_id, message_id=turn.message_id), None
        answer = answer.with_event(Failed(Unforeseen(code)))
        try:
            if reply is not None:
                answer, shown = await self._show_ending(reply, answer, DEFAULT_FOOTER)
        except LeaseLost as error:
            log.warning("turn.lease_lost", reason=error.detail)
            return True
        except SlackError as error:
            if await self._is_postponed(turn, error):
                return False
        outcome = _outcome(turn, answer)
        if await self.queue.finish(turn, outcome, shown):
            self.meters.answers.labels(outcome).inc()
        return True

    async def _is_postponed(self, turn: Turn, error: SlackError) -> bool:
        """Return whether an ending that could not be shown is shown later; if not, the asker is told."""
        if turn.may_wait_for(error, time()):
            # Its lease is released: the next worker shows the stored answer when Slack answers again.
            log.warning("reply.ending_postponed", reason=error.detail)
            return True
        log.warning("reply.ending_failed", reason=error.detail)
        await self.notes.tell_refused(turn.question, error)
        return False

    async def _without_lost(
        self, turn: Turn, answer: Answer, shown: ShownMessages | None
    ) -> ShownMessages | None:
        """Return what shows the ending, all of it to be deleted where it is in no thread.

        Slack puts a reply into the channel where its question was deleted before.
        """
        if shown is None or answer.state is not AnswerState.STOPPED:
            return shown
        if not await self.claims.is_claimed(turn.question.deletion_claim):
            return shown
        if not await self.posted_replies.is_outside_thread(turn):
            return shown
        return ShownMessages(leftover=(*shown.messages, *shown.leftover))

    async def _show_ending(
        self, reply: Reply, answer: Answer, footer: FooterState
    ) -> tuple[Answer, ShownMessages | None]:
        """Show an ending, or in place of one that cannot be drawn that it failed; return what is shown.

        Raises SlackError.
        """
        try:
            return answer, await reply.finish(answer, footer)
        except BotError:
            raise
        except Exception:
            code = new_incident()
            log.exception("reply.ending_crashed", incident=code)
        plain = Answer(conversation_id=answer.conversation_id, message_id=answer.message_id)
        plain = plain.with_event(Failed(Unforeseen(code)))
        try:
            return plain, await reply.finish(plain)
        except BotError:
            raise
        except Exception:
            log.exception("reply.plain_ending_crashed", incident=code)
            return plain, None

    async def _unarchive_if_archived(
        self, turn: Turn, answer: Answer, facts: FooterFacts, conversation: Conversation | None
    ) -> bool:
        """Take a conversation that goes on out of the archive; return whether it was in it."""
        thread, identity = turn.question.thread, turn.identity
        if answer.state is not AnswerState.DONE or conversation is None:
            return False
        if not (conversation.is_archived or facts.archived):
            return False
        try:
            await self.identities.conversations(identity).unarchive(conversation.id)
        except PipesHubError as error:
            log.warning("archive.unarchive_failed", reason=error.detail)
            return False
        await self.threads.save_archived(thread, identity, None)
        return True


def _outcome(turn: Turn, answer: Answer) -> TurnState:
    if answer.state is AnswerState.DONE:
        return TurnState.DONE
    if answer.state is AnswerState.STOPPED:
        return TurnState.STOPPED
    if isinstance(answer.error, PipesHubError) and answer.error.may_have_arrived:
        return TurnState.BROKEN
    # It could not be looked up what the server has of the question.
    unknown = turn.state is TurnState.RUNNING and not isinstance(answer.error, AnswerFailed)
    return TurnState.BROKEN if unknown else TurnState.FAILED


def _log_outcome(answer: Answer) -> None:
    """Log how an answer ended, without its text."""
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
