"""What the whole server speaks of: names of generations, ids, errors, conversations and their messages."""

import json
import secrets
import sqlite3
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Literal, get_args

Dialect = Literal["documented", "legacy", "v05", "agui", "v09"]
"""`documented`: as the published description; `legacy`: 0.3; `v05`: 0.5; `agui`: 0.6; `v09`: 0.9."""

DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
RECORDS = uuid.uuid5(uuid.NAMESPACE_URL, "local-knowledge/records")
ORGANISATION = "64b7f0a1c2d3e4f5a6b7c8d9"


def object_id() -> str:
    """Return a new id of 24 hex digits; later ids sort after earlier ones, as MongoDB's do."""
    return f"{int(time.time()):08x}{secrets.token_hex(8)}"


def record_id(*names: str) -> str:
    """Return the UUID that always belongs to these names."""
    return str(uuid.uuid5(RECORDS, "\x00".join(names)))


def now() -> int:
    """Return the present instant in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def iso(milliseconds: int) -> str:
    """Return an instant as ISO 8601 with milliseconds and `Z`, the way JSON dates leave Node."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class ApiError(Exception):
    """A refusal with its HTTP status, its code and the message the client reads."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "INTERNAL_ERROR"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.error_code = code or self.code
        self.headers: dict[str, str] = {}

    def body(self, request_id: str | None = None) -> dict[str, object]:
        """Return the JSON body of the refusal, with the id of the request where a generation tells it."""
        told = {"requestId": request_id} if request_id else {}
        return {"error": {"code": self.error_code, "message": self.message, **told}}


class BadRequest(ApiError):
    """The request is understood and refused."""

    status = 400
    code = "HTTP_BAD_REQUEST"


class Invalid(ApiError):
    """The request does not have the form it must have."""

    status = 400
    code = "VALIDATION_ERROR"


class Unauthorized(ApiError):
    """The caller is not known."""

    status = 401
    code = "HTTP_UNAUTHORIZED"


class Forbidden(ApiError):
    """The caller's token does not reach that far."""

    status = 403
    code = "HTTP_FORBIDDEN"


class NotFound(ApiError):
    """There is no such thing, or it belongs to another user."""

    status = 404
    code = "HTTP_NOT_FOUND"


class ServerError(ApiError):
    """The server failed and says so."""

    status = 500
    code = "HTTP_INTERNAL_SERVER_ERROR"


class InternalError(ApiError):
    """Something unforeseen; malformed JSON is among it, as on the servers this one plays."""

    def __init__(self) -> None:
        super().__init__("An unexpected error occurred")


Json = dict[str, Any]


class Status(StrEnum):
    """How far a conversation's newest answer is, in the words real servers use."""

    IN_PROGRESS = "Inprogress"
    COMPLETE = "Complete"
    FAILED = "Failed"
    STOPPED = "Stopped"


class Kind(StrEnum):
    """What a message is."""

    QUESTION = "user_query"
    ANSWER = "bot_response"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Message:
    """One message; instants are in milliseconds.

    `attempt` counts how often an answer was regenerated. A `stopped` one holds what was written until then.
    """

    id: str
    kind: Kind
    content: str
    created_at: int
    updated_at: int
    citations: tuple[Json, ...] = ()
    confidence: str | None = None
    follow_ups: tuple[Json, ...] = ()
    feedback: tuple[Json, ...] = ()
    parts: tuple[Json, ...] = ()
    model: Json | None = None
    attempt: int = 0
    stopped: bool = False
    attachments: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation; `messages` are in the order they were written."""

    id: str
    owner: str
    title: str
    status: Status
    created_at: int
    updated_at: int
    last_activity_at: int
    fail_reason: str | None = None
    shared_with: tuple[Json, ...] = ()
    archived_by: str | None = None
    deleted_by: str | None = None
    errors: tuple[Json, ...] = ()
    model: Json | None = None
    project_id: str | None = None
    project_visibility: str | None = None
    messages: tuple[Message, ...] = ()

    @property
    def is_shared(self) -> bool:
        """Whether anybody but the owner may read it."""
        return bool(self.shared_with)

    @property
    def is_archived(self) -> bool:
        """Whether it is put away."""
        return self.archived_by is not None

    def access_of(self, user_id: str) -> str | None:
        """Return the level this user was given by sharing, or None."""
        return next((each["accessLevel"] for each in self.shared_with if each["userId"] == user_id), None)


def message_from(row: sqlite3.Row) -> Message:
    """Return the message a row of `messages` holds."""
    return Message(
        id=row["id"],
        kind=Kind(row["kind"]),
        content=row["content"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        citations=tuple(json.loads(row["citations"])),
        confidence=row["confidence"],
        follow_ups=tuple(json.loads(row["follow_ups"])),
        feedback=tuple(json.loads(row["feedback"])),
        parts=tuple(json.loads(row["parts"])),
        model=json.loads(row["model"]),
        attempt=row["attempt"],
        stopped=bool(row["stopped"]),
        attachments=tuple(json.loads(row["attachments"])),
    )


def conversation_from(row: sqlite3.Row, messages: tuple[Message, ...] = ()) -> Conversation:
    """Return the conversation a row of `conversations` holds."""
    return Conversation(
        id=row["id"],
        owner=row["owner"],
        title=row["title"],
        status=Status(row["status"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        last_activity_at=row["last_activity_at"],
        fail_reason=row["fail_reason"],
        shared_with=tuple(json.loads(row["shared_with"])),
        archived_by=row["archived_by"],
        deleted_by=row["deleted_by"],
        errors=tuple(json.loads(row["errors"])),
        model=json.loads(row["model"]),
        project_id=row["project_id"],
        project_visibility=row["project_visibility"],
        messages=messages,
    )
