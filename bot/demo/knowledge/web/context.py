"""What the handlers work with."""

import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from bot.demo.knowledge.authorizing import Authorizer
from bot.demo.knowledge.dialects import Dialect
from bot.demo.knowledge.documents.index import Index
from bot.demo.knowledge.errors import InternalError, Invalid
from bot.demo.knowledge.faults import Fault, Faults
from bot.demo.knowledge.ids import iso, now
from bot.demo.knowledge.store.conversations import Conversations
from bot.demo.knowledge.store.rows import Json
from bot.demo.knowledge.tokens import Caller, Tokens
from bot.demo.knowledge.turns import Turns
from bot.demo.knowledge.users import Users


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of a running server."""

    conversations: Conversations
    turns: Turns
    index: Index
    tokens: Tokens
    users: Users
    faults: Faults
    dialect: Dialect
    authorizer: Authorizer


CONTEXT = web.AppKey("context", Context)
FAULTS = web.RequestKey("faults", tuple[Fault, ...])
REQUEST_ID = web.RequestKey("request_id", str)

Action = Callable[[web.Request, Context, Caller], Awaitable[web.StreamResponse]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded(action: Action, *scopes: str) -> Handler:
    """Return a handler that lets in those whose token reaches as far as `scopes`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        context = request.app[CONTEXT]
        caller = context.tokens.identify(request.headers.get("Authorization"))
        caller.require(*scopes)
        return await action(request, context, caller)

    return handle


async def body_of(request: web.Request) -> Json:
    """Return the JSON object a request carries, {} for none; malformed JSON is an internal error here."""
    text = await request.text()
    if not text.strip():
        return {}
    try:
        value = json.loads(text)
    except ValueError:
        raise InternalError from None
    if not isinstance(value, dict):
        raise Invalid("Expected object")
    return value


def json_response(body: object, status: int = 200) -> web.Response:
    """Return a JSON response; characters beyond ASCII stay as they are."""
    return web.json_response(body, status=status, dumps=lambda value: json.dumps(value, ensure_ascii=False))


def meta(request: web.Request, **more: object) -> Json:
    """Return what an envelope says about the request itself."""
    return {"requestId": request[REQUEST_ID], "timestamp": iso(now()), "duration": 1, **more}


def new_request_id() -> str:
    """Return an id for a request that brought none."""
    return str(uuid.uuid4())
