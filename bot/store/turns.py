"""Turns: what is asked, and what became of it."""

import time
from collections.abc import Collection, Sequence
from uuid import uuid4

from sqlalchemy import or_
from sqlmodel import col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from bot.domain.turns import (
    AT_REST,
    FINISHED,
    NOTHING_CHOSEN,
    UNANSWERED,
    Manner,
    Question,
    Shown,
    Thread,
    Turn,
    TurnState,
)
from bot.store import manners
from bot.store.database import Database, inserted
from bot.store.tables import TurnRow
from bot.store.threads import joined, locked

LEASE = 15.0
"""Seconds a worker may be silent before another one takes its turn over."""


class Turns:
    """The durable record of the work."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(
        self,
        question: Question,
        identity: str,
        manner: Manner = NOTHING_CHOSEN,
        *,
        unlinked: bool = False,
    ) -> Turn | None:
        """Record a question before anything is sent; return None if it was recorded before.

        Who recorded it holds its lease, to place its reply; that of an `unlinked` asker is left to wait.
        """
        now = time.time()
        row = TurnRow(
            id=uuid4().hex,
            workspace=question.thread.workspace,
            channel=question.thread.channel,
            message_ts=question.ts,
            thread_ts=question.thread.ts,
            identity=identity,
            asker=question.asker,
            question=question.text,
            manner=manners.written(manner),
            state=TurnState.UNLINKED if unlinked else TurnState.RECORDED,
            lease=None if unlinked else uuid4().hex,
            leased_until=0 if unlinked else now + LEASE,
            recorded_at=now,
            finished_at=now if unlinked else None,
        )
        async with self._database.transaction() as session:
            if not await inserted(session, row):
                return None
            await joined(session, question.thread, identity, question.asker)
        return turn_of(row)

    async def get(self, turn_id: str) -> Turn | None:
        """Return a turn, or None if it was never recorded or is erased."""
        async with self._database.transaction() as session:
            row = await session.get(TurnRow, turn_id)
            return turn_of(row) if row else None

    async def finished(self, thread: Thread, identity: str) -> list[Turn]:
        """Return the answered turns of a thread, oldest first."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                of_thread(thread, identity)
                .where(col(TurnRow.state) == TurnState.DONE)
                .order_by(col(TurnRow.message_ts))
            )
            return [turn_of(row) for row in rows]

    async def unanswered(self, thread: Thread, identity: str) -> list[Turn]:
        """Return the turns of a thread that ended without a whole answer, oldest first."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                of_thread(thread, identity)
                .where(col(TurnRow.state).in_(UNANSWERED))
                .order_by(col(TurnRow.message_ts))
            )
            return [turn_of(row) for row in rows]

    async def answered(self, thread: Thread) -> list[Turn]:
        """Return the answered turns of a thread under every identity, oldest first."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                in_thread(thread)
                .where(col(TurnRow.state) == TurnState.DONE)
                .order_by(col(TurnRow.message_ts))
            )
            return [turn_of(row) for row in rows]

    async def left_unread(self, thread: Thread, identity: str, since: float) -> list[Turn]:
        """Return the turns of a thread that were stopped, or broke off, since a moment, oldest first."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                of_thread(thread, identity)
                .where(col(TurnRow.state).in_((TurnState.BROKEN, TurnState.STOPPED)))
                .where(col(TurnRow.finished_at) > since)
                .order_by(col(TurnRow.message_ts))
            )
            return [turn_of(row) for row in rows]

    async def shown_in(self, workspace: str, channel: str, ts: str) -> Turn | None:
        """Return the turn whose answer the message `ts` shows, wholly or in part."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(TurnRow)
                .where(col(TurnRow.workspace) == workspace)
                .where(col(TurnRow.channel) == channel)
                .where(or_(col(TurnRow.reply_ts) == ts, col(TurnRow.further_ts).contains(ts)))
            )
            row = rows.first()
            return turn_of(row) if row else None

    async def opened(self, turn: Turn, conversation_id: str) -> None:
        """Note the conversation's id as soon as it is known, for the turn and for its thread."""
        async with self._database.transaction() as session:
            (await session.get_one(TurnRow, turn.id)).conversation_id = conversation_id
            (await locked(session, turn.question.thread, turn.identity)).conversation_id = conversation_id

    async def grown(self, turn: Turn, further_ts: Sequence[str]) -> None:
        """Note the messages that a long answer goes on in while it is written."""
        async with self._database.transaction() as session:
            (await session.get_one(TurnRow, turn.id)).further_ts = " ".join(further_ts)

    async def shown(self, turn_id: str, shown: Shown) -> None:
        """Note where an answer is shown now."""
        async with self._database.transaction() as session:
            note(await session.get_one(TurnRow, turn_id, with_for_update=True), shown)

    async def with_leftovers(self) -> list[Turn]:
        """Return the turns of which messages are to be taken away, oldest first."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(TurnRow).where(col(TurnRow.leftover_ts) != "").order_by(col(TurnRow.message_ts))
            )
            return [turn_of(row) for row in rows]

    async def cleared(self, turn_id: str, gone: Collection[str]) -> None:
        """Note the messages that are taken away."""
        async with self._database.transaction() as session:
            row = await session.get_one(TurnRow, turn_id, with_for_update=True)
            row.leftover_ts = " ".join(each for each in row.leftover_ts.split() if each not in gone)

    async def regenerate(self, turn_id: str, manner: Manner) -> bool:
        """Let a finished answer be written anew; return False if it is not finished (any more)."""
        async with self._database.transaction() as session:
            row = await session.get(TurnRow, turn_id, with_for_update=True)
            if row is None or row.state != TurnState.DONE:
                return False
            row.state, row.regenerates, row.manner = TurnState.WAITING, True, manners.written(manner)
            return True

    async def reopen(self, turn_id: str) -> Turn | None:
        """Let a failed turn be asked again; return None if it is not failed (any more).

        One whose connection broke counts as abandoned: what the server has of it is looked up first.
        """
        return await self._move(turn_id, TurnState.FAILED, TurnState.WAITING) or await self._move(
            turn_id, TurnState.BROKEN, TurnState.RUNNING
        )

    async def read_on(self, turn_id: str) -> Turn | None:
        """Let a stopped turn be looked up at the server; return None if it is not stopped (any more)."""
        return await self._move(turn_id, TurnState.STOPPED, TurnState.RUNNING)

    async def withdraw(self, turn_id: str) -> Turn | None:
        """Stop a turn that nobody works on yet; return None if it is not waiting (any more)."""
        return await self._move(turn_id, TurnState.WAITING, TurnState.STOPPED)

    async def unfinished(self) -> dict[str, int]:
        """Return how many turns have no ending yet, by their state."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(TurnRow.state, func.count())
                .where(col(TurnRow.state).not_in(AT_REST))
                .group_by(TurnRow.state)
            )
            counted = dict(rows.all())
        return {state: counted.get(state, 0) for state in TurnState if state not in AT_REST}

    async def _move(self, turn_id: str, before: TurnState, after: TurnState) -> Turn | None:
        async with self._database.transaction() as session:
            row = await session.get(TurnRow, turn_id, with_for_update=True)
            if row is None or row.state != before:
                return None
            row.state = after
            row.lease, row.leased_until, row.stop_by = None, 0, None
            if after in FINISHED:
                row.finished_at = time.time()
            return turn_of(row)


