"""What is on record about answers: votes, earlier versions, and what belongs under those of a thread."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlmodel import col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from bot.domain.conversations import ArchiveRecord, Citation, UnpromptedState
from bot.domain.turns import Thread, Turn, TurnState
from bot.store.database import Database, Session, insert_if_absent
from bot.store.tables import (
    FeedbackRow,
    PrivateAnswerRow,
    ThreadRow,
    TurnRow,
    UnpromptedThreadRow,
    VersionRow,
)
from bot.store.threads import thread_key
from bot.store.turns import select_turns, turn_from_row


@dataclass(frozen=True, slots=True)
class FeedbackStore:
    """One vote for each person and answer: the last one counts.

    A vote on a version that was regenerated since does not count: the server lost it too.
    """

    database: Database

    async def find_vote(self, turn_id: str, person: str) -> bool | None:
        """Return whether `person` found the answer helpful, or None if they did not say."""
        async with self.database.transaction() as session:
            row = await session.get(FeedbackRow, (turn_id, person))
            return row.is_helpful if row and await _is_current(session, row) else None

    async def save_vote(self, turn_id: str, person: str, *, is_helpful: bool) -> tuple[bool | None, bool]:
        """Save a vote; return the one before it, and whether it differs from that."""
        first = FeedbackRow(turn_id=turn_id, person=person, is_helpful=is_helpful, rated_at=time.time())
        async with self.database.transaction() as session:
            if await insert_if_absent(session, first):
                return None, True
            row = await session.get_one(FeedbackRow, (turn_id, person), with_for_update=True)
            before = row.is_helpful if await _is_current(session, row) else None
            if before != is_helpful:
                row.is_helpful, row.rated_at = is_helpful, time.time()
            return before, before != is_helpful

    async def restore_vote(self, turn_id: str, person: str, before: bool | None) -> None:  # noqa: FBT001 (a value)
        """Restore what was saved before a vote that could not be delivered; None means no vote."""
        async with self.database.transaction() as session:
            row = await session.get(FeedbackRow, (turn_id, person), with_for_update=True)
            if row is not None and before is None:
                await session.delete(row)
            elif row is not None and before is not None:
                row.is_helpful = before


async def _is_current(session: Session, row: FeedbackRow) -> bool:
    """Return whether a vote is about the present version of the answer."""
    replaced = select(func.max(VersionRow.replaced_at)).where(col(VersionRow.turn_id) == row.turn_id)
    return row.rated_at > ((await session.exec(replaced)).one() or 0.0)


@dataclass(frozen=True, slots=True)
class AnswerVersion:
    """An earlier answer of a turn; `replaced_at` in seconds since 1970."""

    text: str
    citations: tuple[Citation, ...]
    replaced_at: float


@dataclass(frozen=True, slots=True)
class FooterFacts:
    """The recorded facts of one thread.

    `finished` are its answered turns, oldest first, `earlier_versions` how many of each turn were
    replaced, by its id. `shared` are the ids of private answers that were shared; None where the thread
    does not answer another one.
    """

    finished: tuple[Turn, ...]
    archived: ArchiveRecord | None
    earlier_versions: Mapping[str, int]
    shared: frozenset[str] | None
    unprompted: UnpromptedState


@dataclass(frozen=True, slots=True)
class AnswerStore:
    """What footers are drawn from, and earlier answers, which the server forgets when it regenerates one."""

    database: Database

    async def save_version(self, turn_id: str, text: str, citations: tuple[Citation, ...]) -> None:
        """Save an answer that is about to be replaced; the same text is saved once."""
        async with self.database.transaction() as session:
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

    async def latest_version(self, turn_id: str) -> AnswerVersion | None:
        """Return the version before the present one."""
        row = await self.database.first(_select_versions(turn_id))
        if row is None:
            return None
        citations = tuple(Citation(**each) for each in json.loads(row.citations))
        return AnswerVersion(row.text, citations, row.replaced_at)

    async def delete_latest_version(self, turn_id: str) -> None:
        """Delete the newest saved version, because it is the present answer again."""
        async with self.database.transaction() as session:
            row = (await session.exec(_select_versions(turn_id))).first()
            if row is not None:
                await session.delete(row)

    async def footer_facts(self, thread: Thread, identity: str) -> FooterFacts:
        """Return the facts of a thread's answers under one identity."""
        finished = select_turns(thread, identity, TurnState.DONE).order_by(col(TurnRow.message_ts))
        turn_ids = select_turns(thread, identity, *TurnState).with_only_columns(col(TurnRow.id))
        versions = (
            select(VersionRow.turn_id, func.count())
            .where(col(VersionRow.turn_id).in_(turn_ids))
            .group_by(col(VersionRow.turn_id))
        )
        async with self.database.transaction() as session:
            known = await session.get(ThreadRow, (*thread_key(thread), identity))
            archived = None
            if known is not None and known.archived_at is not None:
                archived = ArchiveRecord(known.archived_by, known.archived_at, known.archived_after)
            private = await session.get(PrivateAnswerRow, thread_key(thread))
            shared = None
            if private is not None and private.origin_ts is not None:
                shared = frozenset(private.shared.split())
                thread = Thread(thread.workspace, private.origin_channel, private.origin_ts)
            joined = await session.get(UnpromptedThreadRow, thread_key(thread))
            unprompted = UnpromptedState.PROMPTED
            if joined is not None:
                unprompted = UnpromptedState.SILENCED if joined.silenced_at else UnpromptedState.ANSWERING
            return FooterFacts(
                finished=tuple(turn_from_row(row) for row in await session.exec(finished)),
                archived=archived,
                earlier_versions=dict((await session.exec(versions)).all()),
                shared=shared,
                unprompted=unprompted,
            )


def _select_versions(turn_id: str) -> SelectOfScalar[VersionRow]:
    return (
        select(VersionRow).where(col(VersionRow.turn_id) == turn_id).order_by(col(VersionRow.number).desc())
    )
