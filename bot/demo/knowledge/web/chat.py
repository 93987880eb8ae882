"""The operations that ask: create, add a message, regenerate, each as JSON or as a stream of events."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterable
from dataclasses import dataclass
from itertools import pairwise

from aiohttp import web

from bot.demo.knowledge import bodies
from bot.demo.knowledge.answers.answering import Asked
from bot.demo.knowledge.documents.index import Record
from bot.demo.knowledge.faults import IN_TRANSPORT, Fault, Trouble
from bot.demo.knowledge.generations import Generation
from bot.demo.knowledge.model import (
    BadRequest,
    Conversation,
    Forbidden,
    Json,
    Kind,
    NotFound,
    ServerError,
    Status,
    record_id,
)
from bot.demo.knowledge.projects import Project
from bot.demo.knowledge.store import Draft
from bot.demo.knowledge.streams.agui import AgUi
from bot.demo.knowledge.streams.legacy import Documented, Legacy
from bot.demo.knowledge.streams.script import Broke, Concluded, Saved, Step, Turn, Vocabulary, Wrote
from bot.demo.knowledge.turns import CONNECTOR_ID, Job, Run, refused
from bot.demo.knowledge.users import Caller
from bot.demo.knowledge.web.requests import (
    CONTEXT,
    FAULTS,
    NO_MARKUP,
    OBJECT_ID,
    REQUEST_ID,
    UUID,
    Checked,
    Context,
    body_of,
    json_response,
    left,
    looks_unsafe,
    meta,
    never_answered,
    object_id,
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


async def streamed(request: web.Request, steps: AsyncIterable[Step]) -> web.StreamResponse:
    """Return the response that told every step.

    A client that leaves only ends the telling, or, where a generation stops then, the run.
    """
    generation = request.app[CONTEXT].generation
    run = steps if isinstance(steps, Run) and generation.stops_when_left else None
    response = web.StreamResponse(headers=HEADERS)
    watch = asyncio.create_task(_stop_when_left(request, run)) if run else None
    try:
        await response.prepare(request)
        vocabulary = _vocabulary(generation, request[REQUEST_ID], _run_id(steps))
        sending = _Sending(request, response, request[FAULTS])
        # Cut short, the body ends where it is.
        with contextlib.suppress(_CutShort, ConnectionResetError):
            async for step in steps:
                for frame in vocabulary.frames(step):
                    await sending.send(frame.encoded())
                await sending.after(step)
            await response.write_eof()
    finally:
        if watch and run:
            watch.cancel()
            run.stop()
    return response


async def _stop_when_left(request: web.Request, run: Run) -> None:
    await left(request)
    run.stop()


def _run_id(steps: AsyncIterable[Step]) -> str:
    """Return the client's name for a run, or a new one."""
    return (isinstance(steps, Run) and steps.job.run_id) or f"run_{secrets.token_hex(8)}"


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


def _vocabulary(generation: Generation, request_id: str, run_id: str) -> Vocabulary:
    if generation.vocabulary == "documented":
        return Documented()
    if generation.vocabulary == "legacy":
        return Legacy(request_id, generation)
    return AgUi(request_id, run_id)


LONGEST_QUERY = 100_000
ATTACHMENT_FIELDS = ("recordId", "recordName", "mimeType", "extension", "virtualRecordId")
JAVASCRIPT = {bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}
"""What the types of JSON are called in refusals."""
MODEL_FIELDS = ("modelKey", "modelName", "modelFriendlyName", "modelProvider", "reasoningEffort")


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it was sent."""

    text: str
    model: Json
    collections: tuple[str, ...] | None
    attachments: tuple[Json, ...]
    run_id: str | None
    project: Project | None = None
    visibility: str | None = None


async def create(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Begin a conversation and answer when the answer is whole."""
    query = await _query(request, context, caller, stream=False, most=LONGEST_QUERY)
    await _check_plain(request, context, query)
    conversation = await _begun(context, caller, query)
    saved = await _answered(context, _job(request, Turn.NEW, conversation, query))
    if context.generation.bare:
        return json_response(bodies.documented_conversation(saved.conversation), 201)
    body = bodies.conversation(saved.conversation)
    return json_response({"conversation": body, "meta": meta(request)}, 201)


