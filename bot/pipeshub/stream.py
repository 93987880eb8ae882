"""Answers read from PipesHub: an event stream to its last event, or one JSON body.

Once a stream is open nothing is raised any more: a failure is the stream's last event.
"""

import asyncio
import re
from codecs import BOM_UTF8
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import replace
from typing import TypeVar

import httpx
import structlog
from httpx_sse import EventSource

from bot.domain.conversations import AnswerEvent, Completed, Conversation, Failed
from bot.domain.errors import (
    NotAllowed,
    NotFound,
    NotPipesHub,
    PipesHubError,
    RequestRefused,
    TookTooLong,
    TooLarge,
    WentQuiet,
)
from bot.pipeshub import bodies
from bot.pipeshub.dialects.agui import AgUiDialect
from bot.pipeshub.dialects.answer_builder import AnswerBuilder
from bot.pipeshub.dialects.legacy import LegacyDialect
from bot.pipeshub.errors import (
    broken_stream_error,
    is_ai_service_failure,
    is_unknown_path,
    parse_json,
    unexpected_json_error,
)
from bot.pipeshub.http import EVENT_STREAM, Timeouts, Transport, is_event_stream
from bot.pipeshub.json_body import as_object, parse_frame
from bot.pipeshub.limits import MAX_BODY, MAX_FRAMES, MAX_LINES, as_text, too_large
from bot.pipeshub.requests import (
    CANCEL,
    INTERNAL_SEARCH,
    REGENERATE,
    Call,
    Operation,
    hangs_the_plain_operations,
)

log = structlog.get_logger(__name__)

_T = TypeVar("_T")

NO_CONVERSATION = "0" * 24  # an id of the right form that no conversation has

# In the words of most servers, and of v0.5, which names the modes that it takes.
_CHAT_MODE = re.compile(
    r"chat\s*mode|invalid (?:enum|option|input).{0,300}?\b(?:internal|web)_search", re.IGNORECASE
)


@asynccontextmanager
async def open_stream(transport: Transport, call: Call) -> AsyncIterator[AsyncIterator[AnswerEvent]]:
    """Open a stream of events; see `Stream` in `bot.pipeshub.client` for what it promises.

    A server may answer with one JSON body instead, as documented for `regenerate`.
    """
    timeouts = transport.server.timeouts
    # The headers of a stream come before its first event, those of a JSON body with the whole answer.
    within = timeouts.plain_answer if call.operation is REGENERATE else timeouts.idle_with_heartbeats
    decoder = StreamDecoder(str(call), call.ids.get("conversation_id", ""))
    async with AsyncExitStack() as stack:

        async def send(attempt: Call) -> httpx.Response:
            return await stack.enter_async_context(transport.open(attempt, within=within))

        response = await _with_chat_mode_fallback(call, send)
        if not is_event_stream(response):
            parse_json(call, response)
        yield await stack.enter_async_context(aclosing(read_events(response, decoder, timeouts)))


async def cancel_run(transport: Transport, conversation_id: str, run_id: str) -> bool:
    """Return whether a run was under way and is cancelled now; learn whether the server can cancel at all.

    Raises PipesHubError.
    """
    server = transport.server
    if server.stops_when_left is False:
        return False
    call = Call(CANCEL, {"conversation_id": conversation_id}, body={"runId": run_id})
    try:
        answered = await transport.fetch(call)
    except PipesHubError as error:
        page = isinstance(error, NotPipesHub) and error.status == httpx.codes.NOT_FOUND
        if page or error.status == httpx.codes.METHOD_NOT_ALLOWED:
            server.stops_when_left = False
            log.info("pipeshub.cancel_unknown", status=error.status)
            return False
        if isinstance(error, NotFound | NotAllowed | RequestRefused):
            server.stops_when_left = True
        raise
    server.stops_when_left = True
    return as_object(answered).get("cancelled") is True


