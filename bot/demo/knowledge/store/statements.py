"""The statements that read and write single conversations and messages."""

import json
import sqlite3
from dataclasses import dataclass

from bot.demo.knowledge.ids import now, object_id
from bot.demo.knowledge.store.rows import (
    Conversation,
    Json,
    Kind,
    Message,
    Status,
    conversation_from,
    message_from,
)

TITLE_LENGTH = 100
"""A new conversation is called by the first characters of its question; so many on real servers."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a message is to hold, before it has an id and an instant."""

    kind: Kind
    content: str
    citations: tuple[Json, ...] = ()
    confidence: str | None = None
    follow_ups: tuple[Json, ...] = ()
    parts: tuple[Json, ...] = ()
    model: Json | None = None
    attempt: int = 0


def read(connection: sqlite3.Connection, conversation_id: str) -> Conversation:
    """Return a conversation with its messages."""
    row = connection.execute("SELECT * FROM conversations WHERE id = ?", (conversation_id,)).fetchone()
    messages: list[Message] = [
        message_from(each)
        for each in connection.execute(
            "SELECT * FROM messages WHERE conversation_id = ? ORDER BY position", (conversation_id,)
        )
    ]
    return conversation_from(row, tuple(messages))


def create(connection: sqlite3.Connection, owner: str, question: Draft) -> Conversation:
    """Insert a conversation with its first question."""
    conversation_id, instant = object_id(), now()
    connection.execute(
        "INSERT INTO conversations"
        " (id, owner, title, status, model, created_at, updated_at, last_activity_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            conversation_id,
            owner,
            question.content[:TITLE_LENGTH],
            Status.IN_PROGRESS,
            json.dumps(question.model),
            instant,
            instant,
            instant,
        ),
    )
    add(connection, conversation_id, question)
    return read(connection, conversation_id)


def _fields(draft: Draft) -> dict[str, object]:
    return {
        "kind": draft.kind,
        "content": draft.content,
        "citations": json.dumps(draft.citations),
        "confidence": draft.confidence,
        "follow_ups": json.dumps(draft.follow_ups),
        "parts": json.dumps(draft.parts),
        "model": json.dumps(draft.model),
        "attempt": draft.attempt,
        "instant": now(),
    }


def add(connection: sqlite3.Connection, conversation_id: str, draft: Draft) -> str:
    """Insert a message at the end of a conversation; return its id."""
    message_id = object_id()
    connection.execute(
        "INSERT INTO messages (id, conversation_id, kind, content, citations, confidence, follow_ups, parts,"
        " model, attempt, created_at, updated_at) VALUES (:id, :conversation, :kind, :content, :citations,"
        " :confidence, :follow_ups, :parts, :model, :attempt, :instant, :instant)",
        {**_fields(draft), "id": message_id, "conversation": conversation_id},
    )
    return message_id


def replace(connection: sqlite3.Connection, message_id: str, draft: Draft) -> None:
    """Put other content in a message's place; its feedback goes, its id stays."""
    connection.execute(
        "UPDATE messages SET kind = :kind, content = :content, citations = :citations, feedback = '[]',"
        " confidence = :confidence, follow_ups = :follow_ups, parts = :parts, model = :model,"
        " attempt = :attempt, updated_at = :instant WHERE id = :id",
        {**_fields(draft), "id": message_id},
    )


def set_status(
    connection: sqlite3.Connection, conversation_id: str, status: Status, fail_reason: str | None
) -> None:
    """Set how far a conversation is; it counts as activity."""
    connection.execute(
        "UPDATE conversations SET status = ?, fail_reason = ?, updated_at = ?, last_activity_at = ?"
        " WHERE id = ?",
        (status, fail_reason, now(), now(), conversation_id),
    )


def note_error(connection: sqlite3.Connection, conversation_id: str, reason: str, message_id: str) -> None:
    """Append to the errors of a conversation."""
    connection.execute(
        "UPDATE conversations SET errors = json_insert(errors, '$[#]', json(?)) WHERE id = ?",
        (
            json.dumps(
                {"message": reason, "errorType": "ai_error", "timestamp": now(), "messageId": message_id}
            ),
            conversation_id,
        ),
    )
