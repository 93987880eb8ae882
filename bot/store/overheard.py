"""Threads that the bot began without being asked to, and those in which it was told to be silent."""

import time
from dataclasses import dataclass

from bot.domain.turns import Thread
from bot.store.database import Database, inserted
from bot.store.tables import OverheardRow


@dataclass(frozen=True, slots=True)
class Heard:
    """Whom the bot answers in a thread, and whether it still does so without a mention."""

    person: str
    is_silenced: bool


class Overheard:
    """What was said to nobody, and answered by the bot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, thread: Thread, person: str) -> None:
        """Note that the bot answers `person` in `thread` without having been asked to."""
        row = OverheardRow(
            workspace=thread.workspace,
            channel=thread.channel,
            ts=thread.ts,
            person=person,
            begun_at=time.time(),
        )
        async with self._database.transaction() as session:
            await inserted(session, row)

    async def of(self, thread: Thread) -> Heard | None:
        """Return what is known of a thread, None where the bot was asked into it or is no part of it."""
        async with self._database.transaction() as session:
            row = await session.get(OverheardRow, (thread.workspace, thread.channel, thread.ts))
            return Heard(row.person, row.silenced_at is not None) if row else None

    async def silence(self, thread: Thread, person: str) -> bool:
        """Let the bot be silent in `thread` from now on, because of `person`.

        Return False where it did not begin there by itself.
        """
        async with self._database.transaction() as session:
            row = await session.get(
                OverheardRow, (thread.workspace, thread.channel, thread.ts), with_for_update=True
            )
            if row is None:
                return False
            if row.silenced_at is None:
                row.silenced_by, row.silenced_at = person, time.time()
            return True
