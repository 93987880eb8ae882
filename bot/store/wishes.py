"""What people want of a turn meanwhile: that it stops, that its question is another one."""

from collections.abc import Collection, Mapping

from sqlmodel import col, select

from bot.domain.turns import Turn, TurnState
from bot.store.database import Database
from bot.store.tables import TurnRow
from bot.store.turns import turn_of

UNASKED = frozenset({TurnState.UNLINKED, TurnState.RECORDED, TurnState.WAITING})


class Wishes:
    """Keeps wishes until whoever works on the turn sees them, in whichever process that is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def asked_in(self, workspace: str, channel: str, ts: str) -> Turn | None:
        """Return the turn whose question the message `ts` is."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(TurnRow)
                .where(col(TurnRow.workspace) == workspace)
                .where(col(TurnRow.channel) == channel)
                .where(col(TurnRow.message_ts) == ts)
            )
            row = rows.first()
            return turn_of(row) if row else None

    async def stop(self, turn_id: str, person: str) -> bool:
        """Note that `person` wants a turn to stop; return False if nobody works on it (any more).

        Who came first is who stopped it.
        """
        async with self._database.transaction() as session:
            row = await session.get(TurnRow, turn_id, with_for_update=True)
            if row is None or row.state not in {TurnState.RECORDED, TurnState.RUNNING}:
                return False
            row.stop_by = row.stop_by or person
            return True

    async def stops(self, turn_ids: Collection[str]) -> Mapping[str, str]:
        """Return who wants which of these turns to stop."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(TurnRow.id, TurnRow.stop_by)
                .where(col(TurnRow.id).in_(turn_ids))
                .where(col(TurnRow.stop_by).is_not(None))
            )
            return {turn_id: person for turn_id, person in rows if person is not None}

    async def edit(self, turn_id: str, text: str) -> bool:
        """Give a question its new text; return whether that is what PipesHub will be asked.

        Where PipesHub was asked before, the text is kept, so that it can be asked as another question.
        """
        async with self._database.transaction() as session:
            row = await session.get_one(TurnRow, turn_id, with_for_update=True)
            if row.state in UNASKED and not row.regenerates:
                row.question = text
                return True
            row.edited = text
            return False

    async def take_edit(self, turn_id: str) -> str | None:
        """Take the new text of a question to ask it; return None if there is none (any more)."""
        async with self._database.transaction() as session:
            row = await session.get(TurnRow, turn_id, with_for_update=True)
            if row is None:
                return None
            text, row.edited = row.edited, None
            return text
