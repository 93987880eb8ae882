"""Asking for an answer: streamed, or whole where the server still gives one in a single body."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from typing import TypeVar

import httpx
import structlog

from bot.domain.conversations import Completed, Conversation, Event, Failed, Message
from bot.domain.errors import Interrupted, PipesHubError, RequestRefused
from bot.pipeshub import wire
from bot.pipeshub.decoding import Decoder
from bot.pipeshub.failures import gave_up, json_of, shapeless
from bot.pipeshub.operations import REGENERATE, Call
from bot.pipeshub.requests import INTERNAL_SEARCH, hangs_the_plain_operations
from bot.pipeshub.retries import Retries
from bot.pipeshub.server import Server
from bot.pipeshub.streaming import events
from bot.pipeshub.transport import Transport, streams

log = structlog.get_logger(__name__)

_CHAT_MODE = re.compile(r"chat\s*mode", re.IGNORECASE)
_NO_CONVERSATION = re.compile(r"conversation not found", re.IGNORECASE)
_T = TypeVar("_T")


class Asking:
    """Asks one server as one person."""

    def __init__(self, server: Server, transport: Transport) -> None:
        self._server = server
        self._transport = transport

    @asynccontextmanager
    async def stream(self, call: Call, retries: Retries) -> AsyncIterator[AsyncIterator[Event]]:
        """Open a stream of events; see `Stream` in `bot.pipeshub.client` for what it promises.

        A server may answer with one JSON body instead, as documented for `regenerate`.
        """
        timeouts = self._server.timeouts
        # The headers of a stream come before its first event; of a whole answer in JSON, with the answer.
        within = timeouts.plain_answer if call.operation is REGENERATE else timeouts.idle_with_heartbeats
        decoder = Decoder(str(call), call.ids.get("conversation_id", ""))
        async with AsyncExitStack() as stack:

            async def send(attempt: Call) -> httpx.Response:
                return await stack.enter_async_context(self._transport.open(attempt, retries, within=within))

            response = await _in_a_known_mode(call, send)
            if streams(response):
                opened = events(response, decoder, timeouts, str(call))
            else:
                json_of(call, response)
                opened = _at_once(decoder, response.text)
            yield await stack.enter_async_context(aclosing(opened))

    async def whole(self, plain: Call, streamed: Call, retries: Retries) -> Conversation:
        """Return the conversation with its new answer.

        By the plain operation, until it turns out that the server has given that up; from then on by
        draining the stream, which every server has.
        """
        query = str(streamed.body["query"]) if streamed.body else ""
        if self._server.answers_plainly and not hangs_the_plain_operations(query):
            try:
                return await self._plain(plain, retries)
            except PipesHubError as error:
                if not _given_up(error):
                    raise
                self._server.answers_plainly = False
                log.info("pipeshub.plain_answers_given_up", status=error.status)
        return await self._drained(streamed, retries)

    async def _plain(self, call: Call, retries: Retries) -> Conversation:
        async def send(attempt: Call) -> object:
            return await self._transport.fetch(attempt, retries, within=self._server.timeouts.plain_answer)

        body = await _in_a_known_mode(call, send)
        conversation = wire.conversation(body)
        if conversation is None:
            raise shapeless(call)
        return conversation

    async def _drained(self, call: Call, retries: Retries) -> Conversation:
        async with self.stream(call, retries) as opened:
            async for event in opened:
                if isinstance(event, Failed):
                    raise event.error
                if isinstance(event, Completed):
                    return _holding(event.conversation, event.answer)
        raise Interrupted(f"{call}: ended without a last word")


async def _in_a_known_mode(call: Call, send: Callable[[Call], Awaitable[_T]]) -> _T:
    """Send a call, once more in the mode all servers know where they refuse the one chosen."""
    body = dict(call.body or {})
    try:
        return await send(call)
    except RequestRefused as refusal:
        if body.get("chatMode") == INTERNAL_SEARCH or not _CHAT_MODE.search(refusal.said):
            raise
    log.warning("pipeshub.chat_mode_refused", chat_mode=body.get("chatMode"), instead=INTERNAL_SEARCH)
    return await send(replace(call, body={**body, "chatMode": INTERNAL_SEARCH}))


def _given_up(error: PipesHubError) -> bool:
    """Whether the plain operations are gone from the server, rather than this one question refused."""
    if error.status in (httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED):
        return not _NO_CONVERSATION.search(error.said)
    return gave_up(error)


def _holding(conversation: Conversation, answer: Message) -> Conversation:
    """Return the conversation with the answer in it, though a server sent the answer alone."""
    if conversation.answer == answer:
        return conversation
    return replace(conversation, messages=(*conversation.messages, answer))


async def _at_once(decoder: Decoder, body: str) -> AsyncGenerator[Event]:
    """Yield the events of an answer that came in one JSON body."""
    for event in decoder.read("complete", body):
        yield event
