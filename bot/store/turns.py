"""Turns on record: questions, answers, feedback, previous versions, pending requests and question rates."""

import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from uuid import uuid4

from sqlalchemy import or_
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from bot.domain.conversations import Citation
from bot.domain.turns import (
    FINISHED_STATES,
    INACTIVE_STATES,
    NO_OPTIONS,
    UNANSWERED_STATES,
    Question,
    QuestionOptions,
    ShownMessages,
    Thread,
    Turn,
    TurnState,
)
from bot.store import channels
from bot.store.database import Database, insert_if_absent
from bot.store.tables import FeedbackRow, TurnRow, VersionRow
from bot.store.threads import join_thread, lock_thread


class QuestionRateStore:
    """Counts recorded turns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def nth_newest(
        self, workspace: str, skipped: int, since: float, besides: tuple[str, str], person: str | None = None
    ) -> float | None:
        """Return when the newest question but so many was recorded, None where there are not so many.

        Moments are seconds since 1970; those before `since` are not looked at.

        Those of a workspace count, or of one `person` in it; the message `besides` (channel and `ts`) does
        not, since it can be delivered twice.
        """
        channel, ts = besides
        found = (
            select(TurnRow.recorded_at)
            .where(col(TurnRow.workspace) == workspace)
            .where(col(TurnRow.recorded_at) > since)
            .where((col(TurnRow.channel) != channel) | (col(TurnRow.message_ts) != ts))
        )
        if person is not None:
            found = found.where(col(TurnRow.asker) == person)
        newest = found.order_by(col(TurnRow.recorded_at).desc()).offset(skipped).limit(1)
        async with self._database.transaction() as session:
            return (await session.exec(newest)).first()


class FeedbackStore:
    """One rating a person and answer: the last one counts.

    An answer written anew is another one: what was said of the version before it was lost at the server too.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_vote(self, turn_id: str, person: str) -> bool | None:
        """Return whether `person` found the answer helpful, or None if they did not say."""
        async with self._database.transaction() as session:
            row = await session.get(FeedbackRow, (turn_id, person))
            return row.is_helpful if row and await _is_current(session, row) else None

    async def save_vote(self, turn_id: str, person: str, *, is_helpful: bool) -> bool:
        """Keep a rating; return whether it is new or another than before."""
        first = FeedbackRow(turn_id=turn_id, person=person, is_helpful=is_helpful, rated_at=time.time())
        async with self._database.transaction() as session:
            if await insert_if_absent(session, first):
                return True
            row = await session.get_one(FeedbackRow, (turn_id, person), with_for_update=True)
            if row.is_helpful == is_helpful and await _is_current(session, row):
                return False
            row.is_helpful, row.rated_at = is_helpful, time.time()
            return True

    async def restore_vote(self, turn_id: str, person: str, before: bool | None) -> None:  # noqa: FBT001 (a value)
        """Keep again what was kept before a rating that could not be delivered; None stands for nothing."""
        async with self._database.transaction() as session:
            row = await session.get(FeedbackRow, (turn_id, person), with_for_update=True)
            if row is not None and before is None:
                await session.delete(row)
            elif row is not None and before is not None:
                row.is_helpful = before


async def _is_current(session: AsyncSession, row: FeedbackRow) -> bool:
    """Return whether a rating is about the answer as it is now."""
    replaced = select(func.max(VersionRow.replaced_at)).where(col(VersionRow.turn_id) == row.turn_id)
    return row.rated_at > ((await session.exec(replaced)).one() or 0.0)


LEASE_SECONDS = 15.0
"""Seconds a worker may be silent before another one takes its turn over."""