async def create_stream(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Begin a conversation and stream its answer."""
    query = await _query(request, context, caller, stream=True, most=LONGEST_QUERY)
    conversation = await _begun(context, caller, query)
    return await streamed(request, context.turns.start(_job(request, Turn.NEW, conversation, query)))


async def _begun(context: Context, caller: Caller, query: Query) -> Conversation:
    conversation = await context.conversations.create(caller.user.id, _draft(query))
    if query.project is None:
        return conversation
    shared = "project" if query.project.chats_shared else "private"
    return await context.conversations.link(conversation.id, query.project.id, query.visibility or shared)


async def add(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Go on with a conversation and answer when the answer is whole."""
    query = await _query(request, context, caller, stream=False, most=None)
    await _check_plain(request, context, query)
    conversation = await _writable(request, context, caller)
    if conversation is None:
        raise NotFound("Conversation not found")
    conversation = await context.conversations.ask(conversation.id, _draft(query))
    saved = await _answered(context, _job(request, Turn.ADDED, conversation, query))
    if context.generation.bare:
        return json_response(bodies.documented_conversation(saved.conversation))
    counted = {"recordsUsed": saved.records_used}
    body = {"conversation": bodies.conversation(saved.conversation), **counted}
    return json_response(body | {"meta": meta(request, **counted)})


async def add_stream(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Go on with a conversation and stream the answer; what cannot be found is told in the stream."""
    query = await _query(request, context, caller, stream=True, most=None)
    conversation = await _writable(request, context, caller)
    if conversation is None:
        return await streamed(request, refused("Conversation not found", "stream_error", Turn.ADDED))
    conversation = await context.conversations.ask(conversation.id, _draft(query))
    return await streamed(request, context.turns.start(_job(request, Turn.ADDED, conversation, query)))


async def cancel(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Stop a run that is under way; its own stream ends with the part that is written."""
    checked = Checked(await body_of(request))
    run_id = checked.text("runId", "runId", required=True)
    checked.done()
    conversation_id = object_id(request.match_info["id"], "conversation")
    run = context.turns.named(run_id)
    if run is None:
        conversation = await context.conversations.find(conversation_id)
        if conversation is None or conversation.owner != caller.user.id:
            raise NotFound("Conversation not found or unauthorized")
        return json_response({"cancelled": False})
    if run.job.conversation.id != conversation_id or run.job.conversation.owner != caller.user.id:
        raise Forbidden("This run belongs to another conversation or user")
    return json_response({"cancelled": run.stop()})


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
        if context.generation.bare:
            raise NotFound(problem)
        return await streamed(request, refused(problem, "streaming_error", Turn.REGENERATED))
    await context.conversations.reopen(conversation.id)
    question, last = conversation.messages[-2:]
    before = _questions(conversation)[:-1]
    asked = Asked(
        question.content, before[-1] if before else None, last.attempt + 1, len(before), collections
    )
    run = context.turns.start(
        Job(
            Turn.REGENERATED,
            conversation,
            asked,
            _model(body),
            request[FAULTS],
            replaces=message_id,
            run_id=_named_run(body, context.generation),
        )
    )
    if context.generation.bare:
        return json_response(bodies.documented_conversation((await _drained(run)).conversation))
    return await streamed(request, run)


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


async def _query(
    request: web.Request, context: Context, caller: Caller, *, stream: bool, most: int | None
) -> Query:
    """Read and check the body of a question; raises `Invalid`."""
    body = await body_of(request)
    generation = context.generation
    checked = Checked(body)
    text = checked.text("query", "Query", most=most, required=True)
    for name in ("modelKey", "modelName", "modelFriendlyName"):
        checked.text(name, name)
    if stream:
        _check_mode(checked, body, generation.stream_modes, required=generation.requires_mode)
    else:
        _check_mode(checked, body, generation.plain_modes, required=False)
    checked.listed("recordIds", OBJECT_ID, "Invalid record ID format")
    collections = _collections(checked, body, context.index.records)
    attached = _attached(checked, body) if generation.attachment_types else ()
    visibility = checked.choice("projectVisibility", ("private", "project"), "Invalid visibility", "")
    checked.done()
    return Query(
        text,
        _model(body),
        collections,
        attached,
        _named_run(body, generation),
        _project(context, caller, body) if generation.has_projects else None,
        visibility or None,
    )


def _check_mode(checked: Checked, body: Json, modes: tuple[str, ...], *, required: bool) -> None:
    """Check the chat mode; the streams of 0.6 have words of their own, the others those of their library."""
    mode = body.get("chatMode")
    if not modes:
        checked.text("chatMode", "chatMode")
    elif mode in modes or (mode is None and not required):
        return
    elif required:
        checked.refuse("Invalid chat mode")
    else:
        expected = " | ".join(f"'{each}'" for each in modes)
        if isinstance(mode, str):
            checked.refuse(f"Invalid enum value. Expected {expected}, received '{mode}'")
        else:
            checked.refuse(f"Expected {expected}, received {JAVASCRIPT[type(mode)]}")


def _attached(checked: Checked, body: Json) -> tuple[Json, ...]:
    """Return the references to uploaded files that a question carries."""
    given = body.get("attachments")
    if given is None:
        return ()
    if not isinstance(given, list) or not all(
        isinstance(each, dict) and isinstance(each.get("recordId"), str) for each in given
    ):
        checked.refuse("attachments must be a list of objects with a recordId")
        return ()
    return tuple({name: each[name] for name in ATTACHMENT_FIELDS if name in each} for each in given)


def _project(context: Context, caller: Caller, body: Json) -> Project | None:
    if body.get("projectId") is None:
        return None
    project = context.projects.seen_by(caller.user.id, object_id(str(body["projectId"]), "project"))
    if project is None:
        raise NotFound("Project not found")
    return project


def _named_run(body: Json, generation: Generation) -> str | None:
    """Return the client's name for the run, where runs can be cancelled."""
    name = body.get("runId")
    return name if generation.can_cancel and isinstance(name, str) and name else None


async def _check_plain(request: web.Request, context: Context, query: Query) -> None:
    """Refuse a question that looks like markup, or never answer it, as most generations do."""
    generation = context.generation
    if not looks_unsafe(query.text, any_format=generation.refuses_any_format):
        return
    if generation.hang:
        await never_answered(request)
    raise BadRequest(NO_MARKUP)


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
    may_write = context.generation.bare and conversation.access_of(caller.user.id) == "write"
    return conversation if may_write else None


async def _answered(context: Context, job: Job) -> Saved:
    """Return the last word of a turn without a stream, or fail as such turns do from 0.4 to 0.6."""
    if not context.generation.plain_answers:
        reason = "Failed to get AI response"
        await context.conversations.finish(
            job.conversation.id, Draft(Kind.ERROR, reason), status=Status.FAILED
        )
        raise ServerError(reason)
    try:
        return await _drained(context.turns.start(job))
    except ServerError as error:
        if context.generation.traces_errors:
            error.headers["X-Conversation-Id"] = job.conversation.id
        raise


async def _drained(run: Run) -> Saved:
    """Return the last word of a turn; raise `ServerError` when it failed."""
    last: Step | None = None
    async for step in run:
        if not (isinstance(step, Broke) and step.again):
            last = step
    if not isinstance(last, Saved):
        raise ServerError(last.message if isinstance(last, Broke) else "Failed to get AI response")
    return last


def _job(request: web.Request, turn: Turn, conversation: Conversation, query: Query) -> Job:
    before = _questions(conversation)[:-1]
    asked = Asked(query.text, before[-1] if before else None, 0, len(before), query.collections)
    return Job(turn, conversation, asked, query.model, request[FAULTS], run_id=query.run_id)


def _draft(query: Query) -> Draft:
    return Draft(Kind.QUESTION, query.text, model=query.model, attachments=query.attachments)


def _questions(conversation: Conversation) -> list[str]:
    return [message.content for message in conversation.messages if message.kind is Kind.QUESTION]


def _model(body: Json) -> Json:
    chosen = {name: body[name] for name in MODEL_FIELDS if isinstance(body.get(name), str)}
    return chosen | {"chatMode": body.get("chatMode") or "internal_search"}
