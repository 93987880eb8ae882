"""Questions that wait until their asker has connected an account."""

import time
from uuid import uuid4

from sqlmodel import col, select

from bot.domain.turns import HOPE, Turn, TurnState
from bot.store.database import Database
from bot.store.tables import TurnRow
from bot.store.turns import LEASE, turn_of


class Unlinked:
    """Finds waiting questions; `Turns.record` puts them there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, workspace: str, person: str) -> list[Turn]:
        """Return the waiting questions of a Slack user, oldest first, each recorded anew and leased to us.

        Those of more than a day ago stay: nobody waits for them any more.
        """
        now = time.time()
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(TurnRow)
                .where(col(TurnRow.workspace) == workspace)
                .where(col(TurnRow.asker) == person)
                .where(col(TurnRow.state) == TurnState.UNLINKED)
                .where(col(TurnRow.recorded_at) > now - HOPE)
                .order_by(col(TurnRow.message_ts))
                .with_for_update()
            )
            found = list(rows)
            for row in found:
                row.state, row.finished_at, row.recorded_at = TurnState.RECORDED, None, now
                row.lease, row.leased_until = uuid4().hex, now + LEASE
            return [turn_of(row) for row in found]

    async def withdraw(self, turn_id: str) -> bool:
        """Let a waiting question rest for good; return False if it does not wait (any more)."""
        async with self._database.transaction() as session:
            row = await session.get(TurnRow, turn_id, with_for_update=True)
            if row is None or row.state != TurnState.UNLINKED:
                return False
            row.state, row.finished_at = TurnState.STOPPED, time.time()
            return True
