"""Where a turn's events come from: a new question, a stored answer, or a regeneration, each within a slot."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import structlog

from bot.domain.conversations import (
    Answer,
    Completed,
    Conversation,
    Event,
    Failed,
    Message,
    Opened,
    Progress,
    Speaker,
    stored,
)
from bot.domain.errors import AnswerFailed, Interrupted, NoSuchTurn, PipesHubError, Unreachable, WentQuiet
from bot.domain.text import Said, with_context
from bot.domain.turns import Manner, Question, Thread, Turn, TurnState
from bot.flows.accounts.identity import Identities
from bot.flows.answers.recovery import Recovering
from bot.flows.answers.reply import kept
from bot.pipeshub.client import Conversations, Stream
from bot.store.threads import Threads
from bot.store.turn_queue import Queue
from bot.store.turns import Turns, Versions, Wishes
from bot.tasks import uninterrupted

log = structlog.get_logger(__name__)

History = Callable[[Thread, str, str, Collection[str], Collection[str]], Awaitable[Sequence[Said]]]
"""Tells what was said in a thread after one `ts` and before another, oldest first.

Of the bot's own messages only the first collection of them, of the others all but the second.
"""


class CatchingUp:
    """Sends along what others said in a thread since somebody last asked there."""

    def __init__(self, turns: Turns, history: History) -> None:
        """Look up in `turns` what was asked, and in `history` what was said."""
        self._turns = turns
        self._history = history

    async def text(self, turn: Turn, question: str) -> str:
        """Return what is sent for `turn`, whose question reads `question`.

        Where everybody asks as the same identity, the conversation has seen all that concerns it.
        """
        if not turn.is_personal:
            return question
        answered = await self._turns.answered(turn.question.thread)
        own = [each for each in answered if each.identity == turn.identity]
        others = [each for each in answered if each.identity != turn.identity]
        since = max((each.question.ts for each in own), default="0")
        said = await self._history(
            turn.question.thread,
            since,
            turn.question.ts,
            {ts for each in others for ts in (each.reply_ts, *each.further_ts) if ts},
            {each.question.ts for each in own},
        )
        return with_context(question, said)


FELL_BACK = ":warning: {sentence} This is still the earlier answer."
LOST = ":warning: {sentence}"


@dataclass(frozen=True, slots=True)
class FallenBack:
    """The answer that stands after rewriting failed, what is to be said of it, whether the server lost it."""

    answer: Answer
    note: str = ""
    lost: bool = False


class Rewriting:
    """Has the newest answer of a conversation written anew.

    The server replaces the answer under the same id, and when it fails the old one is lost there: it is
    kept here before the server is asked.
    """

    def __init__(self, identities: Identities, recovering: Recovering, versions: Versions) -> None:
        self._identities = identities
        self._recovering = recovering
        self._versions = versions

    async def events(self, turn: Turn, manner: Manner) -> AsyncGenerator[Event, None]:
        """Yield what the server says while it writes the answer of `turn` anew.

        For a turn that was abandoned by its worker, what became of it is looked up first. Raises
        PipesHubError where the server does not begin.
        """
        conversation_id, message_id = _ids(turn)
        if turn.state is TurnState.RUNNING:
            conversation = await self._recovering.at_rest(turn.identity, conversation_id)
            message = _message(conversation, message_id)
            if conversation is None:
                yield Failed(WentQuiet("the stored conversation stayed in progress"))
                return
            if message is None or message.speaker is not Speaker.BOT:
                yield Failed(AnswerFailed("the stored conversation has no answer"))
                return
            if not await self._is_kept(turn, message):
                yield Completed(conversation, message)
                return
        stream = self._identities.conversations(turn.identity).regenerate(
            conversation_id,
            message_id,
            filters={"apps": manner.apps, "kb": manner.kb},
            model_key=manner.model_key,
            model_name=manner.model_name,
            chat_mode=manner.chat_mode,
        )
        async with stream as events:
            async for event in events:
                yield event

    async def fallen_back(self, turn: Turn, failed: Answer) -> FallenBack:
        """Return the answer that stands after rewriting failed.

        That is the new one after all, where only the connection broke; else the earlier one.
        """
        sentence = failed.error.sentence if failed.error else ""
        conversation_id, message_id = _ids(turn)
        try:
            conversation = await self._recovering.at_rest(turn.identity, conversation_id)
        except PipesHubError as error:
            log.info("what the server has of an answer is not known", reason=error.detail)
            conversation = None
        message = _message(conversation, message_id)
        there = message is not None and message.speaker is Speaker.BOT
        if message is not None and there and not await self._is_kept(turn, message):
            return FallenBack(stored(message, conversation_id))
        version = await self._versions.last(turn.id)
        if version is None:
            return FallenBack(failed, sentence)
        if there:
            await self._versions.drop_last(turn.id)
        # Where the server does not tell what it has, nothing is known to be lost.
        lost = message is not None and not there
        return FallenBack(kept(turn, version), (LOST if lost else FELL_BACK).format(sentence=sentence), lost)

    async def _is_kept(self, turn: Turn, message: Message) -> bool:
        version = await self._versions.last(turn.id)
        return version is not None and version.text == message.content


def _ids(turn: Turn) -> tuple[str, str]:
    if turn.conversation_id is None or turn.message_id is None:
        raise NoSuchTurn
    return turn.conversation_id, turn.message_id


def _message(conversation: Conversation | None, message_id: str) -> Message | None:
    return conversation.message(message_id) if conversation else None


_NO_CONVERSATION = re.compile(r"conversation not found", re.IGNORECASE)


class Sending:
    """Asks in new conversations and in those that go on, and gives one kind of events for all of it."""

    def __init__(self, *, streaming: bool = True) -> None:
        """Ask without `streaming` by the plain operations only."""
        self._streaming = streaming

    @asynccontextmanager
    async def ask(
        self, conversations: Conversations, text: str, manner: Manner, conversation_id: str | None
    ) -> AsyncIterator[AsyncIterator[Event]]:
        """Ask `text`, in a new conversation where none is named, and give the events of its answer.

        A server that does not know the address of the stream is asked by the plain operation. Raises
        PipesHubError, on entering or in place of the first event.
        """
        async with AsyncExitStack() as stack:
            opened: AsyncIterator[Event] | None = None
            if self._streaming:
                try:
                    opened = await stack.enter_async_context(
                        self._streamed(conversations, text, manner, conversation_id)
                    )
                except PipesHubError as error:
                    if not _unknown(error):
                        raise
                    log.info("the stream is refused", status=error.status)
            if opened is None:
                opened = await stack.enter_async_context(
                    aclosing(self._whole(conversations, text, manner, conversation_id))
                )
            yield opened

    def _streamed(
        self, conversations: Conversations, text: str, manner: Manner, conversation_id: str | None
    ) -> Stream:
        filters = {"apps": manner.apps, "kb": manner.kb}
        if conversation_id is None:
            return conversations.create_with_streaming(
                query=text,
                record_ids=manner.record_ids,
                filters=filters,
                model_key=manner.model_key,
                model_name=manner.model_name,
                chat_mode=manner.chat_mode,
            )
        return conversations.add_message_stream(
            conversation_id,
            query=text,
            filters=filters,
            model_key=manner.model_key,
            model_name=manner.model_name,
            chat_mode=manner.chat_mode,
        )

    async def _whole(
        self, conversations: Conversations, text: str, manner: Manner, conversation_id: str | None
    ) -> AsyncGenerator[Event, None]:
        try:
            conversation = await self._answered(conversations, text, manner, conversation_id)
        except Unreachable as error:
            if not error.arrived:
                raise
            # The server may go on with it, just as with a stream that breaks.
            raise Interrupted(error.detail) from error
        yield Opened(conversation.id)
        if conversation.answer is None:
            yield Failed(AnswerFailed("the conversation came without an answer"))
        else:
            yield Completed(conversation, conversation.answer)

    async def _answered(
        self, conversations: Conversations, text: str, manner: Manner, conversation_id: str | None
    ) -> Conversation:
        filters = {"apps": manner.apps, "kb": manner.kb}
        if conversation_id is None:
            return await conversations.create(
                query=text,
                record_ids=manner.record_ids,
                filters=filters,
                model_key=manner.model_key,
                model_name=manner.model_name,
                chat_mode=manner.chat_mode,
            )
        return await conversations.add_message(
            conversation_id,
            query=text,
            filters=filters,
            model_key=manner.model_key,
            model_name=manner.model_name,
            chat_mode=manner.chat_mode,
        )


def _unknown(error: PipesHubError) -> bool:
    """Whether the server has no such address, rather than no such conversation."""
    gone = error.status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
    return gone and not _NO_CONVERSATION.search(error.said)


class Consulting:
    """Asks, asks on, has written anew, or looks up what was asked already."""

    def __init__(
        self,
        identities: Identities,
        sending: Sending,
        recovering: Recovering,
        rewriting: Rewriting,
        catching_up: CatchingUp,
        threads: Threads,
        plain: Callable[[Question], Awaitable[str]],
        custom: Callable[[Thread], Awaitable[Manner]],
    ) -> None:
        """Bring the parts together.

        `plain` turns a question into the text that is sent; `custom` tells how questions are asked in a
        thread where nobody chose otherwise.
        """
        self._identities = identities
        self._sending = sending
        self._recovering = recovering
        self._rewriting = rewriting
        self._catching_up = catching_up
        self._threads = threads
        self._plain = plain
        self._custom = custom

    async def events(self, turn: Turn) -> AsyncGenerator[Event, None]:
        """Yield what the server says to `turn`. Raises PipesHubError where it does not begin."""
        manner = turn.manner.over(await self._custom(turn.question.thread))
        if turn.regenerates:
            async for event in self._rewriting.events(turn, manner):
                yield event
            return
        text = await self._plain(turn.question)
        conversation_id = await self._threads.conversation(turn.question.thread, turn.identity)
        if turn.state is TurnState.RUNNING:
            found = False
            async for event in self._recovering.events(turn, text, turn.conversation_id or conversation_id):
                found = True
                yield event
            if found:
                return
        for left in await self._recovering.unread(turn):
            yield Progress("Waiting for the answer before this one…")
            before = await self._plain(left.question)
            conversation_id = await self._recovering.settled(left, before, conversation_id)
        conversations = self._identities.conversations(turn.identity)
        text = await self._catching_up.text(turn, text)
        async with self._sending.ask(conversations, text, manner, conversation_id) as events:
            async for event in events:
                yield event


WAITING = "Waiting for a free place…"


class Places:
    """Consults PipesHub for so many turns at once; the others wait in the order in which they came.

    Each costs the server a model at work and this process a connection: what a burst brings beyond that
    is answered a little later, instead of everything slowly.
    """

    def __init__(self, queue: Queue, most: int) -> None:
        """Have a place for `most` turns at once."""
        self._queue = queue
        self._free = asyncio.Semaphore(most)
        self._waiting: set[asyncio.Task[object] | None] = set()
        self._closed = False
        self.taken = 0
        """How many answers are being read."""

    async def events(self, turn: Turn, consulting: Consulting) -> AsyncGenerator[Event, None]:
        """Yield what the server says to `turn`, as `Consulting.events` does, once there is a place for it."""
        if self._free.locked():
            yield Progress(WAITING)
        await self._wait(turn)
        self.taken += 1
        try:
            async with aclosing(consulting.events(turn)) as events:
                async for event in events:
                    yield event
        finally:
            self.taken -= 1
            self._free.release()

    def close(self) -> None:
        """Give no place away any more: who waits is cancelled, and their turns wait for the next worker."""
        self._closed = True
        for task in filter(None, self._waiting):
            task.cancel()

    async def _wait(self, turn: Turn) -> None:
        try:
            await self._acquire()
        except asyncio.CancelledError:
            # Not when a person stops it: then its end is still to be shown under this lease.
            if self._closed and turn.state is TurnState.WAITING:
                await uninterrupted(self._queue.hand_back(turn))
            raise

    async def _acquire(self) -> None:
        if self._closed:
            raise asyncio.CancelledError
        task = asyncio.current_task()
        self._waiting.add(task)
        try:
            await self._free.acquire()
        finally:
            self._waiting.discard(task)


@dataclass
class Stop:
    """Whether an answer was stopped, and by whom."""

    by: str | None = None


class LiveAnswers:
    """The answers this process is reading, each with a way to end the reading."""

    def __init__(self) -> None:
        self._reading: dict[str, tuple[Stop, asyncio.Timeout]] = {}

    @property
    def reads(self) -> Collection[str]:
        """The ids of their turns."""
        return tuple(self._reading)

    @asynccontextmanager
    async def reading(self, turn_id: str) -> AsyncIterator[Stop]:
        """Let the block end early, and quietly, when somebody stops the turn; the yielded value says who."""
        stop = Stop()
        try:
            async with asyncio.timeout(None) as scope:
                self._reading[turn_id] = (stop, scope)
                yield stop
        except TimeoutError:
            if stop.by is None:
                raise
        finally:
            del self._reading[turn_id]

    def stop(self, turn_id: str, person: str) -> bool:
        """End the reading of a turn; return False if this process is not reading it."""
        stop, scope = self._reading.get(turn_id, (None, None))
        if stop is None or scope is None:
            return False
        if stop.by is None:
            stop.by = person
            scope.reschedule(asyncio.get_running_loop().time())
        return True

    async def heed(self, wishes: Wishes) -> None:
        """Stop what this process is reading and was wished to stop elsewhere, or before it was read."""
        if self._reading:
            for turn_id, person in (await wishes.stops(self.reads)).items():
                self.stop(turn_id, person)