class TurnStore:
    """The durable record of the work."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(
        self,
        question: Question,
        identity: str,
        options: QuestionOptions = NO_OPTIONS,
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
            manner=channels.options_to_json(options),
            state=TurnState.UNLINKED if unlinked else TurnState.RECORDED,
            lease=None if unlinked else uuid4().hex,
            leased_until=0 if unlinked else now + LEASE_SECONDS,
            recorded_at=now,
            finished_at=now if unlinked else None,
        )
        async with self._database.transaction() as session:
            if not await insert_if_absent(session, row):
                return None
            await join_thread(session, question.thread, identity, question.asker)
        return turn_from_row(row)

    async def get(self, turn_id: str) -> Turn | None:
        """Return a turn, or None if it was never recorded or is erased."""
        async with self._database.transaction() as session:
            row = await session.get(TurnRow, turn_id)
            return turn_from_row(row) if row else None

    async def finished_for_identity(self, thread: Thread, identity: str) -> list[Turn]:
        """Return the answered turns of a thread, oldest first."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select_turns(thread, identity)
                .where(col(TurnRow.state) == TurnState.DONE)
                .order_by(col(TurnRow.message_ts))
            )
            return [turn_from_row(row) for row in rows]

    async def unanswered_for_identity(self, thread: Thread, identity: str) -> list[Turn]:
        """Return the turns of a thread that ended without a whole answer, oldest first."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select_turns(thread, identity)
                .where(col(TurnRow.state).in_(UNANSWERED_STATES))
                .order_by(col(TurnRow.message_ts))
            )
            return [turn_from_row(row) for row in rows]

    async def finished_for_everyone(self, thread: Thread) -> list[Turn]:
        """Return the answered turns of a thread under every identity, oldest first."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select_thread_turns(thread)
                .where(col(TurnRow.state) == TurnState.DONE)
                .order_by(col(TurnRow.message_ts))
            )
            return [turn_from_row(row) for row in rows]

    async def interrupted_since(self, thread: Thread, identity: str, since: float) -> list[Turn]:
        """Return the turns of a thread that were stopped, or broke off, since a moment, oldest first."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select_turns(thread, identity)
                .where(col(TurnRow.state).in_((TurnState.BROKEN, TurnState.STOPPED)))
                .where(col(TurnRow.finished_at) > since)
                .order_by(col(TurnRow.message_ts))
            )
            return [turn_from_row(row) for row in rows]

    async def find_by_reply(self, workspace: str, channel: str, ts: str) -> Turn | None:
        """Return the turn whose answer the message `ts` shows, wholly or in part."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(TurnRow)
                .where(col(TurnRow.workspace) == workspace)
                .where(col(TurnRow.channel) == channel)
                .where(or_(col(TurnRow.reply_ts) == ts, col(TurnRow.further_ts).contains(ts)))
            )
            row = rows.first()
            return turn_from_row(row) if row else None

    async def save_conversation_id(self, turn: Turn, conversation_id: str) -> None:
        """Note the conversation's id as soon as it is known, for the turn and for its thread."""
        async with self._database.transaction() as session:
            (await session.get_one(TurnRow, turn.id)).conversation_id = conversation_id
            (
                await lock_thread(session, turn.question.thread, turn.identity)
            ).conversation_id = conversation_id

    async def save_further_messages(self, turn: Turn, further_ts: Sequence[str]) -> None:
        """Note the messages that a long answer goes on in while it is written."""
        async with self._database.transaction() as session:
            (await session.get_one(TurnRow, turn.id)).further_ts = " ".join(further_ts)

    async def save_shown(self, turn_id: str, shown: ShownMessages) -> None:
        """Note where an answer is shown now."""
        async with self._database.transaction() as session:
            set_shown(await session.get_one(TurnRow, turn_id, with_for_update=True), shown)

    async def with_leftovers(self) -> list[Turn]:
        """Return the turns of which messages are to be taken away, oldest first."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(TurnRow).where(col(TurnRow.leftover_ts) != "").order_by(col(TurnRow.message_ts))
            )
            return [turn_from_row(row) for row in rows]

    async def remove_leftovers(self, turn_id: str, gone: Collection[str]) -> None:
        """Note the messages that are taken away."""
        async with self._database.transaction() as session:
            row = await session.get_one(TurnRow, turn_id, with_for_update=True)
            row.leftover_ts = " ".join(each for each in row.leftover_ts.split() if each not in gone)

    async def reopen_to_regenerate(self, turn_id: str, options: QuestionOptions) -> bool:
        """Let a finished answer be written anew; return False if it is not finished (any more)."""
        async with self._database.transaction() as session:
            row = await session.get(TurnRow, turn_id, with_for_update=True)
            if row is None or row.state != TurnState.DONE:
                return False
            row.state, row.regenerates, row.manner = (
                TurnState.WAITING,
                True,
                channels.options_to_json(options),
            )
            return True

    async def reopen_failed(self, turn_id: str) -> Turn | None:
        """Let a failed turn be asked again; return None if it is not failed (any more).

        One whose connection broke counts as abandoned: what the server has of it is looked up first.
        """
        return await self._transition(turn_id, TurnState.FAILED, TurnState.WAITING) or await self._transition(
            turn_id, TurnState.BROKEN, TurnState.RUNNING
        )

    async def reopen_stopped(self, turn_id: str) -> Turn | None:
        """Let a stopped turn be looked up at the server; return None if it is not stopped (any more)."""
        return await self._transition(turn_id, TurnState.STOPPED, TurnState.RUNNING)

    async def stop_waiting(self, turn_id: str) -> Turn | None:
        """Stop a turn that nobody works on yet; return None if it is not waiting (any more)."""
        return await self._transition(turn_id, TurnState.WAITING, TurnState.STOPPED)

    async def count_unfinished(self) -> dict[str, int]:
        """Return how many turns have no ending yet, by their state."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(TurnRow.state, func.count())
                .where(col(TurnRow.state).not_in(INACTIVE_STATES))
                .group_by(TurnRow.state)
            )
            counted = dict(rows.all())
        return {state: counted.get(state, 0) for state in TurnState if state not in INACTIVE_STATES}

    async def _transition(self, turn_id: str, before: TurnState, after: TurnState) -> Turn | None:
        async with self._database.transaction() as session:
            row = await session.get(TurnRow, turn_id, with_for_update=True)
            if row is None or row.state != before:
                return None
            row.state = after
            row.lease, row.leased_until, row.stop_by = None, 0, None
            if after in FINISHED_STATES:
                row.finished_at = time.time()
            return turn_from_row(row)


