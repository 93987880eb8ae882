"""Which thread is which conversation, with the threads of private and of unprompted answers."""

import time
from dataclasses import dataclass

from sqlmodel import col, select

from bot.domain.conversations import IdleConversation
from bot.domain.turns import QuestionOrigin, Thread
from bot.store.database import Database, Session, insert_if_absent
from bot.store.tables import PrivateAnswerRow, ThreadRow, TurnRow, UnpromptedThreadRow


@dataclass(frozen=True, slots=True)
class PrivateAnswerStore:
    """The threads in direct messages that answer questions from channels."""

    database: Database

    async def add_thread(self, thread: Thread, person: str, origin: QuestionOrigin) -> None:
        """Save that `thread`, in a direct message, answers what `person` asked at `origin`."""
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
        """Return the private thread for what `person` asks in `thread`, None where there is none yet."""
        row = await self.database.first(
            select(PrivateAnswerRow)
            .where(col(PrivateAnswerRow.workspace) == thread.workspace)
            .where(col(PrivateAnswerRow.origin_channel) == thread.channel)
            .where(col(PrivateAnswerRow.origin_ts) == thread.ts)
            .where(col(PrivateAnswerRow.person) == person)
            .order_by(col(PrivateAnswerRow.begun_at).desc())
        )
        return Thread(row.workspace, row.channel, row.ts) if row else None

    async def find_origin(self, thread: Thread) -> QuestionOrigin | None:
        """Return where the question of a private thread was asked, None where `thread` is none."""
        row = await self.database.get(PrivateAnswerRow, thread_key(thread))
        return QuestionOrigin(row.origin_channel, row.origin_ts) if row else None

    async def mark_shared(self, thread: Thread, turn_id: str) -> bool:
        """Mark an answer in `thread` as posted where it was asked; return False if it was before."""
        async with self.database.existing(PrivateAnswerRow, thread_key(thread)) as row:
            before = row.shared.split()
            if turn_id in before:
                return False
            row.shared = " ".join((*before, turn_id))
            return True

    async def unmark_shared(self, thread: Thread, turn_id: str) -> None:
        """Undo `mark_shared`, because the answer could not be posted."""
        async with self.database.existing(PrivateAnswerRow, thread_key(thread)) as row:
            row.shared = " ".join(each for each in row.shared.split() if each != turn_id)


@dataclass(frozen=True, slots=True)
class UnpromptedThread:
    """Whom the bot answers in a thread, and whether it was told to answer only when mentioned.

    Where it was mentioned to begin with, the thread is here only once it was told that, by `person`.
    """

    person: str
    is_silenced: bool


@dataclass(frozen=True, slots=True)
class UnpromptedThreadStore:
    """The threads that the bot joined without a mention, or in which it was told to answer mentions only."""

    database: Database

    async def add(self, thread: Thread, person: str) -> None:
        """Save that the bot answers `person` in `thread` without a mention."""
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
        """Return a thread that the bot joined without a mention, None where `thread` is none."""
        row = await self.database.get(UnpromptedThreadRow, thread_key(thread))
        return UnpromptedThread(row.person, row.silenced_at is not None) if row else None

    async def stop_replying(self, thread: Thread, person: str) -> None:
        """Save that `person` wants the bot to reply in `thread` only when it is mentioned."""
        await self.add(thread, person)
        async with self.database.existing(UnpromptedThreadRow, thread_key(thread)) as row:
            if row.silenced_at is None:
                row.silenced_by, row.silenced_at = person, time.time()


