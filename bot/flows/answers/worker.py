"""The worker: from a recorded turn to its reply, then to the next turn of the thread."""

from asyncio import gather
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from time import time
from typing import Any

import structlog

from bot.domain.errors import RecordErased, SlackError, SlackUnreachable
from bot.domain.turns import Thread, Turn, TurnState
from bot.flows.answers.leases import TurnLeases
from bot.flows.answers.recovery import ReplyRecovery
from bot.flows.answers.reply import Replies
from bot.flows.answers.run import AnswerRunner
from bot.metrics import Meters
from bot.store.turn_queue import QueuePositionStore, TurnQueue

log = structlog.get_logger(__name__)


class QueuePositionUpdater:
    """Keeps the placeholders of a thread's waiting questions right, as far as there are calls to spare."""

    def __init__(self, queue_positions: QueuePositionStore, tell: Callable[[Turn], Awaitable[bool]]) -> None:
        """Tell with `tell`, which returns whether the placeholder of a turn now says its `ahead`."""
        self._queue_positions = queue_positions
        self._show = tell

    async def assign(self, turn: Turn) -> Turn:
        """Return a turn that is about to get its placeholder, with its place in line."""
        return await self._queue_positions.assign(turn)

    async def update(self, thread: Thread, identity: str) -> None:
        """Tell those whose place in the line of a thread is another one now."""
        for turn in await self._queue_positions.changed(thread, identity):
            if await self._queue_positions.is_waiting(turn) and await self._show(turn):
                await self._queue_positions.save_shown(turn)


BackgroundWork = Coroutine[Any, Any, None]


class TurnWorker:
    """Works on recorded turns, in the order in which they were asked in each thread."""

    def __init__(
        self,
        queue: TurnQueue,
        leases: TurnLeases,
        replies: Replies,
        answer_runner: AnswerRunner,
        reply_recovery: ReplyRecovery,
        queue_position_updater: QueuePositionUpdater,
        meters: Meters,
    ) -> None:
        self._queue = queue
        self._leases = leases
        self._replies = replies
        self._answer_runner = answer_runner
        self._reply_recovery = reply_recovery
        self._queue_position_updater = queue_position_updater
        self._meters = meters

    async def resume(self, turn: Turn) -> None:
        """Go on with a turn that was left by a process that is no more."""
        if turn.state is not TurnState.RECORDED:
            await self.run_thread(turn.question.thread, turn.identity)
        elif (adopted := await self._queue.claim_unplaced(turn.id)) is not None:
            await self.start(adopted)

    async def run_thread(self, thread: Thread, identity: str) -> None:
        """Work on the turns of a thread, one after the other, until none is left to this process."""
        with suppress(RecordErased):  # a workspace that was left waits for nothing
            while turn := await self._queue.claim(thread, identity):
                await gather(self._answer(turn), self._queue_position_updater.update(thread, identity))

    async def start(self, turn: Turn) -> None:
        """Place the reply of a turn that is just recorded, and work on its thread."""
        with suppress(RecordErased):
            await self._post_placeholder(turn)
            await self.run_thread(turn.question.thread, turn.identity)

    async def _post_placeholder(self, turn: Turn) -> None:
        async with self._leases.hold(turn):
            try:
                turn, reply_ts = await self._find_or_post_placeholder(turn)
            except SlackError as error:
                if isinstance(error, SlackUnreachable) and not turn.is_too_old(time()):
                    # Given back, it is taken up again until Slack is there.
                    log.warning("reply.placeholder_postponed", turn=turn.id, reason=error.detail)
                    return
                log.warning("reply.placeholder_failed", turn=turn.id, reason=error.detail)
                await self._queue.finish(turn, TurnState.FAILED)
                self._meters.answers.labels("failed").inc()
            else:
                self._meters.since(turn.asked_at, self._meters.placeholder)
                await self._queue.placeholder_posted(turn.id, reply_ts)

    async def _answer(self, turn: Turn) -> None:
        """Answer a claimed turn; one whose worker is stopped is given back, for the next one to take up."""
        async with self._leases.hold(turn):
            await self._answer_runner.run(turn)

    async def _find_or_post_placeholder(self, turn: Turn) -> tuple[Turn, str]:
        """Return a turn with its place in line, and its placeholder, which may stand already."""
        if turn.resumed:
            turn = await self._reply_recovery.recover_messages(turn)
        turn = await self._queue_position_updater.assign(turn)
        return turn, turn.reply_ts or await self._replies.post_placeholder(turn)