def set_shown(row: TurnRow, shown: ShownMessages) -> None:
    """Note, inside a transaction, where an answer is shown now."""
    row.reply_ts, row.further_ts = shown.messages[0], " ".join(shown.messages[1:])
    row.leftover_ts = " ".join((*row.leftover_ts.split(), *shown.leftover))


def turn_from_row(row: TurnRow) -> Turn:
    """Return the turn that a row keeps."""
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
        stop_requested_by=row.stop_by,
        questions_ahead=row.ahead,
        asked_at=row.recorded_at if row.finished_at is None else None,
    )


def select_turns(thread: Thread, identity: str) -> SelectOfScalar[TurnRow]:
    """Select the turns of a thread under one identity."""
    return select_thread_turns(thread).where(col(TurnRow.identity) == identity)


def select_thread_turns(thread: Thread) -> SelectOfScalar[TurnRow]:
    """Select the turns of a thread, whatever the identity."""
    return (
        select(TurnRow)
        .where(col(TurnRow.workspace) == thread.workspace)
        .where(col(TurnRow.channel) == thread.channel)
        .where(col(TurnRow.thread_ts) == thread.ts)
    )


@dataclass(frozen=True, slots=True)
class AnswerVersion:
    """An earlier answer of a turn; `replaced_at` in seconds since 1970."""

    text: str
    citations: tuple[Citation, ...]
    replaced_at: float


