"""Which thread of a direct message answers a question that was asked in a channel."""

import time

from sqlmodel import col, select

from bot.domain.turns import Origin, Thread
from bot.store.database import Database
from bot.store.tables import AsideRow


class Asides:
    """The private threads beside the threads of channels."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, thread: Thread, person: str, origin: Origin) -> None:
        """Note that `thread`, in a direct message, answers what `person` asked at `origin`."""
        async with self._database.transaction() as session:
            session.add(
                AsideRow(
                    workspace=thread.workspace,
                    channel=thread.channel,
                    ts=thread.ts,
                    person=person,
                    origin_channel=origin.channel,
                    origin_ts=origin.ts,
                    begun_at=time.time(),
                )
            )

    async def of(self, thread: Thread, person: str) -> Thread | None:
        """Return where `person` is answered who asks in `thread`, None where that is not begun."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(AsideRow)
                .where(col(AsideRow.workspace) == thread.workspace)
                .where(col(AsideRow.origin_channel) == thread.channel)
                .where(col(AsideRow.origin_ts) == thread.ts)
                .where(col(AsideRow.person) == person)
                .order_by(col(AsideRow.begun_at).desc())
                .limit(1)
            )
            row = rows.first()
            return Thread(row.workspace, row.channel, row.ts) if row else None

    async def origin(self, thread: Thread) -> Origin | None:
        """Return where was asked what `thread` answers, None where it stands for itself."""
        async with self._database.transaction() as session:
            row = await session.get(AsideRow, (thread.workspace, thread.channel, thread.ts))
            return Origin(row.origin_channel, row.origin_ts) if row else None

    async def shared(self, thread: Thread, turn_id: str) -> bool:
        """Return whether an answer in `thread` was posted where it was asked."""
        async with self._database.transaction() as session:
            row = await session.get(AsideRow, (thread.workspace, thread.channel, thread.ts))
            return row is not None and turn_id in row.shared.split()

    async def share(self, thread: Thread, turn_id: str) -> bool:
        """Note that an answer in `thread` is posted where it was asked; return False if it was before."""
        async with self._database.transaction() as session:
            row = await session.get_one(
                AsideRow, (thread.workspace, thread.channel, thread.ts), with_for_update=True
            )
            before = row.shared.split()
            if turn_id in before:
                return False
            row.shared = " ".join((*before, turn_id))
            return True

    async def unshare(self, thread: Thread, turn_id: str) -> None:
        """Take back that an answer was posted, because it could not be."""
        async with self._database.transaction() as session:
            row = await session.get_one(
                AsideRow, (thread.workspace, thread.channel, thread.ts), with_for_update=True
            )
            row.shared = " ".join(each for each in row.shared.split() if each != turn_id)
