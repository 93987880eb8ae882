"""Which questions were not answered well."""

from sqlalchemy import and_, or_
from sqlmodel import col, func, select

from bot.domain.report import Gap, Lack
from bot.domain.turns import FINISHED
from bot.store.database import Database
from bot.store.tables import RatingRow, TurnRow, VersionRow
from bot.store.turns import turn_of


class Gaps:
    """Looks back at the questions of one workspace, between two moments in seconds since 1970."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def asked(self, workspace: str, since: float, until: float) -> int:
        """Return how many questions came to an end."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(func.count())
                .select_from(TurnRow)
                .where(col(TurnRow.workspace) == workspace)
                .where(col(TurnRow.state).in_(FINISHED))
                .where(col(TurnRow.finished_at) >= since, col(TurnRow.finished_at) < until)
            )
            return rows.one()

    async def between(self, workspace: str, since: float, until: float) -> list[Gap]:
        """Return the questions that ended unanswered and those whose answer was voted down, oldest first.

        A vote on a version that was written anew since is about an answer that is no more.
        """
        replaced = select(func.max(VersionRow.replaced_at)).where(
            col(VersionRow.turn_id) == col(RatingRow.turn_id)
        )
        votes = (
            select(RatingRow.turn_id, func.count().label("votes"))
            .where(col(RatingRow.is_helpful).is_(False))
            .where(col(RatingRow.rated_at) >= since, col(RatingRow.rated_at) < until)
            .where(col(RatingRow.rated_at) > func.coalesce(replaced.scalar_subquery(), 0.0))
            .group_by(col(RatingRow.turn_id))
            .subquery()
        )
        ended = and_(col(TurnRow.finished_at) >= since, col(TurnRow.finished_at) < until)
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(TurnRow, ended, votes.c.votes)
                .join(votes, votes.c.turn_id == col(TurnRow.id), isouter=True)
                .where(col(TurnRow.workspace) == workspace)
                .where(col(TurnRow.state).in_(FINISHED))
                .where(or_(and_(ended, col(TurnRow.lack).is_not(None)), votes.c.votes.is_not(None)))
                .order_by(col(TurnRow.message_ts))
            )
            return [
                Gap(turn_of(row), Lack(row.lack) if row.lack and here else None, down_votes or 0)
                for row, here, down_votes in rows
            ]