async def complete_answer(transport: Transport, plain: Operation, streamed: Call) -> Conversation:
    """Return the conversation with its new answer.

    Asks by the `plain` operation until the server turns out to have given it up; from then on by the
    `streamed` one, which every server has, read to its end.
    """
    server = transport.server
    query = str(streamed.body["query"]) if streamed.body else ""
    if server.supports_plain_answers and not hangs_the_plain_operations(query):
        try:
            return await _plain_answer(transport, Call(plain, streamed.ids, body=streamed.body))
        except PipesHubError as error:
            if not _plain_operation_is_gone(error) or await _is_one_failed_turn(transport, error):
                raise
            server.supports_plain_answers = False
            log.info("pipeshub.plain_answers_given_up", status=error.status)
    async with open_stream(transport, streamed) as events:
        async for event in events:
            if isinstance(event, Failed):
                raise event.error
            if isinstance(event, Completed):
                conversation = event.conversation
                if conversation.answer == event.answer:
                    return conversation
                # Some servers send the answer alone.
                return replace(conversation, messages=(*conversation.messages, event.answer))
    raise broken_stream_error(str(streamed))


async def _is_one_failed_turn(transport: Transport, error: PipesHubError) -> bool:
    """Return whether a plain operation failed on a server of v0.7 or later, where they work again."""
    if not is_ai_service_failure(error):
        return False
    if transport.server.stops_when_left is None:
        with suppress(PipesHubError):
            await cancel_run(transport, NO_CONVERSATION, NO_CONVERSATION)
    return transport.server.stops_when_left is True


async def _plain_answer(transport: Transport, call: Call) -> Conversation:
    async def send(attempt: Call) -> object:
        return await transport.fetch(attempt, within=transport.server.timeouts.plain_answer)

    conversation = bodies.parse_conversation(await _with_chat_mode_fallback(call, send))
    if conversation is None:
        raise unexpected_json_error(call)
    return conversation


async def _with_chat_mode_fallback(call: Call, send: Callable[[Call], Awaitable[_T]]) -> _T:
    """Send a call, and where the server refuses its chat mode once more in the mode all servers know."""
    body = dict(call.body or {})
    try:
        return await send(call)
    except RequestRefused as refusal:
        if body.get("chatMode") == INTERNAL_SEARCH or not _CHAT_MODE.search(refusal.server_message):
            raise
    log.warning("pipeshub.chat_mode_refused", chat_mode=body.get("chatMode"), instead=INTERNAL_SEARCH)
    return await send(replace(call, body={**body, "chatMode": INTERNAL_SEARCH}))


def _plain_operation_is_gone(error: PipesHubError) -> bool:
    """Whether the server has no plain operations, rather than a reason to refuse this one question."""
    return is_unknown_path(error) or is_ai_service_failure(error)


class StreamDecoder:
    """Reads one stream, frame by frame; each frame's name says to which dialect it belongs.

    Unknown names are passed over. After the last event nothing more is read: some servers report a failure
    twice, and the first report is the precise one.
    """

    def __init__(self, about: str = "an answer", conversation_id: str = "") -> None:
        """Start reading. `about` names the call in errors; the id is known where a conversation goes on."""
        self.about = about
        self._builder = AnswerBuilder(about, conversation_id)
        self._legacy = LegacyDialect(self._builder)
        self._agui = AgUiDialect(self._builder)
        self.has_heartbeats = False

    @property
    def ended(self) -> bool:
        """Whether the last event was read."""
        return self._builder.ended

    def read(self, event: str, data: str) -> Iterator[AnswerEvent]:
        """Yield what one frame says, from its `event` and `data` fields. Raises TooLarge."""
        frame = parse_frame(event, data)
        if self.ended:
            return
        # All names of AG-UI, known or not, are UPPER_SNAKE.
        if frame.name.isupper():
            self.has_heartbeats = True
            yield from self._agui.read(frame)
        else:
            yield from self._legacy.read(frame)

    def rest(self) -> Iterator[AnswerEvent]:
        """Yield the text that came and was not read yet, where no last event comes."""
        yield from self._agui.rest()
        yield from self._legacy.rest()