@dataclass(frozen=True, slots=True)
class ThreadStore:
    """The threads that the bot takes part in, and their conversations."""

    database: Database

    async def find_askers(self, thread: Thread) -> set[str]:
        """Return the Slack users who asked in `thread`, none where the bot takes no part in it."""
        started = select(ThreadRow.started_by).where(
            col(ThreadRow.workspace) == thread.workspace,
            col(ThreadRow.channel) == thread.channel,
            col(ThreadRow.ts) == thread.ts,
        )
        asked = select(TurnRow.asker).where(
            col(TurnRow.workspace) == thread.workspace,
            col(TurnRow.channel) == thread.channel,
            col(TurnRow.thread_ts) == thread.ts,
        )
        async with self.database.transaction() as session:
            askers = set((await session.exec(started)).all())
            return askers | set((await session.exec(asked.distinct())).all()) if askers else askers

    async def join(self, thread: Thread, identity: str, person: str) -> None:
        """Save that the bot takes part in `thread`, where `person` called it without a question."""
        async with self.database.transaction() as session:
            await join_thread(session, thread, identity, person)

    async def find_conversation_id(self, thread: Thread, identity: str) -> str | None:
        """Return the id of the conversation that `thread` is for `identity`, if it has started."""
        row = await self.database.get(ThreadRow, (*thread_key(thread), identity))
        return row.conversation_id if row else None

    async def find_owner(self, thread: Thread, identity: str) -> str | None:
        """Return the Slack user who started the conversation of `thread`."""
        row = await self.database.get(ThreadRow, (*thread_key(thread), identity))
        return row.started_by if row else None

    async def save_archived(self, thread: Thread, identity: str, person: str | None) -> None:
        """Save that `person` archived a conversation; None unarchives it, which counts as activity."""
        async with self.database.existing(ThreadRow, (*thread_key(thread), identity)) as row:
            row.archived_by, row.archived_at = person, time.time() if person else None
            row.archived_after = None
            if person is None:
                row.active_at = time.time()

    async def find_idle(self, before: float) -> list[IdleConversation]:
        """Return the conversations without a question since a time that are not archived."""
        rows = await self.database.all(
            select(ThreadRow)
            .where(col(ThreadRow.conversation_id).is_not(None))
            .where(col(ThreadRow.archived_at).is_(None))
            .where(col(ThreadRow.active_at) < before)
            .order_by(col(ThreadRow.active_at))
        )
        return [
            IdleConversation(
                Thread(row.workspace, row.channel, row.ts), row.identity, row.conversation_id or ""
            )
            for row in rows
        ]

    async def save_archived_idle(self, idle: IdleConversation, before: float, days: int) -> bool:
        """Save that the scheduled job archived a conversation; return False if it is not idle any more."""
        async with self.database.locked(ThreadRow, (*thread_key(idle.thread), idle.identity)) as row:
            if row is None or not row.conversation_id or row.archived_at or row.active_at >= before:
                return False
            row.archived_at, row.archived_after = time.time(), days
            return True

    async def clear_conversation(self, thread: Thread, identity: str) -> None:
        """Forget the conversation of `thread`: the next question there starts another one."""
        async with self.database.existing(ThreadRow, (*thread_key(thread), identity)) as row:
            row.conversation_id = row.archived_by = row.archived_at = row.archived_after = None

    async def find_by_conversation(self, workspace: str, conversation_id: str) -> Thread | None:
        """Return the thread that is a conversation, None where it is not in this workspace."""
        row = await self.database.first(
            select(ThreadRow)
            .where(col(ThreadRow.workspace) == workspace)
            .where(col(ThreadRow.conversation_id) == conversation_id)
        )
        return Thread(row.workspace, row.channel, row.ts) if row else None

    async def find_started_by(self, workspace: str, person: str, identity: str) -> dict[str, Thread]:
        """Return the threads that a Slack user started, by the id of their conversation."""
        rows = await self.database.all(
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


async def join_thread(
    session: Session, thread: Thread, identity: str, person: str, turn_id: str = ""
) -> None:
    """Save, inside a transaction, that the bot takes part in `thread`, where `person` asks `turn_id`."""
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
    if await insert_if_absent(session, row):
        return
    known = await lock_thread(session, thread, identity)
    known.active_at = now
    if turn_id and known.conversation_id is None:
        asked = select(TurnRow.id).where(
            col(TurnRow.workspace) == thread.workspace,
            col(TurnRow.channel) == thread.channel,
            col(TurnRow.thread_ts) == thread.ts,
            col(TurnRow.identity) == identity,
            col(TurnRow.id) != turn_id,
        )
        if (await session.exec(asked.limit(1))).first() is None:
            known.started_by = person  # who called the bot before asked nothing


async def lock_thread(session: Session, thread: Thread, identity: str) -> ThreadRow:
    """Return the row of `thread`, locked until the transaction ends."""
    return await session.get_one(ThreadRow, (*thread_key(thread), identity), with_for_update=True)


def thread_key(thread: Thread) -> tuple[str, str, str]:
    """Return the primary key of rows about a thread."""
    return (thread.workspace, thread.channel, thread.ts)
