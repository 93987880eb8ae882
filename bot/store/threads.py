"""Which thread is which conversation, private answers included, and threads the bot joined unasked."""

import time
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from bot.domain.conversations import ArchiveRecord, IdleConversation
from bot.domain.turns import QuestionOrigin, Thread
from bot.store.database import Database, insert_if_absent
from bot.store.tables import PrivateAnswerRow, ThreadRow, UnpromptedThreadRow


@dataclass(frozen=True, slots=True)
class PrivateAnswerStore:
    """The private threads beside the threads of channels."""

    database: Database

    async def add_thread(self, thread: Thread, person: str, origin: QuestionOrigin) -> None:
        """Note that `thread`, in a direct message, answers what `person` asked at `origin`."""
        async with self.database.transaction() as session:
            session.add(
                PrivateAnswerRow(
                    workspace=thread.workspace,
                    channel=thread.channel,
                    ts=thread.ts,
                    person=person,
                    origin_channel=origin.channel,
                    origin_ts=origin.ts,
                    begun_at=time.time(),
                )
            )

    async def find_thread(self, thread: Thread, person: str) -> Thread | None:
        """Return where `person` is answered who asks in `thread`, None where that is not begun."""
        async with self.database.transaction() as session:
            rows = await session.exec(
                select(PrivateAnswerRow)
                .where(col(PrivateAnswerRow.workspace) == thread.workspace)
                .where(col(PrivateAnswerRow.origin_channel) == thread.channel)
                .where(col(PrivateAnswerRow.origin_ts) == thread.ts)
                .where(col(PrivateAnswerRow.person) == person)
                .order_by(col(PrivateAnswerRow.begun_at).desc())
                .limit(1)
            )
            row = rows.first()
            return Thread(row.workspace, row.channel, row.ts) if row else None

    async def find_origin(self, thread: Thread) -> QuestionOrigin | None:
        """Return where was asked what `thread` answers, None where it stands for itself."""
        async with self.database.transaction() as session:
            row = await session.get(PrivateAnswerRow, (thread.workspace, thread.channel, thread.ts))
            return QuestionOrigin(row.origin_channel, row.origin_ts) if row else None

    async def mark_shared(self, thread: Thread, turn_id: str) -> bool:
        """Note that an answer in `thread` is posted where it was asked; return False if it was before."""
        async with self.database.transaction() as session:
            row = await session.get_one(
                PrivateAnswerRow, (thread.workspace, thread.channel, thread.ts), with_for_update=True
            )
            before = row.shared.split()
            if turn_id in before:
                return False
            row.shared = " ".join((*before, turn_id))
            return True

    async def unmark_shared(self, thread: Thread, turn_id: str) -> None:
        """Take back that an answer was posted, because it could not be."""
        async with self.database.transaction() as session:
            row = await session.get_one(
                PrivateAnswerRow, (thread.workspace, thread.channel, thread.ts), with_for_update=True
            )
            row.shared = " ".join(each for each in row.shared.split() if each != turn_id)


@dataclass(frozen=True, slots=True)
class UnpromptedThread:
    """Whom the bot answers in a thread, and whether it still does so without a mention."""

    person: str
    is_silenced: bool


@dataclass(frozen=True, slots=True)
class UnpromptedThreadStore:
    """What was said to nobody, and answered by the bot."""

    database: Database

    async def add(self, thread: Thread, person: str) -> None:
        """Note that the bot answers `person` in `thread` without having been asked to."""
        row = UnpromptedThreadRow(
            workspace=thread.workspace,
            channel=thread.channel,
            ts=thread.ts,
            person=person,
            begun_at=time.time(),
        )
        async with self.database.transaction() as session:
            await insert_if_absent(session, row)

    async def find(self, thread: Thread) -> UnpromptedThread | None:
        """Return what is known of a thread, None where the bot was asked into it or is no part of it."""
        async with self.database.transaction() as session:
            row = await session.get(UnpromptedThreadRow, (thread.workspace, thread.channel, thread.ts))
            return UnpromptedThread(row.person, row.silenced_at is not None) if row else None

    async def stop_replying(self, thread: Thread, person: str) -> bool:
        """Let the bot be silent in `thread` from now on, because of `person`.

        Return False where it did not begin there by itself.
        """
        async with self.database.transaction() as session:
            row = await session.get(
                UnpromptedThreadRow, (thread.workspace, thread.channel, thread.ts), with_for_update=True
            )
            if row is None:
                return False
            if row.silenced_at is None:
                row.silenced_by, row.silenced_at = person, time.time()
            return True


