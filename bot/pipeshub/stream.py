"""An open event stream read to its last event; any failure on the way is the last event."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from typing import TypeVar

import httpx
import structlog
from httpx_sse import EventSource

from bot.domain.conversations import AnswerEvent, Completed, Conversation, Failed, Message
from bot.domain.errors import Interrupted, PipesHubError, RequestRefused, TookTooLong, WentQuiet
from bot.pipeshub import bodies
from bot.pipeshub.dialects import agui, legacy
from bot.pipeshub.dialects.answer_builder import AnswerBuilder
from bot.pipeshub.errors import is_ai_service_failure, parse_json, unexpected_json_error
from bot.pipeshub.http import RetryPolicy, Server, Timeouts, Transport, is_event_stream
from bot.pipeshub.json_body import Frame, parse_frame
from bot.pipeshub.requests import INTERNAL_SEARCH, REGENERATE, Call, hangs_the_plain_operations

log = structlog.get_logger(__name__)


class StreamDecoder:
    """Reads one stream, frame by frame; each frame's name says which vocabulary it belongs to.

    Names nobody knows are passed over. After the last word nothing more is read: some servers
    report a failure twice, and the first report is the true one.
    """

    def __init__(self, about: str = "an answer", conversation_id: str = "") -> None:
        """Start reading. `about` names the call in errors; the id is known where a conversation goes on."""
        self._builder = AnswerBuilder(about, conversation_id)
        self._documented = legacy.DocumentedDialect(self._builder)
        self._legacy = legacy.LegacyDialect(self._builder)
        self._agui = agui.AgUiDialect(self._builder)
        self.has_heartbeats = False

    @property
    def ended(self) -> bool:
        """Whether the last word was said."""
        return self._builder.ended

    def read(self, event: str, data: str) -> Iterator[AnswerEvent]:
        """Yield what one frame says, from its `event` and `data` fields."""
        frame = parse_frame(event, data)
        if not self.ended:
            yield from self._decoded(frame)

    def _decoded(self, frame: Frame) -> Iterator[AnswerEvent]:
        if agui.is_agui_event(frame.name):
            self.has_heartbeats = True
            yield from self._agui.read(frame)
        elif frame.name in legacy.DOCUMENTED_NAMES:
            yield from self._documented.read(frame)
        elif frame.name in legacy.LEGACY_NAMES:
            yield from self._legacy.read(frame)


async def read_events(
    response: httpx.Response, decoder: StreamDecoder, timeouts: Timeouts, about: str
) -> AsyncGenerator[AnswerEvent]:
    """Yield what a stream says until its last word, Completed or Failed. Raises nothing of its own."""
    patience = _StreamTimeouts(timeouts, decoder)
    response.encoding = (
        "utf-8-sig"  # an event stream is UTF-8 whatever its header says, a BOM allowed (HTML §9.2)
    )
    response.stream = _TimedStream(response.stream, patience)
    failure: PipesHubError = Interrupted(f"{about}: ended without a last word")
    try:
        async with aclosing(EventSource(response).aiter_sse()) as frames:
            async for frame in frames:
                for event in decoder.read(frame.event, frame.data):
                    yield event
                if decoder.ended:
                    return
    except TimeoutError:
        failure = patience.failure(about)
    except (httpx.RequestError, httpx.StreamError) as error:
        failure = Interrupted(f"{about}: {type(error).__name__}")
    yield Failed(failure)


class _StreamTimeouts:
    """How long to wait for the next bytes, and for the answer as a whole."""

    def __init__(self, timeouts: Timeouts, decoder: StreamDecoder) -> None:
        self._timeouts = timeouts
        self._decoder = decoder
        self._deadline = asyncio.get_running_loop().time() + timeouts.whole_answer

    def next_wait(self) -> float:
        """Seconds to wait now. Raises TimeoutError once the answer as a whole took too long."""
        left = self._deadline - asyncio.get_running_loop().time()
        if left <= 0:
            raise TimeoutError
        return min(left, self._idle)

    def failure(self, about: str) -> PipesHubError:
        """Return the error for the patience that ran out."""
        if asyncio.get_running_loop().time() >= self._deadline:
            return TookTooLong(f"{about}: longer than {self._timeouts.whole_answer:g} s")
        return WentQuiet(f"{about}: nothing for {self._idle:g} s")

    @property
    def _idle(self) -> float:
        if self._decoder.has_heartbeats:
            return self._timeouts.idle_with_heartbeats
        return self._timeouts.idle_without_heartbeats


class _TimedStream(httpx.AsyncByteStream):
    """A response's bytes, each read within the patience left: comments are a sign of life as well."""

    def __init__(
        self, stream: httpx.AsyncByteStream | httpx.SyncByteStream, patience: _StreamTimeouts
    ) -> None:
        if not isinstance(stream, httpx.AsyncByteStream):
            raise TypeError("a stream of an asynchronous client")
        self._stream = stream
        self._patience = patience

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = aiter(self._stream)
        while True:
            async with asyncio.timeout(self._patience.next_wait()):
                chunk = await anext(chunks, None)
            if chunk is None:
                return
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


