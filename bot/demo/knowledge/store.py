"""What the server keeps in SQLite: conversations with their messages, and the lists of them."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bot.demo.knowledge.model import (
    Conversation,
    Json,
    Kind,
    Message,
    Status,
    conversation_from,
    iso,
    message_from,
    now,
    object_id,
)

Result = TypeVar("Result")

BUSY_TIMEOUT = 10.0
"""Seconds to wait for another process's write before SQLite gives up."""


class Database:
    """A connection and the thread it lives on; each `run` is one transaction."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="knowledge-sqlite")
        self._connection: sqlite3.Connection | None = None

    async def open(self, schema: str, added: Iterable[tuple[str, str, str]] = ()) -> None:
        """Open the file, make it where it is missing, and bring it to `schema`.

        `added` are columns that files of earlier versions lack: a table, a name and a definition.
        """
        await asyncio.get_running_loop().run_in_executor(self._thread, self._connect, schema, added)

    async def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Return what `work` returns; its changes are kept together or, when it raises, not at all."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transaction, work)

    async def close(self) -> None:
        """Finish what is queued and close the file."""
        if self._connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
            self._connection = None
        self._thread.shutdown()

    def _connect(self, schema: str, added: Iterable[tuple[str, str, str]]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(schema)
        for table, name, definition in added:
            columns = {row["name"] for row in connection.execute(f"PRAGMA table_info({table})")}
            if name not in columns:
                connection.execute(f"ALTER TABLE {table} ADD COLUMN {name} {definition}")
        self._connection = connection

    def _transaction(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        if self._connection is None:
            raise RuntimeError("the database is not open")
        with self._connection:
            return work(self._connection)


SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    fail_reason TEXT,
    shared_with TEXT NOT NULL DEFAULT '[]',
    archived_by TEXT,
    deleted_by TEXT,
    errors TEXT NOT NULL DEFAULT '[]',
    model TEXT NOT NULL DEFAULT 'null',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_activity_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS conversations_of_an_owner ON conversations (owner, last_activity_at);
CREATE TABLE IF NOT EXISTS messages (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    kind TEXT NOT NULL,
    content TEXT NOT NULL,
    citations TEXT NOT NULL DEFAULT '[]',
    confidence TEXT,
    follow_ups TEXT NOT NULL DEFAULT '[]',
    feedback TEXT NOT NULL DEFAULT '[]',
    parts TEXT NOT NULL DEFAULT '[]',
    model TEXT NOT NULL DEFAULT 'null',
    attempt INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_of_a_conversation ON messages (conversation_id, position);
"""
ADDED = (
    ("conversations", "project_id", "TEXT"),
    ("conversations", "project_visibility", "TEXT"),
    ("messages", "stopped", "INTEGER NOT NULL DEFAULT 0"),
    ("messages", "attachments", "TEXT NOT NULL DEFAULT '[]'"),
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
    stopped: bool = False
    attachments: tuple[Json, ...] = ()


def read_conversation(connection: sqlite3.Connection, conversation_id: str) -> Conversation:
    """Return a conversation with its messages."""
    row = connection.execute("SELECT * FROM conversations WHERE id = ?", (conversation_id,)).fetchone()
    messages: list[Message] = [
        message_from(each)
        for each in connection.execute(
            "SELECT * FROM messages WHERE conversation_id = ? ORDER BY position", (conversation_id,)
        )
    ]
    return conversation_from(row, tuple(messages))


def insert_conversation(connection: sqlite3.Connection, owner: str, question: Draft) -> Conversation:
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
    insert_message(connection, conversation_id, question)
    return read_conversation(connection, conversation_id)


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
        "stopped": draft.stopped,
        "attachments": json.dumps(draft.attachments),
        "instant": now(),
    }


def insert_message(connection: sqlite3.Connection, conversation_id: str, draft: Draft) -> str:
    """Insert a message at the end of a conversation; return its id."""
    message_id = object_id()
    connection.execute(
        "INSERT INTO messages (id, conversation_id, kind, content, citations, confidence, follow_ups, parts,"
        " model, attempt, stopped, attachments, created_at, updated_at) VALUES (:id, :conversation, :kind,"
        " :content, :citations, :confidence, :follow_ups, :parts, :model, :attempt, :stopped, :attachments,"
        " :instant, :instant)",
        {**_fields(draft), "id": message_id, "conversation": conversation_id},
    )
    return message_id