@dataclass(frozen=True, slots=True)
class ThreadStore:
    """The threads the bot is part of."""

    database: Database

    async def is_known(self, thread: Thread) -> bool:
        """Return whether the bot is part of `thread`."""
        async with self.database.transaction() as session:
            rows = await session.exec(select(ThreadRow.ts).where(matches_thread(thread)).limit(1))
            return rows.first() is not None

    async def find_conversation_id(self, thread: Thread, identity: str) -> str | None:
        """Return the id of the conversation that `thread` is for `identity`, if it has begun."""
        async with self.database.transaction() as session:
            row = await session.get(ThreadRow, _key(thread, identity))
            return row.conversation_id if row else None

    async def find_owner(self, thread: Thread, identity: str) -> str | None:
        """Return the Slack user who started the conversation of `thread`."""
        async with self.database.transaction() as session:
            row = await session.get(ThreadRow, _key(thread, identity))
            return row.started_by if row else None

    async def find_archive_record(self, thread: Thread, identity: str) -> ArchiveRecord | None:
        """Return who archived the conversation of `thread` from Slack, or that the clock did, and when."""
        async with self.database.transaction() as session:
            return archive_record(await session.get(ThreadRow, _key(thread, identity)))

    async def save_archived(self, thread: Thread, identity: str, person: str | None) -> None:
        """Note that `person` archived the conversation of `thread`, or with None that nobody did.

        Whoever takes one out of the archive has use for it: it counts as active then.
        """
        async with self.database.transaction() as session:
            row = await lock_thread(session, thread, identity)
            row.archived_by, row.archived_at = person, time.time() if person else None
            row.archived_after = None
            if person is None:
                row.active_at = time.time()

    async def find_idle(self, before: float) -> list[IdleConversation]:
        """Return the conversations in which nobody asked since a moment, and which nobody archived."""
        async with self.database.transaction() as session:
            rows = await session.exec(_select_idle(before).order_by(col(ThreadRow.active_at)))
            return [
                IdleConversation(
                    Thread(row.workspace, row.channel, row.ts), row.identity, row.conversation_id or ""
                )
                for row in rows
            ]

    async def save_archived_idle(self, idle: IdleConversation, before: float, days: int) -> bool:
        """Note that the clock archived a conversation after `days`; return False if it is idle no more."""
        thread = idle.thread
        async with self.database.transaction() as session:
            rows = await session.exec(
                _select_idle(before)
                .where(matches_thread(thread), col(ThreadRow.identity) == idle.identity)
                .with_for_update()
            )
            row = rows.first()
            if row is None:
                return False
            row.archived_at, row.archived_after = time.time(), days
            return True

    async def clear_conversation(self, thread: Thread, identity: str) -> None:
        """Let go of the conversation of `thread`: the next question there begins another one."""
        async with self.database.transaction() as session:
            row = await lock_thread(session, thread, identity)
            row.conversation_id = row.archived_by = row.archived_at = row.archived_after = None

    async def find_by_conversation(self, workspace: str, conversation_id: str) -> Thread | None:
        """Return the thread in which a conversation was born, None where that is not in this workspace."""
        async with self.database.transaction() as session:
            rows = await session.exec(
                select(ThreadRow)
                .where(col(ThreadRow.workspace) == workspace)
                .where(col(ThreadRow.conversation_id) == conversation_id)
            )
            row = rows.first()
            return Thread(row.workspace, row.channel, row.ts) if row else None

    async def find_started_by(self, workspace: str, person: str, identity: str) -> dict[str, Thread]:
        """Return the threads that a Slack user started and whose conversation has begun, by its id."""
        async with self.database.transaction() as session:
            rows = await session.exec(
                select(ThreadRow)
                .where(col(ThreadRow.workspace) == workspace)
                .where(col(ThreadRow.started_by) == person)
                .where(col(ThreadRow.identity) == identity)
            )
            return {
                row.conversation_id: Thread(row.workspace, row.channel, row.ts)
                for row in rows
                if row.conversation_id is not None
            }


async def join_thread(session: AsyncSession, thread: Thread, identity: str, person: str) -> None:
    """Note, inside a transaction, that the bot is part of `thread`."""
    now = time.time()
    row = ThreadRow(
        workspace=thread.workspace,
        channel=thread.channel,
        ts=thread.ts,
        identity=identity,
        started_by=person,
        started_at=now,
        active_at=now,
    )
    if not await insert_if_absent(session, row):
        (await lock_thread(session, thread, identity)).active_at = now


async def lock_thread(session: AsyncSession, thread: Thread, identity: str) -> ThreadRow:
    """Return the row of `thread`, held until the transaction ends: who holds it decides for the thread."""
    return await session.get_one(ThreadRow, _key(thread, identity), with_for_update=True)


def archive_record(row: ThreadRow | None) -> ArchiveRecord | None:
    """Return who archived the conversation of a row, None where it is not archived."""
    if row is None or row.archived_at is None:
        return None
    return ArchiveRecord(row.archived_by, row.archived_at, row.archived_after)


def _select_idle(before: float) -> SelectOfScalar[ThreadRow]:
    return (
        select(ThreadRow)
        .where(col(ThreadRow.conversation_id).is_not(None))
        .where(col(ThreadRow.archived_at).is_(None))
        .where(col(ThreadRow.active_at) < before)
    )


def _key(thread: Thread, identity: str) -> tuple[str, str, str, str]:
    return (thread.workspace, thread.channel, thread.ts, identity)


def matches_thread(thread: Thread) -> ColumnElement[bool]:
    """Match the rows of `thread`, whatever the identity."""
    return and_(
        col(ThreadRow.workspace) == thread.workspace,
        col(ThreadRow.channel) == thread.channel,
        col(ThreadRow.ts) == thread.ts,
    )
