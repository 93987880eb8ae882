"""How fast questions come, as all replicas recorded them."""

from sqlmodel import col, select

from bot.store.database import Database
from bot.store.tables import TurnRow


class Rates:
    """Counts recorded turns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest_but(
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
