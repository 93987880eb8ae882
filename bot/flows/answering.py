"""One turn, from the question to the last word of its reply."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from uuid import uuid4

import structlog

from bot.domain.answers import Answer, State
from bot.domain.errors import (
    BotError,
    Interrupted,
    SlackError,
    TookTooLong,
    Unforeseen,
    WentQuiet,
)
from bot.domain.events import Event, Failed
from bot.domain.manner import Manner
from bot.domain.questions import Question
from bot.domain.turns import Turn, TurnState
from bot.flows.recovering import Recovering
from bot.flows.replies import Replies, Reply
from bot.flows.stopping import LiveAnswers
from bot.pipeshub.client import Conversations, Stream
from bot.pipeshub.requests import Filters
from bot.store.threads import Threads
from bot.store.turns import LEASE, Turns

log = structlog.get_logger(__name__)

# The server may have stored, or still be writing, an answer whose stream ended so.
BROKEN = (Interrupted, TookTooLong, WentQuiet)


class Answering:
    """Asks PipesHub and keeps the reply up to date."""

    def __init__(
        self,
        conversations: Conversations,
        recovering: Recovering,
        turns: Turns,
        threads: Threads,
        replies: Replies,
        live: LiveAnswers,
        plain: Callable[[Question], Awaitable[str]],
        manner: Manner,
    ) -> None:
        """Bring the parts together; `plain` turns a question into the text that is sent.

        `manner` is how questions are asked where nobody chose otherwise.
        """
        self._conversations = conversations
        self._recovering = recovering
        self._turns = turns
        self._threads = threads
        self._replies = replies
        self._live = live
        self._plain = plain
        self._manner = manner

    async def answer(self, turn: Turn) -> None:
        """Work on a claimed turn until its reply shows an ending and its outcome is stored.

        A turn whose worker is stopped is given back, for the next one to take up.
        """
        with structlog.contextvars.bound_contextvars(turn=turn.id, workspace=turn.question.thread.workspace):
            async with self._leased(turn):
                reply = self._replies.of(turn)
                answer = await self._read(turn, reply)
                await self._end(turn, reply, answer)

    async def _read(self, turn: Turn, reply: Reply) -> Answer:
        answer = Answer()
        async with self._live.reading(turn.id) as stop:
            try:
                async with aclosing(self._events(turn)) as events:
                    async for event in events:
                        known = answer.conversation_id
                        answer = answer.after(event)
                        if answer.conversation_id and answer.conversation_id != known:
                            await asyncio.shield(self._turns.opened(turn, answer.conversation_id))
                        if answer.state is State.WRITING:
                            reply.show(answer)
            except BotError as error:
                answer = answer.after(Failed(error))
            except Exception:
                code = uuid4().hex[:8]
                log.exception("answering failed", incident=code)
                answer = answer.after(Failed(Unforeseen(code)))
        if stop.by is not None and answer.state is State.WRITING:
            return answer.stopped(stop.by)
        return (
            answer
            if answer.state is not State.WRITING
            else answer.after(Failed(Interrupted("no last event")))
        )

    async def _events(self, turn: Turn) -> AsyncGenerator[Event, None]:
        text = await self._plain(turn.question)
        conversation_id = await self._threads.conversation(turn.question.thread, turn.identity)
        if turn.state is TurnState.RUNNING:
            ended = False
            async for event in self._recovering.events(text, turn.conversation_id or conversation_id):
                ended = True
                yield event
            if ended:
                return
        async with self._ask(turn, text, conversation_id) as events:
            async for event in events:
                yield event

    def _ask(self, turn: Turn, text: str, conversation_id: str | None) -> Stream:
        manner = turn.manner.over(self._manner)
        filters: Filters = {"apps": list(manner.apps), "kb": list(manner.kb)}
        if conversation_id is None:
            return self._conversations.create_with_streaming(
                query=text,
                record_ids=manner.record_ids,
                filters=filters,
                model_key=manner.model_key,
                model_name=manner.model_name,
                chat_mode=manner.chat_mode,
            )
        return self._conversations.add_message_stream(
            conversation_id,
            query=text,
            filters=filters,
            model_key=manner.model_key,
            model_name=manner.model_name,
            chat_mode=manner.chat_mode,
        )

    async def _end(self, turn: Turn, reply: Reply, answer: Answer) -> None:
        """Show the ending, then store it; shielded, because a stop must not come between the two."""
        await asyncio.shield(self._show_and_store(turn, reply, answer))

    async def _show_and_store(self, turn: Turn, reply: Reply, answer: Answer) -> None:
        shown_in: tuple[str, ...] = ()
        try:
            shown_in = await reply.finish(answer)
        except SlackError as error:
            log.warning("the ending could not be shown", reason=error.detail)
        await self._turns.finish(turn, _outcome(answer), shown_in, answer.message_id)
        _report(answer)

    @asynccontextmanager
    async def _leased(self, turn: Turn) -> AsyncIterator[None]:
        async def renew() -> None:
            while True:
                await asyncio.sleep(LEASE / 3)
                await self._turns.renew(turn)

        heartbeat = asyncio.create_task(renew())
        try:
            yield
        finally:
            heartbeat.cancel()
            await asyncio.shield(self._turns.release(turn))


def _outcome(answer: Answer) -> TurnState:
    if answer.state is State.DONE:
        return TurnState.DONE
    if answer.state is State.STOPPED:
        return TurnState.STOPPED
    return TurnState.BROKEN if isinstance(answer.error, BROKEN) else TurnState.FAILED


def _report(answer: Answer) -> None:
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
