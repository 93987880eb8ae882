"""The queue of turns: in each thread one at a time is leased to a worker, and the others wait."""

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
    NO_OPTIONS,
    UNFINISHED_STATES,
    QuestionOptions,
    ShownMessages,
    Thread,
    Turn,
    TurnState,
)
from bot.store.channels import options_from_json
from bot.store.database import Database
from bot.store.tables import ChannelRow, PrivateAnswerRow, ThreadRow, TurnRow
from bot.store.threads import lock_thread, thread_key
from bot.store.turns import LEASE_SECONDS, find_turns, select_turns, set_shown, turn_from_row


@dataclass(frozen=True, slots=True)
class QueuePositionStore:
    """The position of each waiting turn, and the one that its placeholder shows."""

    database: Database

    async def assign(self, turn: Turn) -> Turn:
        """Return a turn with its position, and save it as the one its placeholder shows."""
        positions = {
            each.id: position for each, position in await self._positions(turn.question.thread, turn.identity)
        }
        placed = replace(turn, questions_ahead=positions.get(turn.id, 0))
        if placed.questions_ahead:
            await self.save_shown(placed)
        return placed

    async def changed(self, thread: Thread, identity: str) -> list[Turn]:
        """Return the waiting turns of a thread whose placeholder shows an old position, with the new one.

        A placeholder that was posted at the head of the line shows none.
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
        """Return whether no worker has claimed a turn yet."""
        row = await self.database.get(TurnRow, turn.id)
        return row is not None and row.state == TurnState.WAITING

    async def save_shown(self, turn: Turn) -> None:
        """Save the position that the placeholder of a turn shows."""
        async with self.database.transaction() as session:
            (await session.get_one(TurnRow, turn.id, with_for_update=True)).ahead = turn.questions_ahead

    async def _positions(self, thread: Thread, identity: str) -> list[tuple[Turn, int]]:
        """Return the unfinished turns of a thread with their positions, in the order they are answered."""
        turns = await find_turns(self.database, select_turns(thread, identity, *UNFINISHED_STATES))
        # An earlier question can come while a later one is answered already.
        turns.sort(key=lambda turn: turn.state is not TurnState.RUNNING)
        return [(turn, position) for position, turn in enumerate(turns)]


@dataclass(frozen=True, slots=True)
class AskingFacts:
    """What has to be known before a question is asked.

    `conversation_id` is that of its thread, None where it begins one; `channel_options` are the defaults
    of its channel, for a private answer those of the channel it was asked in. The server may still be
    writing the answers of `interrupted` turns.
    """

    conversation_id: str | None
    channel_options: QuestionOptions
    interrupted: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class TurnQueue:
    """The queue of each thread, and the leases of its turns."""

    database: Database

    async def placeholder_posted(self, turn_id: str, reply_ts: str) -> None:
        """Save that the placeholder is posted; the question may now be asked."""
        async with self.database.transaction() as session:
            row = await session.get_one(TurnRow, turn_id)
            row.reply_ts = reply_ts
            row.state = TurnState.WAITING
            row.lease, row.leased_until = None, 0

    async def claim_unplaced(self, turn_id: str) -> Turn | None:
        """Claim a turn without a placeholder; return None if another worker has its lease."""
        async with self.database.transaction() as session:
            row = await session.get(TurnRow, turn_id, with_for_update=True)
            if row is None or row.state != TurnState.RECORDED or row.leased_until > time.time():
                return None
            row.lease, row.leased_until = uuid4().hex, time.time() + LEASE_SECONDS
            return replace(turn_from_row(row), resumed=True)

    async def claim(self, thread: Thread, identity: str) -> Turn | None:
        """Claim the next turn of a thread.

        Returns None while another turn of the thread runs, while the next one has no placeholder yet, or
        when nothing is left. A turn that comes back as RUNNING was abandoned by its worker.
        """
        async with self.database.transaction() as session:
            await lock_thread(session, thread, identity)
            row = await _next(session, thread, identity)
            if row is None or row.state == TurnState.RECORDED or await _is_busy(session, thread, identity):
                return None
            # A worker that gave it back or died left its lease; posting, ending and reopening clear it.
            resumed = row.lease is not None
            row.lease = uuid4().hex
            row.leased_until = time.time() + LEASE_SECONDS
            claimed = replace(
                turn_from_row(row), resumed=resumed, others_wait=await _others_wait(session, row)
            )
            row.state = TurnState.RUNNING
            return claimed

    async def asking_facts(self, turn: Turn, interrupted_since: float) -> AskingFacts:
        """Return what has to be known before `turn` is asked.

        Turns that were stopped or broke off count from the moment `interrupted_since`, oldest first.
        """
        thread = turn.question.thread
        interrupted = select_turns(thread, turn.identity, TurnState.BROKEN, TurnState.STOPPED).where(
            col(TurnRow.finished_at) > interrupted_since
        )
        async with self.database.transaction() as session:
            channel: str | None = thread.channel
            if thread.channel.startswith("D"):
                private = await session.get(PrivateAnswerRow, thread_key(thread))
                channel = private.origin_channel if private else None
            settings = await session.get(ChannelRow, (thread.workspace, channel)) if channel else None
            known = await session.get(ThreadRow, (*thread_key(thread), turn.identity))
            rows = await session.exec(interrupted.order_by(col(TurnRow.message_ts)))
            return AskingFacts(
                conversation_id=known.conversation_id if known else None,
                channel_options=options_from_json(settings.manner) if settings else NO_OPTIONS,
                interrupted=tuple(turn_from_row(row) for row in rows),
            )

    async def renew_leases(self, turns: Iterable[Turn]) -> None:
        """Renew the leases of claimed turns, as far as no other worker has taken them."""
        await self._lease_until(time.time() + LEASE_SECONDS, turns)

    async def release(self, turn: Turn) -> None:
        """Give an unfinished turn back to the next worker."""
        await self._lease_until(0, [turn])

    async def requeue(self, turn: Turn) -> None:
        """Put a claimed turn, for which PipesHub was not asked yet, back into the queue."""
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
        """End a turn with its outcome; return False, and change nothing, if another worker has taken it.

        `shown` are the messages that show the answer, `weakness` says why it is weak. The text of an answered
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
        """Return the unfinished turns whose lease has expired, oldest first."""
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


