"""Letting go of what nobody came back to."""

from sqlmodel import col, delete, exists, select

from bot.domain.turns import AT_REST
from bot.store.database import Database
from bot.store.tables import RatingRow, ThreadRow, TurnRow, VersionRow


class Retention:
    """Deletes in batches of at most `most` rows, one transaction each, so that nobody waits for long.

    What somebody else holds at that moment is in use, and is passed over.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def drop_turns(self, before: float, most: int) -> int:
        """Delete turns at rest that ended, and were last rated, before a moment; return how many.

        Their earlier versions and ratings go with them. One that is not at rest stays, however old.
        """
        rated_since = exists().where(
            col(RatingRow.turn_id) == col(TurnRow.id), col(RatingRow.rated_at) >= before
        )
        async with self._database.transaction() as session:
            found = await session.exec(
                select(TurnRow.id)
                .where(col(TurnRow.state).in_(AT_REST))
                .where(col(TurnRow.finished_at) < before)
                .where(~rated_since)
                .limit(most)
                .with_for_update(skip_locked=True)
            )
            ids = found.all()
            await session.exec(delete(VersionRow).where(col(VersionRow.turn_id).in_(ids)))
            await session.exec(delete(RatingRow).where(col(RatingRow.turn_id).in_(ids)))
            await session.exec(delete(TurnRow).where(col(TurnRow.id).in_(ids)))
            return len(ids)

    async def drop_threads(self, before: float, most: int) -> int:
        """Delete threads in which nobody asked since a moment and no turn is left; return how many."""
        turns = exists().where(
            col(TurnRow.workspace) == col(ThreadRow.workspace),
            col(TurnRow.channel) == col(ThreadRow.channel),
            col(TurnRow.thread_ts) == col(ThreadRow.ts),
            col(TurnRow.identity) == col(ThreadRow.identity),
        )
        async with self._database.transaction() as session:
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
