"""The operations that ask: create, add a message, regenerate, each as JSON or as a stream of events."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import pairwise

from aiohttp import web

from bot.demo.knowledge import bodies
from bot.demo.knowledge.answers.answering import Asked
from bot.demo.knowledge.documents.index import Record
from bot.demo.knowledge.faults import IN_TRANSPORT, Fault, Trouble
from bot.demo.knowledge.model import (
    Conversation,
    Dialect,
    Json,
    Kind,
    NotFound,
    ServerError,
    Status,
    record_id,
)
from bot.demo.knowledge.store import Draft
from bot.demo.knowledge.streams.agui import AgUi
from bot.demo.knowledge.streams.legacy import Documented, Legacy
from bot.demo.knowledge.streams.script import Broke, Concluded, Saved, Step, Turn, Vocabulary, Wrote
from bot.demo.knowledge.turns import CONNECTOR_ID, Job, refused
from bot.demo.knowledge.users import Caller
from bot.demo.knowledge.web.requests import (
    CONTEXT,
    FAULTS,
    OBJECT_ID,
    REQUEST_ID,
    UUID,
    Checked,
    Context,
    body_of,
    json_response,
    meta,
    object_id,
    without_markup,
)

HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache",
    "Connection": "keep-alive",
    "X-Accel-Buffering": "no",
}
BETWEEN_HALVES = 0.002
"""Seconds between two parts of a split frame, so that they reach the client in two reads."""


class _CutShort(Exception):
    """The stream ends here without its last word."""


async def streamed(request: web.Request, steps: AsyncIterator[Step]) -> web.StreamResponse:
    """Return the response that told every step; a client that leaves only ends the telling."""
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    vocabulary = _vocabulary(request.app[CONTEXT].dialect, request[REQUEST_ID])
    sending = _Sending(request, response, request[FAULTS])
    # Cut short, the body ends where it is; when the client left, the turn goes on by itself and is saved.
    with contextlib.suppress(_CutShort, ConnectionResetError):
        async for step in steps:
            for frame in vocabulary.frames(step):
                await sending.send(frame.encoded())
            await sending.after(step)
        await response.write_eof()
    return response


class _Sending:
    """One response on its way, disturbed by the faults of the transport that are due."""

    def __init__(self, request: web.Request, response: web.StreamResponse, faults: tuple[Fault, ...]) -> None:
        self._request = request
        self._response = response
        self._due = [fault for fault in faults if fault.trouble in IN_TRANSPORT - {Trouble.SPLIT}]
        self._split = any(fault.trouble is Trouble.SPLIT for fault in faults)

    async def send(self, frame: bytes) -> None:
        """Write one frame, in pieces that cut through characters when a fault splits it."""
        if not self._split:
            await self._response.write(frame)
            return
        for piece in pieces(frame):
            await self._response.write(piece)
            await asyncio.sleep(BETWEEN_HALVES)

    async def after(self, step: Step) -> None:
        """Let the faults happen whose words have been written by now."""
        if not isinstance(step, Wrote | Concluded):
            return
        written = len(step.text.split())
        for fault in [
            each for each in self._due if written >= each.after_words or isinstance(step, Concluded)
        ]:
            self._due.remove(fault)
            if fault.trouble is Trouble.SILENCE:
                await asyncio.sleep(fault.seconds)
            elif fault.trouble is Trouble.RESET:
                if self._request.transport is not None:
                    self._request.transport.abort()
                raise _CutShort
            else:
                raise _CutShort


def pieces(frame: bytes) -> list[bytes]:
    """Return a frame cut in the middle of its first characters beyond ASCII, or else in its middle."""
    inside = [at for at in range(1, len(frame)) if frame[at] & 0xC0 == 0x80][:3]  # noqa: PLR2004 (UTF-8)
    cuts = [0, *(inside or [len(frame) // 2]), len(frame)]
    return [frame[start:end] for start, end in pairwise(cuts)]


def _vocabulary(dialect: Dialect, request_id: str) -> Vocabulary:
    if dialect == "documented":
        return Documented()
    return Legacy(request_id) if dialect == "legacy" else AgUi(request_id, f"run_{secrets.token_hex(8)}")


STREAM_MODES = ("agent", "internal_search", "web_search")
"""What 0.6 takes on its streams, and requires."""
LONGEST_QUERY = 100_000
MODEL_FIELDS = ("modelKey", "modelName", "modelFriendlyName", "modelProvider", "reasoningEffort")


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it was sent."""

    text: str
    model: Json
    collections: tuple[str, ...] | None


