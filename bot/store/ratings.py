"""What people said of answers."""

import time

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.store.database import Database, inserted
from bot.store.tables import RatingRow, VersionRow


class Ratings:
    """One rating a person and answer: the last one counts.

    An answer written anew is another one: what was said of the version before it was lost at the server too.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def given(self, turn_id: str, person: str) -> bool | None:
        """Return whether `person` found the answer helpful, or None if they did not say."""
        async with self._database.transaction() as session:
            row = await session.get(RatingRow, (turn_id, person))
            return row.is_helpful if row and await _current(session, row) else None

    async def rate(self, turn_id: str, person: str, *, is_helpful: bool) -> bool:
        """Keep a rating; return whether it is new or another than before."""
        first = RatingRow(turn_id=turn_id, person=person, is_helpful=is_helpful, rated_at=time.time())
        async with self._database.transaction() as session:
            if await inserted(session, first):
                return True
            row = await session.get_one(RatingRow, (turn_id, person), with_for_update=True)
            if row.is_helpful == is_helpful and await _current(session, row):
                return False
            row.is_helpful, row.rated_at = is_helpful, time.time()
            return True

    async def restore(self, turn_id: str, person: str, before: bool | None) -> None:  # noqa: FBT001 (a value)
        """Keep again what was kept before a rating that could not be delivered; None stands for nothing."""
        async with self._database.transaction() as session:
            row = await session.get(RatingRow, (turn_id, person), with_for_update=True)
            if row is not None and before is None:
                await session.delete(row)
            elif row is not None and before is not None:
                row.is_helpful = before


async def _current(session: AsyncSession, row: RatingRow) -> bool:
    """Return whether a rating is about the answer as it is now."""
    replaced = select(func.max(VersionRow.replaced_at)).where(col(VersionRow.turn_id) == row.turn_id)
    return row.rated_at > ((await session.exec(replaced)).one() or 0.0)
