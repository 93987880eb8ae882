"""Files that people attach to a question, kept in SQLite."""

import sqlite3
from dataclasses import dataclass
from pathlib import PurePosixPath
from uuid import uuid4

from bot.demo.knowledge.model import Json, now
from bot.demo.knowledge.store import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS attachments (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    conversation_id TEXT,
    name TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    content BLOB NOT NULL,
    created_at INTEGER NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One uploaded file; `id` is a UUID, as those of all records."""

    id: str
    owner: str
    name: str
    mime_type: str
    content: bytes

    def reference(self) -> Json:
        """Return what a question carries to point to the file."""
        return {
            "recordId": self.id,
            "recordName": self.name,
            "mimeType": self.mime_type,
            "extension": PurePosixPath(self.name).suffix.removeprefix(".").lower(),
            "virtualRecordId": self.id,
        }


class Attachments:
    """Every file that was uploaded and not deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, owner: str, name: str, mime_type: str, content: bytes, conversation_id: str | None
    ) -> Attachment:
        """Keep a file; return it with its new id."""
        kept = Attachment(str(uuid4()), owner, name, mime_type, content)

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO attachments (id, owner, conversation_id, name, mime_type, content, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (kept.id, owner, conversation_id, name, mime_type, content, now()),
            )

        await self._database.run(work)
        return kept

    async def find(self, attachment_id: str) -> Attachment | None:
        """Return the file with this id."""

        def work(connection: sqlite3.Connection) -> Attachment | None:
            row = connection.execute(
                "SELECT id, owner, name, mime_type, content FROM attachments WHERE id = ?", (attachment_id,)
            ).fetchone()
            return Attachment(*row) if row else None

        return await self._database.run(work)

    async def delete(self, owner: str, attachment_id: str) -> bool:
        """Delete a person's file; return whether there was one."""

        def work(connection: sqlite3.Connection) -> bool:
            done = connection.execute(
                "DELETE FROM attachments WHERE id = ? AND owner = ?", (attachment_id, owner)
            )
            return done.rowcount > 0

        return await self._database.run(work)