async def create(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Begin a conversation and answer when the answer is whole."""
    query = await _query(request, context, stream=False, most=LONGEST_QUERY)
    without_markup(query.text)
    conversation = await context.conversations.create(caller.user.id, _draft(query))
    if context.dialect == "agui":
        await _fail_plain(context, conversation)
    job = Job(Turn.NEW, conversation, _asked(query, conversation), query.model, request[FAULTS])
    saved = await _drained(context.turns.start(job))
    if context.dialect == "documented":
        return json_response(bodies.documented_conversation(saved.conversation), 201)
    return json_response(
        {"conversation": bodies.conversation(saved.conversation), "meta": meta(request)}, 201
    )


async def create_stream(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Begin a conversation and stream its answer."""
    query = await _query(request, context, stream=True, most=LONGEST_QUERY)
    conversation = await context.conversations.create(caller.user.id, _draft(query))
    job = Job(Turn.NEW, conversation, _asked(query, conversation), query.model, request[FAULTS])
    return await streamed(request, context.turns.start(job))


async def add(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Go on with a conversation and answer when the answer is whole."""
    query = await _query(request, context, stream=False, most=None)
    without_markup(query.text)
    conversation = await _writable(request, context, caller)
    if conversation is None:
        raise NotFound("Conversation not found")
    conversation = await context.conversations.ask(conversation.id, _draft(query))
    if context.dialect == "agui":
        await _fail_plain(context, conversation)
    job = Job(Turn.ADDED, conversation, _asked(query, conversation), query.model, request[FAULTS])
    saved = await _drained(context.turns.start(job))
    if context.dialect == "documented":
        return json_response(bodies.documented_conversation(saved.conversation))
    counted = {"recordsUsed": saved.records_used}
    body = {
        "conversation": bodies.conversation(saved.conversation),
        **counted,
        "meta": meta(request, **counted),
    }
    return json_response(body)


async def add_stream(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Go on with a conversation and stream the answer; what cannot be found is told in the stream."""
    query = await _query(request, context, stream=True, most=None)
    conversation = await _writable(request, context, caller)
    if conversation is None:
        return await streamed(request, refused("Conversation not found", "stream_error", Turn.ADDED))
    conversation = await context.conversations.ask(conversation.id, _draft(query))
    job = Job(Turn.ADDED, conversation, _asked(query, conversation), query.model, request[FAULTS])
    return await streamed(request, context.turns.start(job))


async def regenerate(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Write the last answer again, under the same id."""
    checked = Checked(body := await body_of(request))
    checked.text("chatMode", "chatMode")
    collections = _collections(checked, body, context.index.records)
    checked.done()
    message_id = object_id(request.match_info["message"], "message")
    conversation = await context.conversations.find(object_id(request.match_info["id"], "conversation"))
    problem = _why_not_again(conversation, message_id, caller)
    if conversation is None or problem:
        if context.dialect == "documented":
            raise NotFound(problem)
        return await streamed(request, refused(problem, "streaming_error", Turn.REGENERATED))
    await context.conversations.reopen(conversation.id)
    question, last = conversation.messages[-2:]
    before = _questions(conversation)[:-1]
    asked = Asked(
        question.content, before[-1] if before else None, last.attempt + 1, len(before), collections
    )
    job = Job(Turn.REGENERATED, conversation, asked, _model(body), request[FAULTS], replaces=message_id)
    if context.dialect == "documented":
        return json_response(
            bodies.documented_conversation((await _drained(context.turns.start(job))).conversation)
        )
    return await streamed(request, context.turns.start(job))


def _why_not_again(conversation: Conversation | None, message_id: str, caller: Caller) -> str:
    """Return why an answer cannot be regenerated, or "" when it can."""
    if conversation is None or conversation.owner != caller.user.id:
        return "Conversation not found or unauthorized"
    *earlier, last = conversation.messages
    if last.id != message_id:
        return "Can only regenerate the last message in the conversation"
    if last.kind is not Kind.ANSWER:
        return "Can only regenerate bot response messages"
    if not earlier or earlier[-1].kind is not Kind.QUESTION:
        return "Previous message must be a user query"
    return ""


async def _query(request: web.Request, context: Context, *, stream: bool, most: int | None) -> Query:
    """Read and check the body of a question; raises `Invalid`."""
    body = await body_of(request)
    checked = Checked(body)
    text = checked.text("query", "Query", most=most, required=True)
    for name in ("modelKey", "modelName", "modelFriendlyName"):
        checked.text(name, name)
    mode = body.get("chatMode")
    if stream and context.dialect == "agui":
        if mode not in STREAM_MODES:
            checked.refuse("Invalid chat mode")
    else:
        checked.text("chatMode", "chatMode")
    checked.listed("recordIds", OBJECT_ID, "Invalid record ID format")
    collections = _collections(checked, body, context.index.records)
    checked.done()
    return Query(text, _model(body), collections)


def _collections(checked: Checked, body: Json, records: tuple[Record, ...]) -> tuple[str, ...] | None:
    """Return the collections that the filters leave, or None where there are no filters."""
    filters = body.get("filters")
    if filters is None:
        return None
    if not isinstance(filters, dict):
        checked.refuse("filters must be an object")
        return None
    wanted = Checked(filters)
    ids = {
        *wanted.listed("kb", UUID, "Must be a valid UUID"),
        *wanted.listed("apps", UUID, "Must be a valid UUID"),
    }
    wanted.done()
    if not ids:
        return None
    names = dict.fromkeys(record.collection for record in records)
    if CONNECTOR_ID in ids:
        return tuple(names)
    return tuple(name for name in names if record_id("collection", name) in ids)


async def _writable(request: web.Request, context: Context, caller: Caller) -> Conversation | None:
    """Return the conversation when the caller may post in it: the owner, by the book also those who write."""
    conversation = await context.conversations.find(object_id(request.match_info["id"], "conversation"))
    if conversation is None or conversation.owner == caller.user.id:
        return conversation
    may_write = context.dialect == "documented" and conversation.access_of(caller.user.id) == "write"
    return conversation if may_write else None


async def _fail_plain(context: Context, conversation: Conversation) -> None:
    """Fail as the plain operations do since 0.4: a 500, and a failed conversation left behind."""
    reason = "Failed to get AI response"
    await context.conversations.finish(conversation.id, Draft(Kind.ERROR, reason), status=Status.FAILED)
    raise ServerError(reason)


async def _drained(steps: AsyncIterator[Step]) -> Saved:
    """Return the last word of a turn; raise `ServerError` when it failed."""
    last: Step | None = None
    async for step in steps:
        if not (isinstance(step, Broke) and step.again):
            last = step
    if not isinstance(last, Saved):
        raise ServerError(last.message if isinstance(last, Broke) else "Failed to get AI response")
    return last


def _draft(query: Query) -> Draft:
    return Draft(Kind.QUESTION, query.text, model=query.model)


def _asked(query: Query, conversation: Conversation) -> Asked:
    before = _questions(conversation)[:-1]
    return Asked(query.text, before[-1] if before else None, 0, len(before), query.collections)


def _questions(conversation: Conversation) -> list[str]:
    return [message.content for message in conversation.messages if message.kind is Kind.QUESTION]


def _model(body: Json) -> Json:
    chosen = {name: body[name] for name in MODEL_FIELDS if isinstance(body.get(name), str)}
    return chosen | {"chatMode": body.get("chatMode") or "internal_search"}