def note(row: TurnRow, shown: Shown) -> None:
    """Note, inside a transaction, where an answer is shown now."""
    row.reply_ts, row.further_ts = shown.messages[0], " ".join(shown.messages[1:])
    row.leftover_ts = " ".join((*row.leftover_ts.split(), *shown.leftover))


def turn_of(row: TurnRow) -> Turn:
    """Return the turn that a row keeps."""
    thread = Thread(row.workspace, row.channel, row.thread_ts)
    return Turn(
        id=row.id,
        question=Question(thread, row.message_ts, row.asker, row.question),
        identity=row.identity,
        state=TurnState(row.state),
        manner=manners.read(row.manner),
        regenerates=row.regenerates,
        reply_ts=row.reply_ts,
        further_ts=tuple(row.further_ts.split()),
        leftover_ts=tuple(row.leftover_ts.split()),
        conversation_id=row.conversation_id,
        message_id=row.message_id,
        lease=row.lease,
        stop_by=row.stop_by,
        ahead=row.ahead,
        asked_at=row.recorded_at if row.finished_at is None else None,
    )


def of_thread(thread: Thread, identity: str) -> SelectOfScalar[TurnRow]:
    """Select the turns of a thread under one identity."""
    return in_thread(thread).where(col(TurnRow.identity) == identity)


def in_thread(thread: Thread) -> SelectOfScalar[TurnRow]:
    """Select the turns of a thread, whatever the identity."""
    return (
        select(TurnRow)
        .where(col(TurnRow.workspace) == thread.workspace)
        .where(col(TurnRow.channel) == thread.channel)
        .where(col(TurnRow.thread_ts) == thread.ts)
    )
