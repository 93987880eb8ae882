"""The queue of turns: in each thread one at a time is leased to a worker, and the others wait."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from sqlalchemy import update
from sqlmodel import col, select

from bot.domain.report import Weakness
from bot.domain.turns import (
    FINISHED_STATES,
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
from bot.store.tables import ChannelRow, ClaimRow, PrivateAnswerRow, ThreadRow, TurnRow
from bot.store.threads import lock_thread, thread_key
from bot.store.turns import (
    LEASE_SECONDS,
    add_leftovers,
    count_death,
    find_turns,
    select_turns,
    set_shown,
    turn_from_row,
)
from bot.store.workers import new_lease


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
    """The queue of each thread, the leases of its turns, and the position that each placeholder shows."""

    database: Database
    lease_seconds: float = LEASE_SECONDS
    new_lease: Callable[[], str] = new_lease

    async def placeholder_posted(self, turn: Turn, reply_ts: str) -> bool:
        """Save that the placeholder is posted; the question may now be asked.

        Returns False, and has the placeholder deleted, if another worker has taken the turn.
        """
        async with self.database.existing(TurnRow, turn.id) as row:
            if row.lease != turn.lease or row.state != TurnState.RECORDED:
                add_leftovers(row, [reply_ts])
                return False
            row.reply_ts = reply_ts
            row.state = TurnState.WAITING
            row.lease, row.leased_until = None, 0
            return True

    async def claim_unplaced(self, turn_id: str) -> Turn | None:
        """Claim a turn without a placeholder; return None if another worker has its lease."""
        async with self.database.locked(TurnRow, turn_id) as row:
            if row is None or row.state != TurnState.RECORDED or row.leased_until > time.time():
                return None
            count_death(row)
            row.lease, row.leased_until = self.new_lease(), time.time() + self.lease_seconds
            return replace(turn_from_row(row), resumed=True)

    async def claim(self, thread: Thread, identity: str) -> Turn | None:
        """Claim the next turn of a thread.

        Returns None while another turn of the thread runs, while the next one has no placeholder yet, or
        when nothing is left. A turn that comes back as RUNNING was abandoned by its worker.
        """
        selected = select_turns(thread, identity, *UNFINISHED_STATES).order_by(col(TurnRow.message_ts))
        async with self.database.transaction() as session:
            await lock_thread(session, thread, identity)
            unfinished = (await session.exec(selected)).all()
            now = time.time()
            is_busy = any(row.state == TurnState.RUNNING and row.leased_until > now for row in unfinished)
            if not unfinished or unfinished[0].state == TurnState.RECORDED or is_busy:
                return None
            row = unfinished[0]
            # A worker that gave it back or died left its lease; posting, ending and reopening clear it.
            resumed = row.lease is not None
            count_death(row)
            row.lease, row.leased_until = self.new_lease(), now + self.lease_seconds
            claimed = replace(turn_from_row(row), resumed=resumed, others_wait=len(unfinished) > 1)
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

    async def renew_leases(self, turns: Iterable[Turn]) -> tuple[float, set[str]]:
        """Renew the leases of claimed turns, as far as no other worker has taken them.

        Returns until when they are good, and those that were renewed.
        """
        until = time.time() + self.lease_seconds
        return until, await self._set_leases(turns, leased_until=until)

    async def release(self, turn: Turn) -> None:
        """Give an unfinished turn back; by its lease the next worker sees that another one had it."""
        # Under a new name, so that a renewal which is under way does not bring the lease back.
        await self._set_leases([turn], leased_until=0, lease=new_lease())

    async def requeue(self, turn: Turn) -> None:
        """Put a claimed turn, for which PipesHub was not asked yet, back into the queue."""
        async with self.database.existing(TurnRow, turn.id) as row:
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
        async with self.database.existing(TurnRow, turn.id) as row:
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
                row.question, row.deaths = "", 0
            return True

    async def find_abandoned(self) -> list[Turn]:
        """Return the unfinished turns whose lease has expired, oldest first."""
        expired = select(TurnRow).where(
            col(TurnRow.state).in_(UNFINISHED_STATES), col(TurnRow.leased_until) < time.time()
        )
        return await find_turns(self.database, expired)

    async def assign_position(self, turn: Turn) -> Turn | None:
        """Return a turn with its position, and save it as the one its placeholder shows.

        Returns None where the message of its question was deleted.
        """
        async with self.database.transaction() as session:
            if await session.get(ClaimRow, turn.question.deletion_claim) is not None:
                return None
            unfinished = select_turns(turn.question.thread, turn.identity, *UNFINISHED_STATES)
            rows = (await session.exec(unfinished.order_by(col(TurnRow.message_ts)))).all()
            in_order = [row.id for row in _in_order(rows)]
            ahead = in_order.index(turn.id) if turn.id in in_order else 0
            for row in rows:
                if ahead and row.id == turn.id and row.lease == turn.lease:
                    row.ahead = ahead
        return replace(turn, questions_ahead=ahead)

    async def changed_positions(self, thread: Thread, identity: str) -> list[Turn]:
        """Return the waiting turns of a thread whose placeholder shows an old position, with the new one.

        A placeholder that was posted at the head of the line shows none.
        """
        unfinished = select_turns(thread, identity, *UNFINISHED_STATES)
        rows = await self.database.all(unfinished.order_by(col(TurnRow.message_ts)))
        return [
            replace(turn_from_row(row), questions_ahead=position)
            for position, row in enumerate(_in_order(rows))
            if row.state == TurnState.WAITING and position and row.ahead not in (0, position)
        ]

    async def is_waiting(self, turn: Turn) -> bool:
        """Return whether no worker has claimed a turn yet."""
        row = await self.database.get(TurnRow, turn.id)
        return row is not None and row.state == TurnState.WAITING

    async def save_position(self, turn: Turn) -> None:
        """Save the position that the placeholder of a turn shows, as far as no other worker has taken it."""
        async with self.database.existing(TurnRow, turn.id) as row:
            if row.lease == turn.lease:
                row.ahead = turn.questions_ahead

    async def _set_leases(self, turns: Iterable[Turn], **values: float | str) -> set[str]:
        """Change the rows of claimed turns and return their leases, as far as no other worker has them."""
        held = {turn.id: turn.lease for turn in turns if turn.lease}
        async with self.database.transaction() as session:
            renewed = await session.exec(
                update(TurnRow)
                .where(col(TurnRow.id).in_(held), col(TurnRow.lease).in_(held.values()))
                .where(col(TurnRow.state).not_in(FINISHED_STATES))
                .values(**values)
                .returning(col(TurnRow.lease))
            )
            return {str(lease) for (lease,) in renewed.all()}


def _in_order(unfinished: Iterable[TurnRow]) -> list[TurnRow]:
    """Return the unfinished turns of a thread, oldest first, in the order in which they are answered."""
    # An earlier question can come while a later one is answered already.
    return sorted(unfinished, key=lambda row: row.state != TurnState.RUNNING)
