"""First come, first served, decided by the database."""

import time
from dataclasses import dataclass
from enum import Enum, auto

from sqlmodel import col, delete, select

from bot.store.database import Database, insert_if_absent
from bot.store.tables import ClaimRow

CLAIM_LEASE = 30.0
"""Seconds after which what was begun and not done is anybody's; Slack waits 3 for an acknowledgement."""


class ClaimResult(Enum):
    """Whose something is that may come several times."""

    CLAIMED = auto()
    """Whoever asked: it is to be done now."""
    IN_PROGRESS = auto()
    """Somebody else's, who is at it."""
    DONE = auto()


@dataclass(frozen=True, slots=True)
class ClaimStore:
    """Things that one delivery, of however many, may do."""

    database: Database

    async def claim_once(self, key: str) -> bool:
        """Claim `key`; return whether nobody had claimed it before."""
        async with self.database.transaction() as session:
            return await insert_if_absent(session, ClaimRow(key=key, claimed_at=time.time()))

    async def try_begin(self, key: str) -> ClaimResult:
        """Claim `key` until it is `done` or `released`, or until whoever claimed it must be dead."""
        now = time.time()
        async with self.database.transaction() as session:
            if await insert_if_absent(session, ClaimRow(key=key, claimed_at=now, until=now + CLAIM_LEASE)):
                return ClaimResult.CLAIMED
            row = await session.get(ClaimRow, key, with_for_update=True)
            if row is None or (row.until is not None and row.until > now):
                return ClaimResult.IN_PROGRESS
            if row.until is None:
                return ClaimResult.DONE
            row.claimed_at, row.until = now, now + CLAIM_LEASE
            return ClaimResult.CLAIMED

    async def complete(self, key: str) -> None:
        """Keep `key` for good."""
        async with self.database.transaction() as session:
            row = await session.get(ClaimRow, key, with_for_update=True)
            if row is not None:
                row.until = None

    async def release(self, key: str) -> None:
        """Give `key` back, because what it was claimed for did not come about."""
        async with self.database.transaction() as session:
            await session.exec(delete(ClaimRow).where(col(ClaimRow.key) == key))

    async def delete_old(self, before: float, most: int, spare: str | None = None) -> int:
        """Forget at most so many claims of before a moment (seconds since 1970); return how many.

        Keys that begin with `spare` are kept.
        """
        old = select(ClaimRow.key).where(col(ClaimRow.claimed_at) < before)
        if spare is not None:
            old = old.where(~col(ClaimRow.key).startswith(spare, autoescape=True))
        async with self.database.transaction() as session:
            keys = (await session.exec(old.limit(most))).all()
            await session.exec(delete(ClaimRow).where(col(ClaimRow.key).in_(keys)))
            return len(keys)
