"""Turns, and who works on them."""

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from uuid import uuid4

from sqlalchemy import func, or_, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from bot.domain.gaps import Lack
from bot.domain.manner import NOTHING_CHOSEN, Manner
from bot.domain.questions import Question
from bot.domain.threads import Thread
from bot.domain.turns import AT_REST, FINISHED, UNANSWERED, Shown, Turn, TurnState
from bot.store import manners
from bot.store.database import Database, inserted
from bot.store.tables import TurnRow
from bot.store.threads import joined, locked

LEASE = 15.0
"""Seconds a worker may be silent before another one takes its turn over."""


class Turns:
    """The durable record of the work, and the queue of each thread."""

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

    async def placed(self, turn_id: str, reply_ts: str) -> None:
        """Note that the reply stands in Slack; the question may now be asked."""
        async with self._database.transaction() as session:
            row = await session.get_one(TurnRow, turn_id)
            row.reply_ts = reply_ts
            row.state = TurnState.WAITING
            row.lease, row.leased_until = None, 0

    async def adopt(self, turn_id: str) -> Turn | None:
        """Take over a turn whose reply was never placed; return None if somebody is at it."""
        async with self._database.transaction() as session:
            row = await session.get(TurnRow, turn_id, with_for_update=True)
            if row is None or row.state != TurnState.RECORDED or row.leased_until > time.time():
                return None
            row.lease, row.leased_until = uuid4().hex, time.time() + LEASE
            return replace(turn_of(row), taken_up=True)

    async def claim(self, thread: Thread, identity: str) -> Turn | None:
        """Take the next turn of a thread.

        Returns None while another turn of the thread runs, while the next one's reply is not placed
        yet, or when nothing is left. A turn that comes back as RUNNING was abandoned by its worker.
        """
        async with self._database.transaction() as session:
            await locked(session, thread, identity)
            row = await _next(session, thread, identity)
            if row is None or row.state == TurnState.RECORDED or await _is_busy(session, thread, identity):
                return None
            # Who gave it back, or is no more, left the lease; who places, ends or reopens a turn clears it.
            taken_up = row.lease is not None
            row.lease = uuid4().hex
            row.leased_until = time.time() + LEASE
            taken = replace(turn_of(row), taken_up=taken_up)
            row.state = TurnState.RUNNING
            return taken

    async def renew(self, turns: Iterable[Turn]) -> None:
        """Prolong the leases of claimed turns, as far as nobody else has taken them."""
        await self._lease_until(time.time() + LEASE, turns)

    async def release(self, turn: Turn) -> None:
        """Give an unfinished turn back, for whoever comes next."""
        await self._lease_until(0, [turn])

    async def hand_back(self, turn: Turn) -> None:
        """Let a claimed turn wait again for which PipesHub was not asked yet."""
        async with self._database.transaction() as session:
            row = await session.get_one(TurnRow, turn.id, with_for_update=True)
            if row.lease == turn.lease and row.state == TurnState.RUNNING:
                row.state, row.lease, row.leased_until = TurnState.WAITING, None, 0

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
            _note(await session.get_one(TurnRow, turn_id, with_for_update=True), shown)

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

    async def finish(
        self,
        turn: Turn,
        state: TurnState,
        shown: Shown | None = None,
        message_id: str | None = None,
        lack: Lack | None = None,
    ) -> bool:
        """Close a turn with its outcome; return False, and change nothing, if somebody else has taken it.

        `shown` says which messages show the answer, `lack` what is missing in it. The text of an answered
        question is erased.
        """
        async with self._database.transaction() as session:
            row = await session.get_one(TurnRow, turn.id, with_for_update=True)
            if row.lease != turn.lease:
                return False
            row.state = state
            if shown is not None:
                _note(row, shown)
            row.regenerates = row.regenerates and state is not TurnState.DONE
            row.message_id = message_id or row.message_id
            row.lease, row.leased_until, row.stop_by = None, 0, None
            row.finished_at = time.time()
            row.lack = lack
            if state is TurnState.DONE:
                row.question = ""
            return True

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

    async def abandoned(self) -> list[Turn]:
        """Return the unfinished turns nobody works on, oldest first."""
        now = time.time()
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(TurnRow)
                .where(col(TurnRow.state).not_in(AT_REST))
                .where(col(TurnRow.leased_until) < now)
                .order_by(col(TurnRow.message_ts))
            )
            return [turn_of(row) for row in rows]

    async def _lease_until(self, until: float, turns: Iterable[Turn]) -> None:
        held = {turn.id: turn.lease for turn in turns if turn.lease}
        async with self._database.transaction() as session:
            await session.exec(
                update(TurnRow)
                .where(col(TurnRow.id).in_(held), col(TurnRow.lease).in_(held.values()))
                .where(col(TurnRow.state).not_in(FINISHED))
                .values(leased_until=until)
            )

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


def _note(row: TurnRow, shown: Shown) -> None:
    row.reply_ts, row.further_ts = shown.messages[0], " ".join(shown.messages[1:])
    row.leftover_ts = " ".join((*row.leftover_ts.split(), *shown.leftover))


async def _next(session: AsyncSession, thread: Thread, identity: str) -> TurnRow | None:
    rows = await session.exec(
        of_thread(thread, identity)
        .where(col(TurnRow.state).not_in(AT_REST))
        .order_by(col(TurnRow.message_ts))
        .limit(1)
    )
    return rows.first()


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


async def _is_busy(session: AsyncSession, thread: Thread, identity: str) -> bool:
    """Return whether somebody works on any turn of the thread, be it the next in line or not."""
    rows = await session.exec(
        of_thread(thread, identity)
        .where(col(TurnRow.state) == TurnState.RUNNING)
        .where(col(TurnRow.leased_until) > time.time())
        .limit(1)
    )
    return rows.first() is not None


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