async def read_events(
    response: httpx.Response, decoder: StreamDecoder, timeouts: Timeouts
) -> AsyncGenerator[AnswerEvent]:
    """Yield what a stream or one JSON body says until the last event, Completed or Failed. Raises nothing."""
    if not is_event_stream(response):
        for event in decoder.read("complete", as_text(response.content, decoder.about)):
            yield event
        return
    # A stream is UTF-8 whatever its header says; its lines are split as bytes, which takes less memory.
    response.encoding = "latin-1"
    response.headers["Content-Type"] = EVENT_STREAM  # httpx-sse takes no other spelling
    response.stream = timed = _TimedStream(response.stream, decoder, timeouts)
    failure: PipesHubError = broken_stream_error(decoder.about)
    try:
        async with aclosing(EventSource(response).aiter_sse()) as frames:
            async for frame in frames:
                data = as_text(frame.data.encode("latin-1"), decoder.about)
                for event in decoder.read(frame.event, data):
                    yield event
                if decoder.ended:
                    return
    except TimeoutError:
        failure = timed.timeout_error()
    except (httpx.RequestError, httpx.StreamError, OSError) as error:
        failure = broken_stream_error(decoder.about, error)
    except TooLarge as error:
        failure = error
    for event in decoder.rest():
        yield event
    yield Failed(failure)


_PIECE = 8 * 1024  # bytes that are read without letting others have their turn
_FRAME_END = re.compile(rb"\n\n|\r\r|\n\r")


class _TimedStream(httpx.AsyncByteStream):
    """A response's bytes, each read in the time left for it; comments are a sign of life as well.

    No frame is larger, and there are no more of them, than an answer can need.
    """

    def __init__(
        self,
        stream: httpx.AsyncByteStream | httpx.SyncByteStream,
        decoder: StreamDecoder,
        timeouts: Timeouts,
    ) -> None:
        if not isinstance(stream, httpx.AsyncByteStream):
            raise TypeError("a stream of an asynchronous client")
        self._stream = stream
        self._decoder = decoder
        self._timeouts = timeouts
        self._loop = asyncio.get_running_loop()
        self._deadline = self._loop.time() + timeouts.whole_answer
        self._last = b""
        self._frame_size = self._frame_lines = self._frames = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = aiter(self._stream)
        while True:
            left = self._deadline - self._loop.time()
            if left <= 0:
                raise TimeoutError
            async with asyncio.timeout(min(left, self._idle)):
                chunk = await anext(chunks, None)
            if chunk is None:
                return
            self._count(chunk)
            # A byte order mark is allowed (HTML §9.2).
            read = chunk if self._frames or self._last else chunk.removeprefix(BOM_UTF8)
            self._last = chunk[-1:]
            for start in range(0, len(read), _PIECE):
                yield read[start : start + _PIECE]
                await asyncio.sleep(0)  # a chunk can hold thousands of frames

    async def aclose(self) -> None:
        await self._stream.aclose()

    def _count(self, chunk: bytes) -> None:
        """Refuse a frame, or a number of frames, that no answer has. Raises TooLarge."""
        parts = _FRAME_END.split(self._last + chunk)
        sizes = [len(each) for each in parts]
        lines = [each.count(b"\n") + each.count(b"\r") for each in parts]
        sizes[0] += self._frame_size
        lines[0] += self._frame_lines
        self._frame_size, self._frame_lines = sizes[-1], lines[-1]
        self._frames += len(parts) - 1
        if max(lines) > MAX_LINES:
            raise too_large(self._decoder.about, f"a frame of more than {MAX_LINES} lines")
        if max(sizes) > MAX_BODY:
            raise too_large(self._decoder.about, f"a frame of more than {MAX_BODY} bytes")
        if self._frames > MAX_FRAMES:
            raise too_large(self._decoder.about, f"more than {MAX_FRAMES} frames")

    def timeout_error(self) -> PipesHubError:
        """Return the error for the time that ran out."""
        about = self._decoder.about
        if self._loop.time() >= self._deadline:
            return TookTooLong(f"{about}: longer than {self._timeouts.whole_answer:g} s")
        return WentQuiet(f"{about}: nothing for {self._idle:g} s")

    @property
    def _idle(self) -> float:
        if self._decoder.has_heartbeats:
            return self._timeouts.idle_with_heartbeats
        return self._timeouts.idle_without_heartbeats
