"""The line of a thread: how many questions are before each that waits."""

from dataclasses import replace

from sqlmodel import col

from bot.domain.turns import AT_REST, Thread, Turn, TurnState
from bot.store.database import Database
from bot.store.tables import TurnRow
from bot.store.turns import of_thread, turn_of


class Lines:
    """Knows who is before whom, and what each placeholder says about that."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def join(self, turn: Turn) -> Turn:
        """Return a turn with its place, of which its placeholder is about to tell."""
        places = {each.id: place for each, place in await self._line(turn.question.thread, turn.identity)}
        placed = replace(turn, ahead=places.get(turn.id, 0))
        if placed.ahead:
            await self.told(placed)
        return placed

    async def moved(self, thread: Thread, identity: str) -> list[Turn]:
        """Return the waiting turns of a thread whose placeholder tells another place, with the right one.

        One that was placed at the head of the line tells none.
        """
        return [
            replace(turn, ahead=place)
            for turn, place in await self._line(thread, identity)
            if turn.state is TurnState.WAITING and turn.ahead and place and turn.ahead != place
        ]

    async def still_waits(self, turn: Turn) -> bool:
        """Return whether nobody has begun with a turn yet."""
        async with self._database.transaction() as session:
            row = await session.get(TurnRow, turn.id)
            return row is not None and row.state == TurnState.WAITING

    async def told(self, turn: Turn) -> None:
        """Note that the placeholder of a turn tells its place."""
        async with self._database.transaction() as session:
            (await session.get_one(TurnRow, turn.id, with_for_update=True)).ahead = turn.ahead

    async def _line(self, thread: Thread, identity: str) -> list[tuple[Turn, int]]:
        """Return the unfinished turns of a thread in the order in which they are answered."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                of_thread(thread, identity)
                .where(col(TurnRow.state).not_in(AT_REST))
                .order_by(col(TurnRow.message_ts))
            )
            turns = [turn_of(row) for row in rows]
        # An earlier question can come while a later one is answered already.
        turns.sort(key=lambda turn: turn.state is not TurnState.RUNNING)
        return [(turn, place) for place, turn in enumerate(turns)]
