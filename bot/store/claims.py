"""Claims: only the first process to claim a key does what it stands for; the database decides."""

import time
from dataclasses import dataclass
from enum import Enum, auto

from sqlmodel import col, delete, select

from bot.store.database import Database, insert_if_absent
from bot.store.tables import ClaimRow

CLAIM_LEASE = 30.0
"""Seconds after which a claim that was not completed expires; Slack waits 3 for an acknowledgement."""


class ClaimResult(Enum):
    """What became of a claim."""

    CLAIMED = auto()
    """It is the caller's, who has to do the work now."""
    IN_PROGRESS = auto()
    """Another process has it."""
    DONE = auto()


@dataclass(frozen=True, slots=True)
class ClaimStore:
    """Keys that are claimed once, such as one for each delivery from Slack."""

    database: Database

    async def claim_once(self, key: str) -> bool:
        """Claim `key` for good; return whether it was free."""
        async with self.database.transaction() as session:
            return await insert_if_absent(session, ClaimRow(key=key, claimed_at=time.time()))

    async def is_claimed(self, key: str) -> bool:
        """Return whether `key` is claimed, for good or for now."""
        return await self.database.get(ClaimRow, key) is not None

    async def try_begin(self, key: str) -> ClaimResult:
        """Claim `key` until it is completed or released, or its lease expires."""
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

    async def renew(self, key: str) -> None:
        """Claim `key` now, whether it was claimed or not, before all other work that waits."""
        async with self.database.transaction(urgent=True) as session:
            await session.merge(ClaimRow(key=key, claimed_at=time.time()))

    async def complete(self, key: str) -> None:
        """Make the claim of `key` permanent."""
        async with self.database.locked(ClaimRow, key) as row:
            if row is not None:
                row.until = None

    async def release(self, key: str) -> None:
        """Give `key` back, because the work was not done."""
        async with self.database.transaction() as session:
            await session.exec(delete(ClaimRow).where(col(ClaimRow.key) == key))

    async def delete_old(self, before: float, most: int, spare: str | None = None) -> int:
        """Delete at most `most` claims of before a time, sparing keys that begin with `spare`; count them."""
        old = select(ClaimRow.key).where(col(ClaimRow.claimed_at) < before)
        if spare is not None:
            old = old.where(~col(ClaimRow.key).startswith(spare, autoescape=True))
        async with self.database.transaction() as session:
            keys = (await session.exec(old.limit(most))).all()
            await session.exec(delete(ClaimRow).where(col(ClaimRow.key).in_(keys)))
            return len(keys)
