"""Which thread is which conversation, private answers included, and threads the bot joined unasked."""

import time
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from bot.domain.conversations import Archived, Idle
from bot.domain.turns import Origin, Thread
from bot.store.database import Database, inserted
from bot.store.tables import AsideRow, OverheardRow, ThreadRow


class Asides:
    """The private threads beside the threads of channels."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, thread: Thread, person: str, origin: Origin) -> None:
        """Note that `thread`, in a direct message, answers what `person` asked at `origin`."""
        async with self._database.transaction() as session:
            session.add(
                AsideRow(
                    workspace=thread.workspace,
                    channel=thread.channel,
                    ts=thread.ts,
                    person=person,
                    origin_channel=origin.channel,
                    origin_ts=origin.ts,
                    begun_at=time.time(),
                )
            )

    async def of(self, thread: Thread, person: str) -> Thread | None:
        """Return where `person` is answered who asks in `thread`, None where that is not begun."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(AsideRow)
                .where(col(AsideRow.workspace) == thread.workspace)
                .where(col(AsideRow.origin_channel) == thread.channel)
                .where(col(AsideRow.origin_ts) == thread.ts)
                .where(col(AsideRow.person) == person)
                .order_by(col(AsideRow.begun_at).desc())
                .limit(1)
            )
            row = rows.first()
            return Thread(row.workspace, row.channel, row.ts) if row else None

    async def origin(self, thread: Thread) -> Origin | None:
        """Return where was asked what `thread` answers, None where it stands for itself."""
        async with self._database.transaction() as session:
            row = await session.get(AsideRow, (thread.workspace, thread.channel, thread.ts))
            return Origin(row.origin_channel, row.origin_ts) if row else None

    async def shared(self, thread: Thread, turn_id: str) -> bool:
        """Return whether an answer in `thread` was posted where it was asked."""
        async with self._database.transaction() as session:
            row = await session.get(AsideRow, (thread.workspace, thread.channel, thread.ts))
            return row is not None and turn_id in row.shared.split()

    async def share(self, thread: Thread, turn_id: str) -> bool:
        """Note that an answer in `thread` is posted where it was asked; return False if it was before."""
        async with self._database.transaction() as session:
            row = await session.get_one(
                AsideRow, (thread.workspace, thread.channel, thread.ts), with_for_update=True
            )
            before = row.shared.split()
            if turn_id in before:
                return False
            row.shared = " ".join((*before, turn_id))
            return True

    async def unshare(self, thread: Thread, turn_id: str) -> None:
        """Take back that an answer was posted, because it could not be."""
        async with self._database.transaction() as session:
            row = await session.get_one(
                AsideRow, (thread.workspace, thread.channel, thread.ts), with_for_update=True
            )
            row.shared = " ".join(each for each in row.shared.split() if each != turn_id)


@dataclass(frozen=True, slots=True)
class Heard:
    """Whom the bot answers in a thread, and whether it still does so without a mention."""

    person: str
    is_silenced: bool