def replace_message(connection: sqlite3.Connection, message_id: str, draft: Draft) -> None:
    """Put other content in a message's place; its feedback goes, its id stays."""
    connection.execute(
        "UPDATE messages SET kind = :kind, content = :content, citations = :citations, feedback = '[]',"
        " confidence = :confidence, follow_ups = :follow_ups, parts = :parts, model = :model,"
        " attempt = :attempt, stopped = :stopped, updated_at = :instant WHERE id = :id",
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
    error = {
        "_id": object_id(),
        "message": reason,
        "errorType": "ai_error",
        "timestamp": iso(now()),
        "messageId": message_id,
    }
    connection.execute(
        "UPDATE conversations SET errors = json_insert(errors, '$[#]', json(?)) WHERE id = ?",
        (json.dumps(error), conversation_id),
    )


COLUMNS = {"createdAt": "created_at", "lastActivityAt": "last_activity_at", "title": "title COLLATE NOCASE"}
"""What a list can be sorted by: the API's name and the column."""

CONTAINS_TEXT = r"""(c.title LIKE :text ESCAPE '\' OR EXISTS (
    SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.content LIKE :text ESCAPE '\'))"""


UNASSIGNED = "unassigned"
"""Instead of a project: conversations that belong to none."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is asked for; `start` and `end` bound the creation, in milliseconds.

    `source` is `owned`, `shared`, `either`, or `project` for what the members of `project` can see.
    """

    reader: str
    source: str = "owned"
    archived: bool = False
    search: str | None = None
    conversation_id: str | None = None
    shared: bool | None = None
    start: int | None = None
    end: int | None = None
    sort_by: str = "lastActivityAt"
    descending: bool = True
    page: int = 1
    limit: int = 20
    with_messages: bool = False
    project: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, and how many conversations the whole list holds."""

    conversations: tuple[Conversation, ...]
    total: int


def listed(connection: sqlite3.Connection, listing: Listing) -> Page:
    """Return the page of conversations that `listing` asks for."""
    where, values = _conditions(listing)
    order = "DESC" if listing.descending else "ASC"
    # Only the column names and conditions written in this module become part of the statement.
    counted = connection.execute(f"SELECT count(*) FROM conversations c WHERE {where}", values).fetchone()  # noqa: S608
    rows = connection.execute(
        f"SELECT * FROM conversations c WHERE {where}"  # noqa: S608
        f" ORDER BY {COLUMNS[listing.sort_by]} {order}, id {order} LIMIT :limit OFFSET :offset",
        {**values, "limit": listing.limit, "offset": (listing.page - 1) * listing.limit},
    ).fetchall()
    return Page(
        tuple(_loaded(connection, row, with_messages=listing.with_messages) for row in rows), counted[0]
    )


def _loaded(connection: sqlite3.Connection, row: sqlite3.Row, *, with_messages: bool) -> Conversation:
    if not with_messages:
        return conversation_from(row)
    messages = connection.execute(
        "SELECT * FROM messages WHERE conversation_id = ? ORDER BY position", (row["id"],)
    ).fetchall()
    return conversation_from(row, tuple(map(message_from, messages)))


def _conditions(listing: Listing) -> tuple[str, dict[str, object]]:
    """Return the WHERE clause and its values."""
    shared_with_reader = (
        "EXISTS (SELECT 1 FROM json_each(c.shared_with) s WHERE json_extract(s.value, '$.userId') = :reader)"
    )
    clauses = [
        "c.deleted_by IS NULL",
        f"c.archived_by IS {'NOT ' if listing.archived else ''}NULL",
        {
            "owned": "c.owner = :reader",
            "shared": f"c.owner <> :reader AND {shared_with_reader}",
            "either": f"(c.owner = :reader OR {shared_with_reader})",
            "project": "(c.owner = :reader OR c.project_visibility = 'project')",
        }[listing.source],
    ]
    optional: list[tuple[str, object, object]] = [
        ("c.id = :conversation", "conversation", listing.conversation_id),
        ("c.created_at >= :start", "start", listing.start),
        ("c.created_at <= :end", "end", listing.end),
        (
            f"c.shared_with {'<>' if listing.shared else '='} :none",
            "none",
            None if listing.shared is None else "[]",
        ),
        (
            CONTAINS_TEXT,
            "text",
            _pattern(listing.search),
        ),
    ]
    if listing.project == UNASSIGNED:
        clauses.append("c.project_id IS NULL")
    elif listing.project:
        optional.append(("c.project_id = :project", "project", listing.project))
    values: dict[str, object] = {"reader": listing.reader}
    for clause, name, value in optional:
        if value is not None:
            clauses.append(clause)
            values[str(name)] = value
    return " AND ".join(clauses), values


def _pattern(search: str | None) -> str | None:
    if not search:
        return None
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


class Conversations:
    """Every conversation of the organisation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, owner: str, question: Draft) -> Conversation:
        """Begin a conversation with its first question; its answer is under way."""
        return await self._database.run(lambda connection: insert_conversation(connection, owner, question))

    async def ask(self, conversation_id: str, question: Draft) -> Conversation:
        """Add a question; the conversation's answer is under way again, whatever happened before."""

        def work(connection: sqlite3.Connection) -> Conversation:
            insert_message(connection, conversation_id, question)
            set_status(connection, conversation_id, Status.IN_PROGRESS, None)
            return read_conversation(connection, conversation_id)

        return await self._database.run(work)

    async def reopen(self, conversation_id: str) -> None:
        """Mark a conversation whose last answer is being written again."""
        await self._database.run(
            lambda connection: set_status(connection, conversation_id, Status.IN_PROGRESS, None)
        )

    async def finish(
        self, conversation_id: str, draft: Draft, *, status: Status, message_id: str | None = None
    ) -> Conversation:
        """Save how an answer ended: as a new message, or in the place of `message_id`, which keeps its id."""

        def work(connection: sqlite3.Connection) -> Conversation:
            kept = message_id or insert_message(connection, conversation_id, draft)
            if message_id:
                replace_message(connection, message_id, draft)
            failed = status is Status.FAILED
            set_status(connection, conversation_id, status, draft.content if failed else None)
            if failed:
                note_error(connection, conversation_id, draft.content, kept)
            return read_conversation(connection, conversation_id)

        return await self._database.run(work)

    async def find(self, conversation_id: str) -> Conversation | None:
        """Return a conversation that is not deleted, with its messages."""

        def work(connection: sqlite3.Connection) -> Conversation | None:
            row = connection.execute(
                "SELECT id FROM conversations WHERE id = ? AND deleted_by IS NULL", (conversation_id,)
            ).fetchone()
            return read_conversation(connection, conversation_id) if row else None

        return await self._database.run(work)

    async def listed(self, listing: Listing) -> Page:
        """Return one page of a list."""
        return await self._database.run(lambda connection: listed(connection, listing))

    async def everything(self) -> tuple[Conversation, ...]:
        """Return all conversations, deleted and archived ones among them, oldest first."""

        def work(connection: sqlite3.Connection) -> tuple[Conversation, ...]:
            rows = connection.execute("SELECT id FROM conversations ORDER BY created_at, rowid").fetchall()
            return tuple(read_conversation(connection, row["id"]) for row in rows)

        return await self._database.run(work)

    async def rename(self, conversation_id: str, title: str) -> Conversation:
        """Give a conversation another title."""
        return await self._change(conversation_id, "title = ?", title)

    async def archive(self, conversation_id: str, user_id: str | None) -> Conversation:
        """Put a conversation away in a user's name, or, with None, take it out again."""
        return await self._change(conversation_id, "archived_by = ?", user_id)

    async def delete(self, conversation_id: str, user_id: str) -> Conversation:
        """Hide a conversation for good; the row stays, as on real servers."""
        return await self._change(conversation_id, "deleted_by = ?", user_id)

    async def share(self, conversation_id: str, shared_with: Iterable[Json]) -> Conversation:
        """Set who may read a conversation beside its owner."""
        return await self._change(conversation_id, "shared_with = ?", json.dumps(list(shared_with)))

    async def link(
        self, conversation_id: str, project_id: str | None, visibility: str | None
    ) -> Conversation:
        """Put a conversation into a project, or, with None, take it out."""
        await self._change(conversation_id, "project_visibility = ?", visibility)
        return await self._change(conversation_id, "project_id = ?", project_id)

    async def rate(self, conversation_id: str, message_id: str, feedback: Json) -> Conversation:
        """Append feedback to a message; earlier feedback stays."""

        def work(connection: sqlite3.Connection) -> Conversation:
            connection.execute(
                "UPDATE messages SET feedback = json_insert(feedback, '$[#]', json(?)) WHERE id = ?",
                (json.dumps(feedback), message_id),
            )
            return read_conversation(connection, conversation_id)

        return await self._database.run(work)

    async def fail_unfinished(self, reason: str) -> int:
        """Give up the answers a stopped process left under way; return how many there were."""

        def work(connection: sqlite3.Connection) -> int:
            rows = connection.execute(
                "SELECT id FROM conversations WHERE status = ?", (Status.IN_PROGRESS,)
            ).fetchall()
            for row in rows:
                message_id = insert_message(connection, row["id"], Draft(Kind.ERROR, reason))
                set_status(connection, row["id"], Status.FAILED, reason)
                note_error(connection, row["id"], reason, message_id)
            return len(rows)

        return await self._database.run(work)

    async def _change(self, conversation_id: str, assignment: str, value: object) -> Conversation:
        def work(connection: sqlite3.Connection) -> Conversation:
            connection.execute(
                f"UPDATE conversations SET {assignment}, updated_at = ? WHERE id = ?",  # noqa: S608 (ours)
                (value, now(), conversation_id),
            )
            return read_conversation(connection, conversation_id)

        return await self._database.run(work)
