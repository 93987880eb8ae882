"""Conversations and messages as they are kept."""

import json
import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class Status(StrEnum):
    """How far a conversation's newest answer is, in the words real servers use."""

    IN_PROGRESS = "Inprogress"
    COMPLETE = "Complete"
    FAILED = "Failed"


class Kind(StrEnum):
    """What a message is."""

    QUESTION = "user_query"
    ANSWER = "bot_response"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `attempt` counts how often an answer was regenerated; instants are in milliseconds."""

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
        messages=messages,
    )
