"""What every handler works with: its context, checked values of the request, and the bodies of answers."""

import asyncio
import html
import json
import re
import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from bot.demo.knowledge.attachments import Attachments
from bot.demo.knowledge.authorization import Authorizer
from bot.demo.knowledge.documents.index import Index
from bot.demo.knowledge.faults import Fault, Faults
from bot.demo.knowledge.generations import Generation
from bot.demo.knowledge.model import BadRequest, InternalError, Invalid, Json, iso, now
from bot.demo.knowledge.projects import Projects
from bot.demo.knowledge.store import Conversations
from bot.demo.knowledge.turns import Turns
from bot.demo.knowledge.users import Caller, Tokens, Users


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of a running server."""

    conversations: Conversations
    turns: Turns
    index: Index
    tokens: Tokens
    users: Users
    faults: Faults
    generation: Generation
    authorizer: Authorizer
    attachments: Attachments
    projects: Projects


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


OBJECT_ID = re.compile(r"^[0-9a-fA-F]{24}$")
UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", re.IGNORECASE)
MARKUP = re.compile(r"<[^>]*>|\bon\w+\s*=|javascript:|data:\s*text/html", re.IGNORECASE)
FORMAT = re.compile(r"%(?:\d+\$|-\d+)?[sdxn]", re.IGNORECASE)
ANY_FORMAT = re.compile(r"%[-+ #0]*(?:\d+\$)?\d*(?:\.\d+)?[%a-z]", re.IGNORECASE)
"""What 0.3 takes for a format specifier: `50% done`, too."""
NO_MARKUP = "HTML tags, scripts, and XSS content are not allowed. Please remove any HTML markup."


class Checked:
    """Takes values by name; unknown names are passed over, as real servers strip them."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values
        self._problems: list[str] = []

    def done(self) -> None:
        """Raise `Invalid` with every problem found, one a line."""
        if self._problems:
            raise Invalid("\n".join(dict.fromkeys(self._problems)))

    def has(self, name: str) -> bool:
        """Return whether a value was sent under this name."""
        return self._values.get(name) is not None

    def refuse(self, message: str) -> None:
        """Note a problem."""
        self._problems.append(message)

    def text(
        self, name: str, label: str, *, least: int = 1, most: int | None = None, required: bool = False
    ) -> str:
        """Return a string whose length lies within bounds; "" where it is missing."""
        value = self._values.get(name)
        if value is None:
            if required:
                self.refuse(f"{label} is required")
            return ""
        if not isinstance(value, str):
            self.refuse(f"{label} must be a string")
            return ""
        if len(value) < least:
            self.refuse(f"{label} must be at least {least} character long")
        if most is not None and len(value) > most:
            self.refuse(f"{label} must be at most {most} characters long")
        return value

    def choice(self, name: str, among: Collection[str], message: str, default: str) -> str:
        """Return one of the values in `among`; `default` where nothing was sent."""
        value = self._values.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or value not in among:
            self.refuse(message)
            return default
        return value

    def flag(self, name: str) -> bool | None:
        """Return a boolean, or None where nothing was sent."""
        value = self._values.get(name)
        if value is None or isinstance(value, bool):
            return value
        self.refuse(f"{name} must be a boolean")
        return None

    def whole(self, name: str, default: int, *, least: int = 1, most: int) -> int:
        """Return a whole number within bounds out of a query string."""
        value = self._values.get(name)
        if value is None:
            return default
        if not re.fullmatch(r"-?\d{1,9}", str(value)) or not least <= int(str(value)) <= most:
            self.refuse(f"{name} must be a whole number from {least} to {most}")
            return default
        return int(str(value))

    def listed(self, name: str, form: re.Pattern[str], message: str, *, least: int = 0) -> list[str]:
        """Return a list of strings that all have a form."""
        value = self._values.get(name)
        if value is None and not least:
            return []
        if not isinstance(value, list) or len(value) < least:
            self.refuse(f"{name} must hold at least {least} value" if least else f"{name} must be a list")
            return []
        if not all(isinstance(each, str) and form.match(each) for each in value):
            self.refuse(message)
            return []
        return [str(each) for each in value]

    def instant(self, name: str) -> int | None:
        """Return an ISO 8601 instant with its offset, in milliseconds since 1970."""
        value = self._values.get(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.refuse(f"{name} must be an ISO 8601 date with an offset")
            return None
        return int(moment.timestamp() * 1000)


def object_id(value: str, label: str) -> str:
    """Return an id of 24 hex digits; raise `Invalid` for anything else."""
    if not OBJECT_ID.match(value):
        raise Invalid(f"Invalid {label} ID format")
    return value.lower()


def looks_unsafe(text: str, *, any_format: bool = False) -> bool:
    """Return whether a text holds what real servers take for HTML, a script or a format specifier."""
    formats = ANY_FORMAT if any_format else FORMAT
    return bool(MARKUP.search(html.unescape(text)) or formats.search(text))


def without_markup(text: str) -> str:
    """Return a text that holds no HTML and no format specifier; raise `BadRequest` when it does."""
    if looks_unsafe(text):
        raise BadRequest(NO_MARKUP)
    return text.strip()


def stored_title(title: str) -> str:
    """Return a title as it is kept: cut before `<`, with `>` encoded; refuse what looks like HTML."""
    if MARKUP.search(html.unescape(title)):
        raise BadRequest(NO_MARKUP)
    return title.partition("<")[0].replace(">", "&gt;").strip()


LONGEST_SILENCE = 120.0
"""Seconds after which a request without an answer is given up."""
LOOK_AGAIN = 0.02
"""Seconds between two looks at whether the client is still there."""


async def left(request: web.Request) -> None:
    """Return as soon as the client has closed its connection."""
    while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 (no event for it)
        await asyncio.sleep(LOOK_AGAIN)


async def never_answered(request: web.Request) -> None:
    """Wait until the client gives up; after long, close its connection."""
    try:
        await asyncio.wait_for(left(request), LONGEST_SILENCE)
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()


def pages(page: int, limit: int, total: int) -> Json:
    """Return where a page stands among the others; pages count from 1."""
    count = -(-total // limit)
    return {
        "page": page,
        "limit": limit,
        "totalCount": total,
        "totalPages": count,
        "hasNextPage": page < count,
        "hasPrevPage": page > 1,
    }
