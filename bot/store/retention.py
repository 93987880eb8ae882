"""Finds weak answers for the weekly report, and deletes old records."""

from dataclasses import dataclass

from sqlalchemy import and_, or_
from sqlmodel import col, delete, exists, func, select

from bot.domain.report import WeakAnswer, Weakness
from bot.domain.turns import FINISHED_STATES, INACTIVE_STATES
from bot.store.database import Database
from bot.store.tables import FeedbackRow, ThreadRow, TurnRow, VersionRow
from bot.store.turns import turn_from_row


@dataclass(frozen=True, slots=True)
class WeakAnswerStore:
    """The weak answers of a workspace between two times, in seconds since 1970."""

    database: Database

    async def count_questions(self, workspace: str, since: float, until: float) -> int:
        """Return how many questions ended."""
        counted = await self.database.first(
            select(func.count())
            .select_from(TurnRow)
            .where(col(TurnRow.workspace) == workspace)
            .where(col(TurnRow.state).in_(FINISHED_STATES))
            .where(col(TurnRow.finished_at) >= since, col(TurnRow.finished_at) < until)
        )
        return counted or 0

    async def find_between(self, workspace: str, since: float, until: float) -> list[WeakAnswer]:
        """Return the questions that ended unanswered and those whose answer was voted down, oldest first.

        A vote on a version that was regenerated since does not count.
        """
        replaced = select(func.max(VersionRow.replaced_at)).where(
            col(VersionRow.turn_id) == col(FeedbackRow.turn_id)
        )
        votes = (
            select(FeedbackRow.turn_id, func.count().label("votes"))
            .where(col(FeedbackRow.is_helpful).is_(False))
            .where(col(FeedbackRow.rated_at) >= since, col(FeedbackRow.rated_at) < until)
            .where(col(FeedbackRow.rated_at) > func.coalesce(replaced.scalar_subquery(), 0.0))
            .group_by(col(FeedbackRow.turn_id))
            .subquery()
        )
        ended = and_(col(TurnRow.finished_at) >= since, col(TurnRow.finished_at) < until)
        async with self.database.transaction() as session:
            rows = await session.exec(
                select(TurnRow, ended, votes.c.votes)
                .join(votes, votes.c.turn_id == col(TurnRow.id), isouter=True)
                .where(col(TurnRow.workspace) == workspace)
                .where(col(TurnRow.state).in_(FINISHED_STATES))
                .where(or_(and_(ended, col(TurnRow.lack).is_not(None)), votes.c.votes.is_not(None)))
                .order_by(col(TurnRow.message_ts))
            )
            return [
                WeakAnswer(
                    turn_from_row(row), Weakness(row.lack) if row.lack and here else None, down_votes or 0
                )
                for row, here, down_votes in rows
            ]


@dataclass(frozen=True, slots=True)
class RetentionStore:
    """Deletes at most `most` rows a transaction, so that others wait little; skips rows that are locked."""

    database: Database

    async def delete_turns(self, before: float, most: int) -> int:
        """Delete inactive turns that ended, and were last voted on, before a time; return how many.

        Their earlier versions and votes go with them. Active turns stay, however old.
        """
        rated_since = exists().where(
            col(FeedbackRow.turn_id) == col(TurnRow.id), col(FeedbackRow.rated_at) >= before
        )
        async with self.database.transaction() as session:
            found = await session.exec(
                select(TurnRow.id)
                .where(col(TurnRow.state).in_(INACTIVE_STATES))
                .where(col(TurnRow.finished_at) < before)
                .where(~rated_since)
                .limit(most)
                .with_for_update(skip_locked=True)
            )
            ids = found.all()
            await session.exec(delete(VersionRow).where(col(VersionRow.turn_id).in_(ids)))
            await session.exec(delete(FeedbackRow).where(col(FeedbackRow.turn_id).in_(ids)))
            await session.exec(delete(TurnRow).where(col(TurnRow.id).in_(ids)))
            return len(ids)

    async def delete_threads(self, before: float, most: int) -> int:
        """Delete threads that were last active before a time and have no turn left; return how many."""
        turns = exists().where(
            col(TurnRow.workspace) == col(ThreadRow.workspace),
            col(TurnRow.channel) == col(ThreadRow.channel),
            col(TurnRow.thread_ts) == col(ThreadRow.ts),
            col(TurnRow.identity) == col(ThreadRow.identity),
        )
        async with self.database.transaction() as session:
            found = await session.exec(
                select(ThreadRow)
                .where(col(ThreadRow.active_at) < before)
                .where(~turns)
                .limit(most)
                .with_for_update(skip_locked=True)
            )
            rows = found.all()
            for row in rows:
                await session.delete(row)
            return len(rows)
