"""First come, first served, decided by the database."""

import time
from enum import Enum, auto

from sqlmodel import col, delete, select

from bot.store.database import Database, inserted
from bot.store.tables import ClaimRow

HANDLING = 30.0
"""Seconds after which what was begun and not done is anybody's; Slack waits 3 for an acknowledgement."""


class Begun(Enum):
    """Whose something is that may come several times."""

    FIRST = auto()
    """Whoever asked: it is to be done now."""
    UNDER_WAY = auto()
    """Somebody else's, who is at it."""
    DONE = auto()


class Claims:
    """Things that one delivery, of however many, may do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def first(self, key: str) -> bool:
        """Claim `key`; return whether nobody had claimed it before."""
        async with self._database.transaction() as session:
            return await inserted(session, ClaimRow(key=key, claimed_at=time.time()))

    async def begin(self, key: str) -> Begun:
        """Claim `key` until it is `done` or `released`, or until whoever claimed it must be dead."""
        now = time.time()
        async with self._database.transaction() as session:
            if await inserted(session, ClaimRow(key=key, claimed_at=now, until=now + HANDLING)):
                return Begun.FIRST
            row = await session.get(ClaimRow, key, with_for_update=True)
            if row is None or (row.until is not None and row.until > now):
                return Begun.UNDER_WAY
            if row.until is None:
                return Begun.DONE
            row.claimed_at, row.until = now, now + HANDLING
            return Begun.FIRST

    async def done(self, key: str) -> None:
        """Keep `key` for good."""
        async with self._database.transaction() as session:
            row = await session.get(ClaimRow, key, with_for_update=True)
            if row is not None:
                row.until = None

    async def release(self, key: str) -> None:
        """Give `key` back, because what it was claimed for did not come about."""
        async with self._database.transaction() as session:
            await session.exec(delete(ClaimRow).where(col(ClaimRow.key) == key))

    async def expire(self, before: float, most: int, spare: str | None = None) -> int:
        """Forget at most so many claims of before a moment (seconds since 1970); return how many.

        Keys that begin with `spare` are kept.
        """
        old = select(ClaimRow.key).where(col(ClaimRow.claimed_at) < before)
        if spare is not None:
            old = old.where(~col(ClaimRow.key).startswith(spare, autoescape=True))
        async with self._database.transaction() as session:
            keys = (await session.exec(old.limit(most))).all()
            await session.exec(delete(ClaimRow).where(col(ClaimRow.key).in_(keys)))
            return len(keys)