class AnswerVersionStore:
    """What the server forgets when it writes an answer anew."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, turn_id: str, text: str, citations: tuple[Citation, ...]) -> None:
        """Keep an answer that is about to be replaced; the same one is kept once."""
        async with self._database.transaction() as session:
            rows = await session.exec(_select_versions(turn_id))
            last = rows.first()
            if last is not None and last.text == text:
                return
            session.add(
                VersionRow(
                    turn_id=turn_id,
                    number=last.number + 1 if last else 1,
                    text=text,
                    citations=json.dumps([asdict(citation) for citation in citations]),
                    replaced_at=time.time(),
                )
            )

    async def latest(self, turn_id: str) -> AnswerVersion | None:
        """Return the version before the present one."""
        async with self._database.transaction() as session:
            row = (await session.exec(_select_versions(turn_id))).first()
            if row is None:
                return None
            citations = tuple(Citation(**each) for each in json.loads(row.citations))
            return AnswerVersion(row.text, citations, row.replaced_at)

    async def count(self, turn_id: str) -> int:
        """Return how many versions came before the present one."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(func.count()).select_from(VersionRow).where(col(VersionRow.turn_id) == turn_id)
            )
            return rows.one()

    async def delete_latest(self, turn_id: str) -> None:
        """Forget the newest version kept, because it is the present answer again."""
        async with self._database.transaction() as session:
            row = (await session.exec(_select_versions(turn_id))).first()
            if row is not None:
                await session.delete(row)


def _select_versions(turn_id: str) -> SelectOfScalar[VersionRow]:
    return (
        select(VersionRow).where(col(VersionRow.turn_id) == turn_id).order_by(col(VersionRow.number).desc())
    )


UNASKED_STATES = frozenset({TurnState.UNLINKED, TurnState.RECORDED, TurnState.WAITING})


class PendingRequestStore:
    """Keeps wishes until whoever works on the turn sees them, in whichever process that is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_by_question(self, workspace: str, channel: str, ts: str) -> Turn | None:
        """Return the turn whose question the message `ts` is."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(TurnRow)
                .where(col(TurnRow.workspace) == workspace)
                .where(col(TurnRow.channel) == channel)
                .where(col(TurnRow.message_ts) == ts)
            )
            row = rows.first()
            return turn_from_row(row) if row else None

    async def request_stop(self, turn_id: str, person: str) -> bool:
        """Note that `person` wants a turn to stop; return False if nobody works on it (any more).

        Who came first is who stopped it.
        """
        async with self._database.transaction() as session:
            row = await session.get(TurnRow, turn_id, with_for_update=True)
            if row is None or row.state not in {TurnState.RECORDED, TurnState.RUNNING}:
                return False
            row.stop_by = row.stop_by or person
            return True

    async def stop_requests(self, turn_ids: Collection[str]) -> Mapping[str, str]:
        """Return who wants which of these turns to stop."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(TurnRow.id, TurnRow.stop_by)
                .where(col(TurnRow.id).in_(turn_ids))
                .where(col(TurnRow.stop_by).is_not(None))
            )
            return {turn_id: person for turn_id, person in rows if person is not None}

    async def save_edit(self, turn_id: str, text: str) -> bool:
        """Give a question its new text; return whether that is what PipesHub will be asked.

        Where PipesHub was asked before, the text is kept, so that it can be asked as another question.
        """
        async with self._database.transaction() as session:
            row = await session.get_one(TurnRow, turn_id, with_for_update=True)
            if row.state in UNASKED_STATES and not row.regenerates:
                row.question = text
                return True
            row.edited = text
            return False

    async def take_edit(self, turn_id: str) -> str | None:
        """Take the new text of a question to ask it; return None if there is none (any more)."""
        async with self._database.transaction() as session:
            row = await session.get(TurnRow, turn_id, with_for_update=True)
            if row is None:
                return None
            text, row.edited = row.edited, None
            return text