async def _others_wait(session: AsyncSession, turn: TurnRow) -> bool:
    """Return whether there are further unfinished turns in the thread of `turn`."""
    thread = Thread(turn.workspace, turn.channel, turn.thread_ts)
    others = select_turns(thread, turn.identity, *UNFINISHED_STATES).where(col(TurnRow.id) != turn.id)
    return (await session.exec(others.limit(1))).first() is not None


async def _is_busy(session: AsyncSession, thread: Thread, identity: str) -> bool:
    """Return whether a worker has the lease of any turn of the thread."""
    leased = select_turns(thread, identity, TurnState.RUNNING).where(col(TurnRow.leased_until) > time.time())
    return (await session.exec(leased.limit(1))).first() is not None


@dataclass(frozen=True, slots=True)
class AwaitingAccountStore:
    """The questions that wait for their asker's account; `TurnStore.record` saves them."""

    database: Database

    async def resume(self, workspace: str, person: str) -> list[Turn]:
        """Record the waiting questions of a Slack user again and return them, oldest first, with leases.

        Those older than a day stay: no one waits for them any more.
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
        """Cancel a waiting question; return False if it does not wait (any more)."""
        async with self.database.transaction() as session:
            row = await session.get(TurnRow, turn_id, with_for_update=True)
            if row is None or row.state != TurnState.UNLINKED:
                return False
            row.state, row.finished_at = TurnState.STOPPED, time.time()
            return True
