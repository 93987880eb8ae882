"""Turns on record, with what people request of them: to stop, to ask an edited question, to ask again."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import ColumnElement, or_
from sqlmodel import col, delete, func, select
from sqlmodel.sql.expression import SelectOfScalar

from bot.domain.errors import LeaseLost
from bot.domain.turns import (
    FINISHED_STATES,
    MAX_AGE,
    MAX_DEATHS,
    NO_OPTIONS,
    UNFINISHED_STATES,
    Question,
    QuestionOptions,
    ShownMessages,
    Thread,
    Turn,
    TurnState,
)
from bot.store import channels
from bot.store.database import Database, insert_if_absent
from bot.store.inbox import inbox_key
from bot.store.tables import ReceivedRow, TurnRow
from bot.store.threads import join_thread, lock_thread
from bot.store.workers import new_lease

UNASKED_STATES = frozenset({TurnState.UNLINKED, TurnState.RECORDED, TurnState.WAITING})

LEASE_SECONDS = 15.0  # seconds without a renewal after which the lease of a turn expires


@dataclass(frozen=True, slots=True)
class TurnStore:
    """Turns with their state, where their answers are shown, and what is requested of them.

    A request to stop, or to ask an edited question, is kept until the turn's worker, in any process, sees it.
    """

    database: Database
    lease_seconds: float = LEASE_SECONDS
    new_lease: Callable[[], str] = new_lease

    async def record(
        self,
        question: Question,
        identity: str,
        options: QuestionOptions = NO_OPTIONS,
        *,
        unlinked: bool = False,
    ) -> Turn | None:
        """Record a question before anything is sent; return None if it was recorded before.

        The caller holds its lease, to post its placeholder; that of an `unlinked` asker waits without one.
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
            manner=channels.options_to_json(options),
            state=TurnState.UNLINKED if unlinked else TurnState.RECORDED,
            lease=None if unlinked else self.new_lease(),
            leased_until=0 if unlinked else now + self.lease_seconds,
            recorded_at=now,
            finished_at=now if unlinked else None,
        )
        async with self.database.transaction() as session:
            if not await insert_if_absent(session, row):
                return None
            await session.exec(delete(ReceivedRow).where(col(ReceivedRow.key) == inbox_key(question)))
            await join_thread(session, question.thread, identity, question.asker, row.id)
        return turn_from_row(row)

    async def get(self, turn_id: str) -> Turn | None:
        """Return a turn, or None if it was never recorded or is erased."""
        row = await self.database.get(TurnRow, turn_id)
        return turn_from_row(row) if row else None

    async def in_thread(self, thread: Thread, identity: str | None, *states: TurnState) -> list[Turn]:
        """Return the turns of a thread in `states`, oldest first; with None, those of every identity."""
        return await find_turns(self.database, select_turns(thread, identity, *states))

    async def find_by_reply(self, workspace: str, channel: str, ts: str) -> Turn | None:
        """Return the turn whose answer the message `ts` shows, wholly or in part."""
        shows = or_(col(TurnRow.reply_ts) == ts, col(TurnRow.further_ts).contains(ts))
        return await self._find_in_channel(workspace, channel, shows)

    async def find_by_question(self, workspace: str, channel: str, ts: str) -> Turn | None:
        """Return the turn whose question the message `ts` is."""
        return await self._find_in_channel(workspace, channel, col(TurnRow.message_ts) == ts)

    async def save_conversation_id(self, turn: Turn, conversation_id: str) -> None:
        """Save the conversation's id, for the turn and for its thread. Raises LeaseLost."""
        async with self.database.transaction() as session:
            row = await session.get_one(TurnRow, turn.id, with_for_update=True)
            if row.lease != turn.lease:
                raise LeaseLost(f"turn {turn.id}")
            thread_row = await lock_thread(session, turn.question.thread, turn.identity)
            row.conversation_id = thread_row.conversation_id = conversation_id

    async def save_further_messages(self, turn: Turn, further_ts: Sequence[str]) -> bool:
        """Save the messages in which a long answer continues while it is written.

        Returns False, and has those that are not the turn's deleted, if another worker has taken it.
        """
        async with self.database.existing(TurnRow, turn.id) as row:
            if row.lease != turn.lease:
                add_leftovers(row, further_ts)
                return False
            row.further_ts = " ".join(further_ts)
            return True

    async def save_shown(self, turn: Turn, shown: ShownMessages) -> None:
        """Save the messages that show an answer now. Raises LeaseLost."""
        async with self.database.existing(TurnRow, turn.id) as row:
            if row.lease != turn.lease:
                raise LeaseLost(f"turn {turn.id}")
            set_shown(row, shown)

    async def with_leftovers(self) -> list[Turn]:
        """Return the turns with messages that have to be deleted, oldest first."""
        return await find_turns(self.database, select(TurnRow).where(col(TurnRow.leftover_ts) != ""))

    async def remove_leftovers(self, turn_id: str, gone: Collection[str]) -> None:
        """Forget leftover messages that are deleted."""
        async with self.database.existing(TurnRow, turn_id) as row:
            row.leftover_ts = " ".join(each for each in row.leftover_ts.split() if each not in gone)

    async def reopen_to_regenerate(self, turn_id: str, options: QuestionOptions) -> bool:
        """Let a finished answer be regenerated; return False if it is not finished (any more)."""
        async with self.database.locked(TurnRow, turn_id) as row:
            if row is None or row.state != TurnState.DONE:
                return False
            row.state, row.regenerates = TurnState.WAITING, True
            row.manner = channels.options_to_json(options)
            return True

    async def reopen_failed(self, turn_id: str) -> Turn | None:
        """Let a failed turn be asked again; return None if it is not failed (any more).

        One whose connection broke counts as abandoned: the server is asked first what it has of it.
        """
        return await self._transition(turn_id, TurnState.FAILED, TurnState.WAITING) or await self._transition(
            turn_id, TurnState.BROKEN, TurnState.RUNNING
        )

    async def reopen_stopped(self, turn_id: str) -> Turn | None:
        """Let a stopped turn be looked up at the server; return None if it is not stopped (any more)."""
        return await self._transition(turn_id, TurnState.STOPPED, TurnState.RUNNING)

    async def stop_waiting(self, turn_id: str) -> Turn | None:
        """Stop a turn that no worker has claimed yet; return None if it is not waiting (any more)."""
        return await self._transition(turn_id, TurnState.WAITING, TurnState.STOPPED)

    async def count_unfinished(self) -> dict[str, int]:
        """Return how many turns are unfinished, by state."""
        async with self.database.transaction() as session:
            rows = await session.exec(
                select(TurnRow.state, func.count())
                .where(col(TurnRow.state).in_(UNFINISHED_STATES))
                .group_by(TurnRow.state)
            )
            counted = dict(rows.all())
        return {state: counted.get(state, 0) for state in UNFINISHED_STATES}

    async def request_stop(self, turn_id: str, person: str) -> bool:
        """Request a stop for `person`, unless one is requested; return False if no worker is at the turn."""
        async with self.database.locked(TurnRow, turn_id) as row:
            if row is None or row.state not in {TurnState.RECORDED, TurnState.RUNNING}:
                return False
            row.stop_by = row.stop_by or person
            return True

    async def stop_requests(self, turn_ids: Collection[str]) -> Mapping[str, str]:
        """Return which of these turns have to stop, with the person who requested it."""
        requested = select(TurnRow).where(col(TurnRow.id).in_(turn_ids), col(TurnRow.stop_by).is_not(None))
        return {row.id: row.stop_by or "" for row in await self.database.all(requested)}

    async def save_edit(self, turn_id: str, text: str) -> bool:
        """Save the edited text of a question; return whether PipesHub will be asked that.

        Where PipesHub was asked already, it is saved so that it can be asked as another question.
        """
        async with self.database.existing(TurnRow, turn_id) as row:
            if row.state in UNASKED_STATES and not row.regenerates:
                row.question = text
                return True
            row.edited = text
            return False

    async def take_edit(self, turn_id: str) -> str | None:
        """Take the edited text of a question, once; return None if there is none (any more)."""
        async with self.database.locked(TurnRow, turn_id) as row:
            if row is None:
                return None
            text, row.edited = row.edited, None
            return text

    async def nth_newest(
        self, workspace: str, person: str, nth: tuple[int, int], since: float, besides: tuple[str, str]
    ) -> tuple[float | None, float | None]:
        """Return when the nth newest question of `person`, and that of the whole workspace, were recorded.

        `nth` counts from 1, for each; None where there are fewer since the moment `since`. Times are
        seconds since 1970. The message `besides` (channel and `ts`) does not count, since it can be
        delivered twice.
        """
        channel, ts = besides
        recorded = (
            select(TurnRow.recorded_at)
            .where(col(TurnRow.workspace) == workspace)
            .where(col(TurnRow.recorded_at) > since)
            .where((col(TurnRow.channel) != channel) | (col(TurnRow.message_ts) != ts))
            .order_by(col(TurnRow.recorded_at).desc())
            .limit(1)
        )
        own = recorded.where(col(TurnRow.asker) == person)
        async with self.database.transaction() as session:
            return (
                (await session.exec(own.offset(nth[0] - 1))).first(),
                (await session.exec(recorded.offset(nth[1] - 1))).first(),
            )

    async def resume_unlinked(self, workspace: str, person: str) -> list[Turn]:
        """Record again the questions of a Slack user that wait for an account; return them with leases.

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
                row.lease, row.leased_until = self.new_lease(), now + self.lease_seconds
            return [turn_from_row(row) for row in found]

    async def cancel_unlinked(self, turn_id: str) -> bool:
        """Cancel a question that waits for an account; return False if it does not wait (any more)."""
        return await self._transition(turn_id, TurnState.UNLINKED, TurnState.STOPPED) is not None

    async def _find_in_channel(
        self, workspace: str, channel: str, matches: ColumnElement[bool]
    ) -> Turn | None:
        row = await self.database.first(
            select(TurnRow)
            .where(col(TurnRow.workspace) == workspace, col(TurnRow.channel) == channel, matches)
            .order_by(col(TurnRow.message_ts))
        )
        return turn_from_row(row) if row else None

    async def _transition(self, turn_id: str, before: TurnState, after: TurnState) -> Turn | None:
        async with self.database.locked(TurnRow, turn_id) as row:
            if row is None or row.state != before:
                return None
            row.state = after
            row.lease, row.leased_until, row.stop_by = None, 0, None
            row.deaths = min(row.deaths, MAX_DEATHS - 1)  # what a person asks for again is tried once more
            if after in FINISHED_STATES:
                row.finished_at = time.time()
            return turn_from_row(row)


def set_shown(row: TurnRow, shown: ShownMessages) -> None:
    """Set, inside a transaction, the messages that show an answer now."""
    row.reply_ts = next(iter(shown.messages), None)
    row.further_ts = " ".join(shown.messages[1:])
    row.leftover_ts = " ".join((*row.leftover_ts.split(), *shown.leftover))


def add_leftovers(row: TurnRow, messages: Iterable[str]) -> None:
    """Have messages deleted, inside a transaction, as far as they do not show the answer."""
    known = {row.reply_ts, *row.further_ts.split(), *row.leftover_ts.split()}
    row.leftover_ts = " ".join((*row.leftover_ts.split(), *(each for each in messages if each not in known)))


def count_death(row: TurnRow) -> None:
    """Count, inside a transaction, that a turn is taken from a worker that did not give it back."""
    if row.lease is not None and row.leased_until:
        row.deaths += 1


def turn_from_row(row: TurnRow) -> Turn:
    """Return the turn of a row."""
    thread = Thread(row.workspace, row.channel, row.thread_ts)
    return Turn(
        id=row.id,
        question=Question(thread, row.message_ts, row.asker, row.question),
        identity=row.identity,
        state=TurnState(row.state),
        options=channels.options_from_json(row.manner),
        regenerates=row.regenerates,
        reply_ts=row.reply_ts,
        further_ts=tuple(row.further_ts.split()),
        leftover_ts=tuple(row.leftover_ts.split()),
        conversation_id=row.conversation_id,
        message_id=row.message_id,
        lease=row.lease,
        leased_until=row.leased_until,
        stop_requested_by=row.stop_by,
        questions_ahead=row.ahead,
        deaths=row.deaths,
        asked_at=row.recorded_at if row.finished_at is None else None,
    )


def select_turns(thread: Thread, identity: str | None, *states: TurnState) -> SelectOfScalar[TurnRow]:
    """Select the turns of a thread in `states`, under one identity or, with None, under every one."""
    found = (
        select(TurnRow)
        .where(col(TurnRow.workspace) == thread.workspace, col(TurnRow.channel) == thread.channel)
        .where(col(TurnRow.thread_ts) == thread.ts)
        .where(col(TurnRow.state).in_(states))
    )
    return found if identity is None else found.where(col(TurnRow.identity) == identity)


async def find_turns(database: Database, selected: SelectOfScalar[TurnRow]) -> list[Turn]:
    """Return the selected turns, oldest question first."""
    rows = await database.all(selected.order_by(col(TurnRow.message_ts)))
    return [turn_from_row(row) for row in rows]
