"""Which conversations a list shows, in which order, and how many pages there are."""

import sqlite3
from dataclasses import dataclass

from bot.demo.knowledge.store.rows import Conversation, conversation_from, message_from

COLUMNS = {"createdAt": "created_at", "lastActivityAt": "last_activity_at", "title": "title COLLATE NOCASE"}
"""What a list can be sorted by: the API's name and the column."""

CONTAINS_TEXT = r"""(c.title LIKE :text ESCAPE '\' OR EXISTS (
    SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.content LIKE :text ESCAPE '\'))"""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is asked for; `start` and `end` bound the creation, in milliseconds."""

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
