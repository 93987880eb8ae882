"""First come, first served, decided by the database."""

import time

from sqlmodel import col, delete

from bot.store.database import Database, inserted
from bot.store.tables import ClaimRow


class Claims:
    """Things that one delivery, of however many, may do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def first(self, key: str) -> bool:
        """Claim `key`; return whether nobody had claimed it before."""
        async with self._database.transaction() as session:
            return await inserted(session, ClaimRow(key=key, claimed_at=time.time()))

    async def release(self, key: str) -> None:
        """Give `key` back, because what it was claimed for did not come about."""
        async with self._database.transaction() as session:
            await session.exec(delete(ClaimRow).where(col(ClaimRow.key) == key))
