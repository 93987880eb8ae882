"""The worker: from a recorded turn to its reply, then to the next turn of the thread."""

from asyncio import gather
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from time import time
from typing import Any

import structlog

from bot.domain.errors import Erased, SlackError, SlackUnreachable
from bot.domain.turns import Thread, Turn, TurnState
from bot.flows.answers.leases import Leases
from bot.flows.answers.recovery import Adopting
from bot.flows.answers.reply import Replies
from bot.flows.answers.run import Answering
from bot.metrics import Meters
from bot.store.turn_queue import Lines, Queue

log = structlog.get_logger(__name__)


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


Work = Coroutine[Any, Any, None]


class Working:
    """Works on recorded turns, in the order in which they were asked in each thread."""

    def __init__(
        self,
        queue: Queue,
        leases: Leases,
        replies: Replies,
        answering: Answering,
        adopting: Adopting,
        queueing: Queueing,
        meters: Meters,
    ) -> None:
        self._queue = queue
        self._leases = leases
        self._replies = replies
        self._answering = answering
        self._adopting = adopting
        self._queueing = queueing
        self._meters = meters

    async def take_up(self, turn: Turn) -> None:
        """Go on with a turn that was left by a process that is no more."""
        if turn.state is not TurnState.RECORDED:
            await self.drain(turn.question.thread, turn.identity)
        elif (adopted := await self._queue.adopt(turn.id)) is not None:
            await self.begin(adopted)

    async def drain(self, thread: Thread, identity: str) -> None:
        """Work on the turns of a thread, one after the other, until none is left to this process."""
        with suppress(Erased):  # a workspace that was left waits for nothing
            while turn := await self._queue.claim(thread, identity):
                await gather(self._answer(turn), self._queueing.move_up(thread, identity))

    async def begin(self, turn: Turn) -> None:
        """Place the reply of a turn that is just recorded, and work on its thread."""
        with suppress(Erased):
            await self._place(turn)
            await self.drain(turn.question.thread, turn.identity)

    async def _place(self, turn: Turn) -> None:
        async with self._leases.held(turn):
            try:
                turn, reply_ts = await self._placed(turn)
            except SlackError as error:
                if isinstance(error, SlackUnreachable) and not turn.is_past_hope(time()):
                    # Given back, it is taken up again until Slack is there.
                    log.warning("no reply could be placed yet", turn=turn.id, reason=error.detail)
                    return
                log.warning("no reply can be placed", turn=turn.id, reason=error.detail)
                await self._queue.finish(turn, TurnState.FAILED)
                self._meters.answers.labels("failed").inc()
            else:
                self._meters.since(turn.asked_at, self._meters.placeholder)
                await self._queue.placed(turn.id, reply_ts)

    async def _answer(self, turn: Turn) -> None:
        """Answer a claimed turn; one whose worker is stopped is given back, for the next one to take up."""
        async with self._leases.held(turn):
            await self._answering.answer(turn)

    async def _placed(self, turn: Turn) -> tuple[Turn, str]:
        """Return a turn with its place in line, and its placeholder, which may stand already."""
        if turn.taken_up:
            turn = await self._adopting.adopt(turn)
        turn = await self._queueing.join(turn)
        return turn, turn.reply_ts or await self._replies.place(turn)
