"""The queue of turns: one at a time in each thread, leased to a worker, with those that wait."""

import time
from collections.abc import Iterable
from dataclasses import replace
from uuid import uuid4

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.report import Lack
from bot.domain.turns import AT_REST, FINISHED, HOPE, Shown, Thread, Turn, TurnState
from bot.store.database import Database
from bot.store.tables import TurnRow
from bot.store.threads import locked
from bot.store.turns import LEASE, note, of_thread, turn_of


class Lines:
    """Knows who is before whom, and what each placeholder says about that."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def join(self, turn: Turn) -> Turn:
        """Return a turn with its place, of which its placeholder is about to tell."""
        places = {each.id: place for each, place in await self._line(turn.question.thread, turn.identity)}
        placed = replace(turn, ahead=places.get(turn.id, 0))
        if placed.ahead:
            await self.told(placed)
        return placed

    async def moved(self, thread: Thread, identity: str) -> list[Turn]:
        """Return the waiting turns of a thread whose placeholder tells another place, with the right one.

        One that was placed at the head of the line tells none.
        """
        return [
            replace(turn, ahead=place)
            for turn, place in await self._line(thread, identity)
            if turn.state is TurnState.WAITING and turn.ahead and place and turn.ahead != place
        ]

    async def still_waits(self, turn: Turn) -> bool:
        """Return whether nobody has begun with a turn yet."""
        async with self._database.transaction() as session:
            row = await session.get(TurnRow, turn.id)
            return row is not None and row.state == TurnState.WAITING

    async def told(self, turn: Turn) -> None:
        """Note that the placeholder of a turn tells its place."""
        async with self._database.transaction() as session:
            (await session.get_one(TurnRow, turn.id, with_for_update=True)).ahead = turn.ahead

    async def _line(self, thread: Thread, identity: str) -> list[tuple[Turn, int]]:
        """Return the unfinished turns of a thread in the order in which they are answered."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                of_thread(thread, identity)
                .where(col(TurnRow.state).not_in(AT_REST))
                .order_by(col(TurnRow.message_ts))
            )
            turns = [turn_of(row) for row in rows]
        # An earlier question can come while a later one is answered already.
        turns.sort(key=lambda turn: turn.state is not TurnState.RUNNING)
        return [(turn, place) for place, turn in enumerate(turns)]


class Queue:
    """The queue of each thread, and the leases of those who work on it."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
                note(row, shown)
            row.regenerates = row.regenerates and state is not TurnState.DONE
            row.message_id = message_id or row.message_id
            row.lease, row.leased_until, row.stop_by = None, 0, None
            row.finished_at = time.time()
            row.lack = lack
            if state is TurnState.DONE:
                row.question = ""
            return True

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


async def _next(session: AsyncSession, thread: Thread, identity: str) -> TurnRow | None:
    rows = await session.exec(
        of_thread(thread, identity)
        .where(col(TurnRow.state).not_in(AT_REST))
        .order_by(col(TurnRow.message_ts))
        .limit(1)
    )
    return rows.first()


async def _is_busy(session: AsyncSession, thread: Thread, identity: str) -> bool:
    """Return whether somebody works on any turn of the thread, be it the next in line or not."""
    rows = await session.exec(
        of_thread(thread, identity)
        .where(col(TurnRow.state) == TurnState.RUNNING)
        .where(col(TurnRow.leased_until) > time.time())
        .limit(1)
    )
    return rows.first() is not None


class Unlinked:
    """Finds waiting questions; `Turns.record` puts them there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, workspace: str, person: str) -> list[Turn]:
        """Return the waiting questions of a Slack user, oldest first, each recorded anew and leased to us.

        Those of more than a day ago stay: nobody waits for them any more.
        """
        now = time.time()
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(TurnRow)
                .where(col(TurnRow.workspace) == workspace)
                .where(col(TurnRow.asker) == person)
                .where(col(TurnRow.state) == TurnState.UNLINKED)
                .where(col(TurnRow.recorded_at) > now - HOPE)
                .order_by(col(TurnRow.message_ts))
                .with_for_update()
            )
            found = list(rows)
            for row in found:
                row.state, row.finished_at, row.recorded_at = TurnState.RECORDED, None, now
                row.lease, row.leased_until = uuid4().hex, now + LEASE
            return [turn_of(row) for row in found]

    async def withdraw(self, turn_id: str) -> bool:
        """Let a waiting question rest for good; return False if it does not wait (any more)."""
        async with self._database.transaction() as session:
            row = await session.get(TurnRow, turn_id, with_for_update=True)
            if row is None or row.state != TurnState.UNLINKED:
                return False
            row.state, row.finished_at = TurnState.STOPPED, time.time()
            return True
