"""Answers as they were before they were written anew."""

import json
import time
from dataclasses import asdict, dataclass

from sqlmodel import col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from bot.domain.conversations import Citation
from bot.store.database import Database
from bot.store.tables import VersionRow


@dataclass(frozen=True, slots=True)
class Version:
    """An earlier answer of a turn; `replaced_at` in seconds since 1970."""

    text: str
    citations: tuple[Citation, ...]
    replaced_at: float


class Versions:
    """What the server forgets when it writes an answer anew."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, turn_id: str, text: str, citations: tuple[Citation, ...]) -> None:
        """Keep an answer that is about to be replaced; the same one is kept once."""
        async with self._database.transaction() as session:
            rows = await session.exec(_of(turn_id))
            last = rows.first()
            if last is not None and last.text == text:
                return
            session.add(
                VersionRow(
                    turn_id=turn_id,
                    number=last.number + 1 if last else 1,
                    text=text,
                    citations=json.dumps([asdict(citation) for citation in citations]),
                    replaced_at=time.time(),
                )
            )

    async def last(self, turn_id: str) -> Version | None:
        """Return the version before the present one."""
        async with self._database.transaction() as session:
            row = (await session.exec(_of(turn_id))).first()
            if row is None:
                return None
            citations = tuple(Citation(**each) for each in json.loads(row.citations))
            return Version(row.text, citations, row.replaced_at)

    async def count(self, turn_id: str) -> int:
        """Return how many versions came before the present one."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(func.count()).select_from(VersionRow).where(col(VersionRow.turn_id) == turn_id)
            )
            return rows.one()

    async def drop_last(self, turn_id: str) -> None:
        """Forget the newest version kept, because it is the present answer again."""
        async with self._database.transaction() as session:
            row = (await session.exec(_of(turn_id))).first()
            if row is not None:
                await session.delete(row)


def _of(turn_id: str) -> SelectOfScalar[VersionRow]:
    return (
        select(VersionRow).where(col(VersionRow.turn_id) == turn_id).order_by(col(VersionRow.number).desc())
    )