class Overheard:
    """What was said to nobody, and answered by the bot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, thread: Thread, person: str) -> None:
        """Note that the bot answers `person` in `thread` without having been asked to."""
        row = OverheardRow(
            workspace=thread.workspace,
            channel=thread.channel,
            ts=thread.ts,
            person=person,
            begun_at=time.time(),
        )
        async with self._database.transaction() as session:
            await inserted(session, row)

    async def of(self, thread: Thread) -> Heard | None:
        """Return what is known of a thread, None where the bot was asked into it or is no part of it."""
        async with self._database.transaction() as session:
            row = await session.get(OverheardRow, (thread.workspace, thread.channel, thread.ts))
            return Heard(row.person, row.silenced_at is not None) if row else None

    async def silence(self, thread: Thread, person: str) -> bool:
        """Let the bot be silent in `thread` from now on, because of `person`.

        Return False where it did not begin there by itself.
        """
        async with self._database.transaction() as session:
            row = await session.get(
                OverheardRow, (thread.workspace, thread.channel, thread.ts), with_for_update=True
            )
            if row is None:
                return False
            if row.silenced_at is None:
                row.silenced_by, row.silenced_at = person, time.time()
            return True


class Threads:
    """The threads the bot is part of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, thread: Thread) -> bool:
        """Return whether the bot is part of `thread`."""
        async with self._database.transaction() as session:
            rows = await session.exec(select(ThreadRow.ts).where(same_thread(thread)).limit(1))
            return rows.first() is not None

    async def conversation(self, thread: Thread, identity: str) -> str | None:
        """Return the id of the conversation that `thread` is for `identity`, if it has begun."""
        async with self._database.transaction() as session:
            row = await session.get(ThreadRow, _key(thread, identity))
            return row.conversation_id if row else None

    async def owner(self, thread: Thread, identity: str) -> str | None:
        """Return the Slack user who started the conversation of `thread`."""
        async with self._database.transaction() as session:
            row = await session.get(ThreadRow, _key(thread, identity))
            return row.started_by if row else None

    async def archived(self, thread: Thread, identity: str) -> Archived | None:
        """Return who archived the conversation of `thread` from Slack, or that the clock did, and when."""
        async with self._database.transaction() as session:
            row = await session.get(ThreadRow, _key(thread, identity))
            if row is None or row.archived_at is None:
                return None
            return Archived(row.archived_by, row.archived_at, row.archived_after)

    async def archive(self, thread: Thread, identity: str, person: str | None) -> None:
        """Note that `person` archived the conversation of `thread`, or with None that nobody did.

        Whoever takes one out of the archive has use for it: it counts as active then.
        """
        async with self._database.transaction() as session:
            row = await locked(session, thread, identity)
            row.archived_by, row.archived_at = person, time.time() if person else None
            row.archived_after = None
            if person is None:
                row.active_at = time.time()

    async def idle(self, before: float) -> list[Idle]:
        """Return the conversations in which nobody asked since a moment, and which nobody archived."""
        async with self._database.transaction() as session:
            rows = await session.exec(_idle(before).order_by(col(ThreadRow.active_at)))
            return [
                Idle(Thread(row.workspace, row.channel, row.ts), row.identity, row.conversation_id or "")
                for row in rows
            ]

    async def archive_idle(self, idle: Idle, before: float, days: int) -> bool:
        """Note that the clock archived a conversation after `days`; return False if it is idle no more."""
        thread = idle.thread
        async with self._database.transaction() as session:
            rows = await session.exec(
                _idle(before)
                .where(same_thread(thread), col(ThreadRow.identity) == idle.identity)
                .with_for_update()
            )
            row = rows.first()
            if row is None:
                return False
            row.archived_at, row.archived_after = time.time(), days
            return True

    async def forget(self, thread: Thread, identity: str) -> None:
        """Let go of the conversation of `thread`: the next question there begins another one."""
        async with self._database.transaction() as session:
            row = await locked(session, thread, identity)
            row.conversation_id = row.archived_by = row.archived_at = row.archived_after = None

    async def of_conversation(self, workspace: str, conversation_id: str) -> Thread | None:
        """Return the thread in which a conversation was born, None where that is not in this workspace."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(ThreadRow)
                .where(col(ThreadRow.workspace) == workspace)
                .where(col(ThreadRow.conversation_id) == conversation_id)
            )
            row = rows.first()
            return Thread(row.workspace, row.channel, row.ts) if row else None

    async def started_by(self, workspace: str, person: str, identity: str) -> dict[str, Thread]:
        """Return the threads that a Slack user started and whose conversation has begun, by its id."""
        async with self._database.transaction() as session:
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


async def joined(session: AsyncSession, thread: Thread, identity: str, person: str) -> None:
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
    if not await inserted(session, row):
        (await locked(session, thread, identity)).active_at = now


async def locked(session: AsyncSession, thread: Thread, identity: str) -> ThreadRow:
    """Return the row of `thread`, held until the transaction ends: who holds it decides for the thread."""
    return await session.get_one(ThreadRow, _key(thread, identity), with_for_update=True)


def _idle(before: float) -> SelectOfScalar[ThreadRow]:
    return (
        select(ThreadRow)
        .where(col(ThreadRow.conversation_id).is_not(None))
        .where(col(ThreadRow.archived_at).is_(None))
        .where(col(ThreadRow.active_at) < before)
    )


def _key(thread: Thread, identity: str) -> tuple[str, str, str, str]:
    return (thread.workspace, thread.channel, thread.ts, identity)


def same_thread(thread: Thread) -> ColumnElement[bool]:
    """Match the rows of `thread`, whatever the identity."""
    return and_(
        col(ThreadRow.workspace) == thread.workspace,
        col(ThreadRow.channel) == thread.channel,
        col(ThreadRow.ts) == thread.ts,
    )
