"""Where a turn's events come from: a new question, a stored answer, or a regeneration."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, replace
from time import time

import structlog

from bot.domain.conversations import (
    Answer,
    AnswerEvent,
    Completed,
    ConversationStarted,
    ConversationStatus,
    Failed,
    Message,
    MessageAuthor,
    Progress,
    TextSoFar,
    finished_answer,
)
from bot.domain.errors import (
    AnswerFailed,
    PipesHubError,
    Reason,
    Refused,
    WentQuiet,
)
from bot.domain.text import question_with_thread
from bot.domain.turns import QuestionOptions, Turn, TurnState
from bot.flows.accounts.identity import Identities
from bot.flows.answers.outage import Outage
from bot.flows.answers.recovery import RECOVERY_PATIENCE, AnswerRecovery
from bot.flows.answers.reply import answer_from_version
from bot.flows.ports import Directory, Notes
from bot.metrics import Meters
from bot.pipeshub.client import Conversations
from bot.pipeshub.errors import is_unknown_path
from bot.sentences import sentence
from bot.store.answers import AnswerStore
from bot.store.turn_queue import TurnQueue
from bot.store.turns import TurnStore

log = structlog.get_logger(__name__)


SECOND_LOOK = 2.0  # seconds until it is looked once more for a question that may have arrived


@dataclass(frozen=True)
class AnswerSource:
    """The events of a turn's answer: from a question, a regeneration, or what the server has stored."""

    identities: Identities
    queue: TurnQueue
    turns: TurnStore
    answers: AnswerStore
    answer_recovery: AnswerRecovery
    notes: Notes
    directory: Directory
    default_options: QuestionOptions
    streaming: bool
    meters: Meters

    async def events(self, turn: Turn) -> AsyncGenerator[AnswerEvent, None]:
        """Yield what the server says to `turn` until its last event, over whatever passes by itself.

        A question that may have arrived counts as an abandoned turn's from then on: it is looked up first,
        and asked again only where the server never got it.
        """
        outage = Outage(self.identities.server.timeouts.give_up, self.meters)
        reconnecting = Progress(sentence("answer.reconnecting"))
        last: AnswerEvent | None = None
        while True:
            pause = None
            async with aclosing(self._attempt(turn, outage)) as events:
                async for event in events:
                    if isinstance(event, ConversationStarted):
                        turn = replace(turn, conversation_id=event.conversation_id)
                    if isinstance(event, Failed):
                        pause = outage.pause_after(event.error)
                        last = event if pause is not None else Failed(outage.last_word(event.error))
                        break
                    last = event
                    yield event
            if pause is None:
                if isinstance(last, Failed):
                    yield last
                return
            if last != reconnecting:
                last = reconnecting
                yield reconnecting
            await asyncio.sleep(pause)
            if outage.broken is not None:
                turn = replace(turn, state=TurnState.RUNNING)

    async def _attempt(self, turn: Turn, outage: Outage) -> AsyncGenerator[AnswerEvent, None]:
        """Yield the events of one attempt; what keeps it from beginning is its last event, too."""
        try:
            async with aclosing(self._begin(turn, outage)) as events:
                async for event in events:
                    if not (isinstance(event, TextSoFar) and outage.shortens(event.text)):
                        yield event
        except PipesHubError as error:
            yield Failed(outage.seen(error))

    async def _begin(self, turn: Turn, outage: Outage) -> AsyncGenerator[AnswerEvent, None]:
        facts = await self.queue.asking_facts(turn, time() - RECOVERY_PATIENCE)
        options = turn.options.with_defaults(facts.channel_options.with_defaults(self.default_options))
        if turn.regenerates:
            async for event in self._regenerate(turn, options):
                yield event
            return
        text = await self.directory.question_text(turn.question)
        conversation_id = facts.conversation_id
        if turn.state is TurnState.RUNNING:
            found = False
            # What a gateway gave up on may still be on its way: then one look is not enough.
            for pause in (0.0,) if outage.broken is None else (0.0, SECOND_LOOK):
                await asyncio.sleep(pause)
                known_id = turn.conversation_id or conversation_id
                async with aclosing(self.answer_recovery.events(turn, text, known_id, options)) as events:
                    async for event in events:
                        found = True
                        yield event
                if found:
                    return
        for left in facts.interrupted:
            yield Progress(sentence("answer.waiting_for_previous"))
            before = await self.directory.question_text(left.question)
            conversation_id = await self.answer_recovery.wait_until_over(left, before, conversation_id)
        text = await self._with_thread(turn, text)
        async with aclosing(self._ask(turn, text, options, conversation_id)) as events:
            async for event in events:
                yield event

    async def _with_thread(self, turn: Turn, question: str) -> str:
        """Return a question with what others said in its thread since the asker's last one.

        Where everybody asks under the same identity, the conversation has all other questions already.
        """
        if not turn.is_personal:
            return question
        answered = await self.turns.in_thread(turn.question.thread, None, TurnState.DONE)
        own = [each for each in answered if each.identity == turn.identity]
        others = [each for each in answered if each.identity != turn.identity]
        said = await self.notes.messages_between(
            turn.question.thread,
            max((each.question.ts for each in own), default="0"),
            turn.question.ts,
            {ts for each in others for ts in (each.reply_ts, *each.further_ts) if ts},
            {each.question.ts for each in own},
        )
        return question_with_thread(question, said)

    async def _ask(
        self, turn: Turn, text: str, options: QuestionOptions, conversation_id: str | None
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Ask `text`, in a new conversation where none is named, and yield the events of its answer.

        Raises PipesHubError in place of the first event.
        """
        with ExitStack() as unbound:
            if conversation_id is None:
                unbound.enter_context(self.answer_recovery.beginning(turn, text))
            async with aclosing(self._send(turn, text, options, conversation_id)) as events:
                async for event in events:
                    yield event
                    if isinstance(event, ConversationStarted):  # whose id is stored by now
                        unbound.close()

    async def _send(
        self, turn: Turn, text: str, options: QuestionOptions, conversation_id: str | None
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Yield the events of an answer, from a stream or from the plain operation.

        A server that does not know the address of the stream is asked by the plain operation. Raises
        PipesHubError in place of the first event.
        """
        conversations = self.identities.conversations(turn.identity)
        if self.streaming:
            if conversation_id is None:
                stream = conversations.create_with_streaming(query=text, options=options, run_id=turn.id)
            else:
                stream = conversations.add_message_stream(
                    conversation_id, query=text, options=options, run_id=turn.id
                )
            try:
                async with stream as events:
                    async for event in events:
                        yield event
            except PipesHubError as error:
                if not is_unknown_path(error):
                    raise
                log.info("pipeshub.stream_refused", status=error.status)
            else:
                return
        async for event in self._ask_plain(conversations, text, options, conversation_id):
            yield event

    async def _ask_plain(
        self, conversations: Conversations, text: str, options: QuestionOptions, conversation_id: str | None
    ) -> AsyncGenerator[AnswerEvent, None]:
        if conversation_id is None:
            conversation = await conversations.create(query=text, options=options)
        else:
            conversation = await conversations.add_message(conversation_id, query=text, options=options)
        yield ConversationStarted(conversation.id)
        if conversation.answer is None:
            yield Failed(AnswerFailed("the conversation came without an answer"))
        else:
            yield Completed(conversation, conversation.answer)

    async def _regenerate(self, turn: Turn, options: QuestionOptions) -> AsyncGenerator[AnswerEvent, None]:
        """Yield what the server says while it regenerates the answer of `turn`.

        The server replaces the answer under the same id, and when that fails the old one is lost there: the
        store keeps it before the server is asked. For an abandoned turn the stored answer is looked up first.
        """
        conversation_id, message_id = _ids(turn)
        if turn.state is TurnState.RUNNING:
            conversation = await self.answer_recovery.wait_until_idle(
                turn.identity, conversation_id, run_id=turn.id
            )
            if conversation is None:
                yield Failed(WentQuiet("the stored conversation stayed in progress"))
                return
            message = conversation.message(message_id)
            if message is None or message.author is not MessageAuthor.BOT:
                yield Failed(AnswerFailed("the stored conversation has no answer"))
                return
            # Of an answer that was stopped a part is stored under the same id.
            is_whole = conversation.status is not ConversationStatus.STOPPED and message.content.strip()
            if is_whole and not await self._is_earlier_version(turn, message):
                yield Completed(conversation, message)
                return
        stream = self.identities.conversations(turn.identity).regenerate(
            conversation_id, message_id, options=options, run_id=turn.id
        )
        async with stream as events:
            async for event in events:
                yield event

    async def regenerate_fallback(self, turn: Turn, failed: Answer) -> tuple[Answer, str, bool]:
        """Return the answer to show after regenerating failed, a note on it, and whether the server lost it.

        It is the earlier answer; where only the connection broke, it can be the new one after all.
        """
        reason = failed.error.sentence if failed.error else ""
        conversation_id, message_id = _ids(turn)
        message, stopped = None, False
        try:
            conversation = await self.answer_recovery.wait_until_idle(
                turn.identity, conversation_id, run_id=turn.id
            )
            if conversation is not None:
                message = conversation.message(message_id)
                stopped = conversation.status is ConversationStatus.STOPPED
        except PipesHubError as error:
            log.info("regenerate.state_unknown", reason=error.detail)
        kept = message is not None and message.author is MessageAuthor.BOT
        there = kept and not stopped  # what is stored of a stopped answer is a part
        if message is not None and there and not await self._is_earlier_version(turn, message):
            return finished_answer(message, conversation_id), "", False
        version = await self.answers.latest_version(turn.id)
        if version is None:
            return failed, reason, False
        if there:
            await self.answers.delete_latest_version(turn.id)
        # Where the server does not tell what it has, the answer does not count as lost.
        lost = message is not None and not kept
        note = f":warning: {reason}" if lost else sentence("answer.not_regenerated", reason=reason)
        return answer_from_version(turn, version), note, lost

    async def _is_earlier_version(self, turn: Turn, message: Message) -> bool:
        version = await self.answers.latest_version(turn.id)
        return version is not None and version.text == message.content


def _ids(turn: Turn) -> tuple[str, str]:
    if turn.conversation_id is None or turn.message_id is None:
        raise Refused(Reason.NO_SUCH_TURN)
    return turn.conversation_id, turn.message_id
