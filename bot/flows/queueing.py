"""Telling people whose questions wait how many are before theirs."""

from collections.abc import Awaitable, Callable

from bot.domain.turns import Thread, Turn
from bot.store.turn_queue import Lines


class Queueing:
    """Keeps the placeholders of a thread's waiting questions right, as far as there are calls to spare."""

    def __init__(self, lines: Lines, tell: Callable[[Turn], Awaitable[bool]]) -> None:
        """Tell with `tell`, which returns whether the placeholder of a turn now says its `ahead`."""
        self._lines = lines
        self._tell = tell

    async def join(self, turn: Turn) -> Turn:
        """Return a turn that is about to get its placeholder, with its place in line."""
        return await self._lines.join(turn)

    async def move_up(self, thread: Thread, identity: str) -> None:
        """Tell those whose place in the line of a thread is another one now."""
        for turn in await self._lines.moved(thread, identity):
            if await self._lines.still_waits(turn) and await self._tell(turn):
                await self._lines.told(turn)