_CHAT_MODE = re.compile(r"chat\s*mode", re.IGNORECASE)
_NO_CONVERSATION = re.compile(r"conversation not found", re.IGNORECASE)
_T = TypeVar("_T")


class AnswerRequests:
    """Asks one server as one person."""

    def __init__(self, server: Server, transport: Transport) -> None:
        self._server = server
        self._transport = transport

    @asynccontextmanager
    async def stream(self, call: Call, retries: RetryPolicy) -> AsyncIterator[AsyncIterator[AnswerEvent]]:
        """Open a stream of events; see `Stream` in `bot.pipeshub.client` for what it promises.

        A server may answer with one JSON body instead, as documented for `regenerate`.
        """
        timeouts = self._server.timeouts
        # The headers of a stream come before its first event; of a whole answer in JSON, with the answer.
        within = timeouts.plain_answer if call.operation is REGENERATE else timeouts.idle_with_heartbeats
        decoder = StreamDecoder(str(call), call.ids.get("conversation_id", ""))
        async with AsyncExitStack() as stack:

            async def send(attempt: Call) -> httpx.Response:
                return await stack.enter_async_context(self._transport.open(attempt, retries, within=within))

            response = await _with_chat_mode_fallback(call, send)
            if is_event_stream(response):
                opened = read_events(response, decoder, timeouts, str(call))
            else:
                parse_json(call, response)
                opened = _events_of_body(decoder, response.text)
            yield await stack.enter_async_context(aclosing(opened))

    async def complete_answer(self, plain: Call, streamed: Call, retries: RetryPolicy) -> Conversation:
        """Return the conversation with its new answer.

        By the plain operation, until it turns out that the server has given that up; from then on by
        draining the stream, which every server has.
        """
        query = str(streamed.body["query"]) if streamed.body else ""
        if self._server.supports_plain_answers and not hangs_the_plain_operations(query):
            try:
                return await self._plain(plain, retries)
            except PipesHubError as error:
                if not _plain_operation_is_gone(error):
                    raise
                self._server.supports_plain_answers = False
                log.info("pipeshub.plain_answers_given_up", status=error.status)
        return await self._from_stream(streamed, retries)

    async def _plain(self, call: Call, retries: RetryPolicy) -> Conversation:
        async def send(attempt: Call) -> object:
            return await self._transport.fetch(attempt, retries, within=self._server.timeouts.plain_answer)

        body = await _with_chat_mode_fallback(call, send)
        conversation = bodies.parse_conversation(body)
        if conversation is None:
            raise unexpected_json_error(call)
        return conversation

    async def _from_stream(self, call: Call, retries: RetryPolicy) -> Conversation:
        async with self.stream(call, retries) as opened:
            async for event in opened:
                if isinstance(event, Failed):
                    raise event.error
                if isinstance(event, Completed):
                    return _with_answer(event.conversation, event.answer)
        raise Interrupted(f"{call}: ended without a last word")


async def _with_chat_mode_fallback(call: Call, send: Callable[[Call], Awaitable[_T]]) -> _T:
    """Send a call, once more in the mode all servers know where they refuse the one chosen."""
    body = dict(call.body or {})
    try:
        return await send(call)
    except RequestRefused as refusal:
        if body.get("chatMode") == INTERNAL_SEARCH or not _CHAT_MODE.search(refusal.server_message):
            raise
    log.warning("pipeshub.chat_mode_refused", chat_mode=body.get("chatMode"), instead=INTERNAL_SEARCH)
    return await send(replace(call, body={**body, "chatMode": INTERNAL_SEARCH}))


def _plain_operation_is_gone(error: PipesHubError) -> bool:
    """Whether the plain operations are gone from the server, rather than this one question refused."""
    if error.status in (httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED):
        return not _NO_CONVERSATION.search(error.server_message)
    return is_ai_service_failure(error)


def _with_answer(conversation: Conversation, answer: Message) -> Conversation:
    """Return the conversation with the answer in it, though a server sent the answer alone."""
    if conversation.answer == answer:
        return conversation
    return replace(conversation, messages=(*conversation.messages, answer))


async def _events_of_body(decoder: StreamDecoder, body: str) -> AsyncGenerator[AnswerEvent]:
    """Yield the events of an answer that came in one JSON body."""
    for event in decoder.read("complete", body):
        yield event
