"""The inbox: questions that are safe before anything is asked of Slack, so that they can be acknowledged."""

import json
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import update
from sqlmodel import col, delete, select

from bot.domain.turns import Question, Thread
from bot.store.database import Database, insert_all_if_absent
from bot.store.tables import ReceivedRow

INBOX_LEASE = 30.0
"""Seconds after which another process takes up a question that this one does not renew any more."""


@dataclass(frozen=True, slots=True)
class ReceivedQuestion:
    """A question as it was delivered; `unprompted` where the bot answers without being asked to.

    `attempts` are those that failed, `deaths` those whose process died; `received_at` is in seconds since
    1970.
    """

    question: Question
    unprompted: bool
    received_at: float
    attempts: int = 0
    deaths: int = 0

    @property
    def key(self) -> str:
        """The key of the question."""
        return inbox_key(self.question)


def inbox_key(question: Question) -> str:
    """Return the same key for every delivery of a message; one that only mentioned the bot may be edited."""
    thread, kind = question.thread, "question" if question.text else "mention"
    return f"{thread.workspace}:{thread.channel}:{question.ts}:{kind}"


@dataclass(frozen=True, slots=True)
class InboxStore:
    """The questions that are received and not yet asked or refused, each leased to a process."""

    database: Database
    owner: Callable[[], str] = str

    async def write(self, received: Iterable[ReceivedQuestion], done: Collection[str]) -> None:
        """Add what was received and delete what is done, in one transaction before all others."""
        until = time.time() + INBOX_LEASE
        rows = [
            ReceivedRow(
                key=each.key,
                workspace=each.question.thread.workspace,
                question=json.dumps(asdict(each.question)),
                unprompted=each.unprompted,
                received_at=each.received_at,
                attempts=each.attempts,
                leased_until=until,
                worker=self.owner(),
            )
            for each in received
        ]
        async with self.database.transaction(urgent=True) as session:
            await insert_all_if_absent(session, rows)
            if done:
                await session.exec(delete(ReceivedRow).where(col(ReceivedRow.key).in_(done)))

    async def postpone(self, key: str, until: float) -> None:
        """Count a failed attempt, and leave a question alone until the moment `until`."""
        async with self.database.locked(ReceivedRow, key) as row:
            if row is not None:
                row.attempts += 1
                row.leased_until, row.worker = until, None

    async def renew(self, keys: Collection[str]) -> None:
        """Renew the leases of what this process works on."""
        async with self.database.transaction() as session:
            await session.exec(
                update(ReceivedRow)
                .where(col(ReceivedRow.key).in_(keys))
                .values(leased_until=time.time() + INBOX_LEASE)
            )

    async def take_abandoned(self) -> list[ReceivedQuestion]:
        """Lease the questions that no process works on, and return them, the oldest first."""
        expired = select(ReceivedRow).where(col(ReceivedRow.leased_until) < time.time())
        async with self.database.transaction() as session:
            rows = (
                await session.exec(expired.order_by(col(ReceivedRow.received_at)).with_for_update())
            ).all()
            for row in rows:
                row.deaths += row.worker is not None
                row.leased_until, row.worker = time.time() + INBOX_LEASE, self.owner()
            return [_received(row) for row in rows]


def _received(row: ReceivedRow) -> ReceivedQuestion:
    fields = json.loads(row.question)
    question = Question(**fields | {"thread": Thread(**fields["thread"])})
    return ReceivedQuestion(question, row.unprompted, row.received_at, row.attempts, row.deaths)
