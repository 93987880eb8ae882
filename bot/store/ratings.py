"""What people said of answers."""

import time

from bot.store.database import Database
from bot.store.tables import RatingRow


class Ratings:
    """One rating a person and answer: the last one counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def given(self, turn_id: str, person: str) -> bool | None:
        """Return whether `person` found the answer helpful, or None if they did not say."""
        async with self._database.transaction() as session:
            row = await session.get(RatingRow, (turn_id, person))
            return row.is_helpful if row else None

    async def rate(self, turn_id: str, person: str, *, is_helpful: bool) -> bool:
        """Keep a rating; return whether it is new or another than before."""
        async with self._database.transaction() as session:
            row = await session.get(RatingRow, (turn_id, person), with_for_update=True)
            if row is not None and row.is_helpful == is_helpful:
                return False
            await session.merge(
                RatingRow(turn_id=turn_id, person=person, is_helpful=is_helpful, rated_at=time.time())
            )
            return True

    async def withdraw(self, turn_id: str, person: str) -> None:
        """Forget a rating that could not be delivered."""
        async with self._database.transaction() as session:
            row = await session.get(RatingRow, (turn_id, person))
            if row is not None:
                await session.delete(row)
