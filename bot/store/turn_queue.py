"""The queue of turns: one at a time in each thread, leased to a worker, with those that wait."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import uuid4

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.report import Weakness
from bot.domain.turns import (
    FINISHED_STATES,
    MAX_AGE,
    UNFINISHED_STATES,
    ShownMessages,
    Thread,
    Turn,
    TurnState,
)
from bot.store.database import Database
from bot.store.tables import TurnRow
from bot.store.threads import lock_thread
from bot.store.turns import LEASE_SECONDS, find_turns, select_turns, set_shown, turn_from_row


@dataclass(frozen=True, slots=True)
class QueuePositionStore:
    """Knows who is before whom, and what each placeholder says about that."""

    database: Database

    async def assign(self, turn: Turn) -> Turn:
        """Return a turn with its place, of which its placeholder is about to tell."""
        positions = {
            each.id: position for each, position in await self._positions(turn.question.thread, turn.identity)
        }
        placed = replace(turn, questions_ahead=positions.get(turn.id, 0))
        if placed.questions_ahead:
            await self.save_shown(placed)
        return placed

    async def changed(self, thread: Thread, identity: str) -> list[Turn]:
        """Return the waiting turns of a thread whose placeholder tells another place, with the right one.

        One that was placed at the head of the line tells none.
        """
        return [
            replace(turn, questions_ahead=position)
            for turn, position in await self._positions(thread, identity)
            if turn.state is TurnState.WAITING
            and turn.questions_ahead
            and position
            and turn.questions_ahead != position
        ]

    async def is_waiting(self, turn: Turn) -> bool:
        """Return whether nobody has begun with a turn yet."""
        async with self.database.transaction() as session:
            row = await session.get(TurnRow, turn.id)
            return row is not None and row.state == TurnState.WAITING

    async def save_shown(self, turn: Turn) -> None:
        """Note that the placeholder of a turn tells its place."""
        async with self.database.transaction() as session:
            (await session.get_one(TurnRow, turn.id, with_for_update=True)).ahead = turn.questions_ahead

    async def _positions(self, thread: Thread, identity: str) -> list[tuple[Turn, int]]:
        """Return the unfinished turns of a thread in the order in which they are answered."""
        turns = await find_turns(self.database, select_turns(thread, identity, *UNFINISHED_STATES))
        # An earlier question can come while a later one is answered already.
        turns.sort(key=lambda turn: turn.state is not TurnState.RUNNING)
        return [(turn, position) for position, turn in enumerate(turns)]


@dataclass(frozen=True, slots=True)
class TurnQueue:
    """The queue of each thread, and the leases of those who work on it."""

    database: Database

    async def placeholder_posted(self, turn_id: str, reply_ts: str) -> None:
        """Note that the reply stands in Slack; the question may now be asked."""
        async with self.database.transaction() as session:
            row = await session.get_one(TurnRow, turn_id)
            row.reply_ts = reply_ts
            row.state = TurnState.WAITING
            row.lease, row.leased_until = None, 0

    async def claim_unplaced(self, turn_id: str) -> Turn | None:
        """Take over a turn whose reply was never placed; return None if somebody is at it."""
        async with self.database.transaction() as session:
            row = await session.get(TurnRow, turn_id, with_for_update=True)
            if row is None or row.state != TurnState.RECORDED or row.leased_until > time.time():
                return None
            row.lease, row.leased_until = uuid4().hex, time.time() + LEASE_SECONDS
            return replace(turn_from_row(row), resumed=True)

    async def claim(self, thread: Thread, identity: str) -> Turn | None:
        """Take the next turn of a thread.

        Returns None while another turn of the thread runs, while the next one's reply is not placed
        yet, or when nothing is left. A turn that comes back as RUNNING was abandoned by its worker.
        """
        async with self.database.transaction() as session:
            await lock_thread(session, thread, identity)
            row = await _next(session, thread, identity)
            if row is None or row.state == TurnState.RECORDED or await _is_busy(session, thread, identity):
                return None
            # Who gave it back, or is no more, left the lease; who places, ends or reopens a turn clears it.
            resumed = row.lease is not None
            row.lease = uuid4().hex
            row.leased_until = time.time() + LEASE_SECONDS
            claimed = replace(turn_from_row(row), resumed=resumed)
            row.state = TurnState.RUNNING
            return claimed

    async def renew_leases(self, turns: Iterable[Turn]) -> None:
        """Prolong the leases of claimed turns, as far as nobody else has taken them."""
        await self._lease_until(time.time() + LEASE_SECONDS, turns)

    async def release(self, turn: Turn) -> None:
        """Give an unfinished turn back, for whoever comes next."""
        await self._lease_until(0, [turn])

    async def requeue(self, turn: Turn) -> None:
        """Let a claimed turn wait again for which PipesHub was not asked yet."""
        async with self.database.transaction() as session:
            row = await session.get_one(TurnRow, turn.id, with_for_update=True)
            if row.lease == turn.lease and row.state == TurnState.RUNNING:
                row.state, row.lease, row.leased_until = TurnState.WAITING, None, 0

    async def finish(
        self,
        turn: Turn,
        state: TurnState,
        shown: ShownMessages | None = None,
        message_id: str | None = None,
        weakness: Weakness | None = None,
    ) -> bool:
        """Close a turn with its outcome; return False, and change nothing, if somebody else has taken it.

        `shown` says which messages show the answer, `lack` what is missing in it. The text of an answered
        question is erased.
        """
        async with self.database.transaction() as session:
            row = await session.get_one(TurnRow, turn.id, with_for_update=True)
            if row.lease != turn.lease:
                return False
            row.state = state
            if shown is not None:
                set_shown(row, shown)
            row.regenerates = row.regenerates and state is not TurnState.DONE
            row.message_id = message_id or row.message_id
            row.lease, row.leased_until, row.stop_by = None, 0, None
            row.finished_at = time.time()
            row.lack = weakness
            if state is TurnState.DONE:
                row.question = ""
            return True

    async def find_abandoned(self) -> list[Turn]:
        """Return the unfinished turns nobody works on, oldest first."""
        expired = select(TurnRow).where(
            col(TurnRow.state).in_(UNFINISHED_STATES), col(TurnRow.leased_until) < time.time()
        )
        return await find_turns(self.database, expired)

    async def _lease_until(self, until: float, turns: Iterable[Turn]) -> None:
        held = {turn.id: turn.lease for turn in turns if turn.lease}
        async with self.database.transaction() as session:
            await session.exec(
                update(TurnRow)
                .where(col(TurnRow.id).in_(held), col(TurnRow.lease).in_(held.values()))
                .where(col(TurnRow.state).not_in(FINISHED_STATES))
                .values(leased_until=until)
            )


async def _next(session: AsyncSession, thread: Thread, identity: str) -> TurnRow | None:
    unfinished = select_turns(thread, identity, *UNFINISHED_STATES)
    return (await session.exec(unfinished.order_by(col(TurnRow.message_ts)).limit(1))).first()


async def _is_busy(session: AsyncSession, thread: Thread, identity: str) -> bool:
    """Return whether somebody works on any turn of the thread, be it the next in line or not."""
    leased = select_turns(thread, identity, TurnState.RUNNING).where(col(TurnRow.leased_until) > time.time())
    return (await session.exec(leased.limit(1))).first() is not None


@dataclass(frozen=True, slots=True)
class AwaitingAccountStore:
    """Finds waiting questions; `Turns.record` puts them there."""

    database: Database

    async def resume(self, workspace: str, person: str) -> list[Turn]:
        """Return the waiting questions of a Slack user, oldest first, each recorded anew and leased to us.

        Those of more than a day ago stay: nobody waits for them any more.
        """
        now = time.time()
        async with self.database.transaction() as session:
            rows = await session.exec(
                select(TurnRow)
                .where(col(TurnRow.workspace) == workspace)
                .where(col(TurnRow.asker) == person)
                .where(col(TurnRow.state) == TurnState.UNLINKED)
                .where(col(TurnRow.recorded_at) > now - MAX_AGE)
                .order_by(col(TurnRow.message_ts))
                .with_for_update()
            )
            found = list(rows)
            for row in found:
                row.state, row.finished_at, row.recorded_at = TurnState.RECORDED, None, now
                row.lease, row.leased_until = uuid4().hex, now + LEASE_SECONDS
            return [turn_from_row(row) for row in found]

    async def cancel(self, turn_id: str) -> bool:
        """Let a waiting question rest for good; return False if it does not wait (any more)."""
        async with self.database.transaction() as session:
            row = await session.get(TurnRow, turn_id, with_for_update=True)
            if row is None or row.state != TurnState.UNLINKED:
                return False
            row.state, row.finished_at = TurnState.STOPPED, time.time()
            return True
