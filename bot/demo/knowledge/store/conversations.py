"""Reading and writing conversations."""

import json
import sqlite3
from collections.abc import Iterable

from bot.demo.knowledge.ids import now
from bot.demo.knowledge.store import statements
from bot.demo.knowledge.store.database import Database
from bot.demo.knowledge.store.listing import Listing, Page, listed
from bot.demo.knowledge.store.rows import Conversation, Json, Kind, Status
from bot.demo.knowledge.store.statements import Draft


class Conversations:
    """Every conversation of the organisation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, owner: str, question: Draft) -> Conversation:
        """Begin a conversation with its first question; its answer is under way."""
        return await self._database.run(lambda connection: statements.create(connection, owner, question))

    async def ask(self, conversation_id: str, question: Draft) -> Conversation:
        """Add a question; the conversation's answer is under way again, whatever happened before."""

        def work(connection: sqlite3.Connection) -> Conversation:
            statements.add(connection, conversation_id, question)
            statements.set_status(connection, conversation_id, Status.IN_PROGRESS, None)
            return statements.read(connection, conversation_id)

        return await self._database.run(work)

    async def reopen(self, conversation_id: str) -> None:
        """Mark a conversation whose last answer is being written anew."""
        await self._database.run(
            lambda connection: statements.set_status(connection, conversation_id, Status.IN_PROGRESS, None)
        )

    async def finish(
        self, conversation_id: str, draft: Draft, *, status: Status, message_id: str | None = None
    ) -> Conversation:
        """Save how an answer ended: as a new message, or in the place of `message_id`, which keeps its id."""

        def work(connection: sqlite3.Connection) -> Conversation:
            kept = message_id or statements.add(connection, conversation_id, draft)
            if message_id:
                statements.replace(connection, message_id, draft)
            failed = status is Status.FAILED
            statements.set_status(connection, conversation_id, status, draft.content if failed else None)
            if failed:
                statements.note_error(connection, conversation_id, draft.content, kept)
            return statements.read(connection, conversation_id)

        return await self._database.run(work)

    async def find(self, conversation_id: str) -> Conversation | None:
        """Return a conversation that is not deleted, with its messages."""

        def work(connection: sqlite3.Connection) -> Conversation | None:
            row = connection.execute(
                "SELECT id FROM conversations WHERE id = ? AND deleted_by IS NULL", (conversation_id,)
            ).fetchone()
            return statements.read(connection, conversation_id) if row else None

        return await self._database.run(work)

    async def listed(self, listing: Listing) -> Page:
        """Return one page of a list."""
        return await self._database.run(lambda connection: listed(connection, listing))

    async def everything(self) -> tuple[Conversation, ...]:
        """Return all conversations, deleted and archived ones among them, oldest first."""

        def work(connection: sqlite3.Connection) -> tuple[Conversation, ...]:
            rows = connection.execute("SELECT id FROM conversations ORDER BY created_at, rowid").fetchall()
            return tuple(statements.read(connection, row["id"]) for row in rows)

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

    async def rate(self, conversation_id: str, message_id: str, feedback: Json) -> Conversation:
        """Append feedback to a message; earlier feedback stays."""

        def work(connection: sqlite3.Connection) -> Conversation:
            connection.execute(
                "UPDATE messages SET feedback = json_insert(feedback, '$[#]', json(?)) WHERE id = ?",
                (json.dumps(feedback), message_id),
            )
            return statements.read(connection, conversation_id)

        return await self._database.run(work)

    async def fail_unfinished(self, reason: str) -> int:
        """Give up the answers a stopped process left under way; return how many there were."""

        def work(connection: sqlite3.Connection) -> int:
            rows = connection.execute(
                "SELECT id FROM conversations WHERE status = ?", (Status.IN_PROGRESS,)
            ).fetchall()
            for row in rows:
                message_id = statements.add(connection, row["id"], Draft(Kind.ERROR, reason))
                statements.set_status(connection, row["id"], Status.FAILED, reason)
                statements.note_error(connection, row["id"], reason, message_id)
            return len(rows)

        return await self._database.run(work)

    async def _change(self, conversation_id: str, assignment: str, value: object) -> Conversation:
        def work(connection: sqlite3.Connection) -> Conversation:
            connection.execute(
                f"UPDATE conversations SET {assignment}, updated_at = ? WHERE id = ?",  # noqa: S608 (ours)
                (value, now(), conversation_id),
            )
            return statements.read(connection, conversation_id)

        return await self._database.run(work)
