"""The worker: from a recorded turn to its reply, then to the next turn of the thread, under leases.

A worker renews its leases while it works; another one takes over when they expire, or their worker died.
"""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from time import monotonic, time

import structlog

from bot.domain.errors import BotError, LeaseLost, RecordErased, SlackError, SlackRefused, Unforeseen
from bot.domain.turns import MAX_DEATHS, Thread, Turn, TurnState
from bot.flows.answers.recovery import ReplyRecovery
from bot.flows.answers.run import AnswerRunner
from bot.flows.ports import Notes, PostedReplies, Replies
from bot.log import new_incident
from bot.metrics import Meters
from bot.store.database import Database
from bot.store.turn_queue import TurnQueue
from bot.tasks import BackgroundTasks, finish_even_if_cancelled

log = structlog.get_logger(__name__)


HANGING_SECONDS = 60.0  # seconds without a turn of the event loop after which it counts as hanging for good


@dataclass
class Lease:
    """Whether the stored outcome of the work has `ended` the lease, so that it need not be released."""

    ended: bool = False


class TurnLeases:
    """Renews the leases of all turns that this process works on, and knows until when they are good.

    The heartbeat is a thread with a connection of its own: what keeps the event loop busy does not stop it.
    """

    def __init__(self, queue: TurnQueue, seconds: float | None = None) -> None:
        """Renew leases in `queue` every so many `seconds`; None for a third of the time that one lasts."""
        self._queue = queue
        self._seconds = queue.lease_seconds / 3 if seconds is None else seconds
        self._held: dict[str, Turn] = {}
        self._good_until: dict[str, float] = {}
        self._idle: threading.Event | None = None
        self._loop_seen = 0.0

    @asynccontextmanager
    async def hold(self, turn: Turn) -> AsyncIterator[Lease]:
        """Hold the lease of `turn` while the block runs, and release it then unless it has ended.

        Log lines of the block name the turn and its thread.
        """
        thread = turn.question.thread
        with structlog.contextvars.bound_contextvars(
            turn=turn.id, workspace=thread.workspace, channel=thread.channel, thread=thread.ts
        ):
            held = turn.lease or ""
            self._held[held], self._good_until[held] = turn, turn.leased_until
            self._keep_beating()
            lease = Lease()
            try:
                yield lease
            finally:
                del self._held[held]
                self._good_until.pop(held, None)
                if not self._held and self._idle is not None:
                    self._idle.set()
                    self._idle = None
                if not lease.ended:
                    await finish_even_if_cancelled(self._queue.release(turn))

    def check(self, turn: Turn) -> None:
        """Raise LeaseLost where the lease with which `turn` was claimed is not good any more."""
        if turn.lease and time() > self._good_until.get(turn.lease, turn.leased_until):
            raise LeaseLost(f"turn {turn.id}")

    def _keep_beating(self) -> None:
        if self._idle is None:
            self._idle = threading.Event()
            self._note_loop(asyncio.get_running_loop(), self._idle)
            threading.Thread(target=self._beat, args=(self._idle,), name="leases", daemon=True).start()

    def _note_loop(self, loop: asyncio.AbstractEventLoop, idle: threading.Event) -> None:
        """Note that the event loop runs: the leases of one that hangs for good are left to other workers."""
        self._loop_seen = monotonic()
        if not idle.is_set():
            loop.call_later(1.0, self._note_loop, loop, idle)

    def _beat(self, idle: threading.Event) -> None:
        while not idle.wait(self._seconds):
            try:
                if monotonic() - self._loop_seen < HANGING_SECONDS:
                    asyncio.run(self._renew())
            except Exception as error:  # noqa: BLE001 (whatever the driver raises: the next beat may come through)
                log.warning("turn.lease_renewal_failed", turns=len(self._held), error=type(error).__name__)

    async def _renew(self) -> None:
        database = Database(self._queue.database.url)
        try:
            held = list(self._held.values())
            until, renewed = await replace(self._queue, database=database).renew_leases(held)
        finally:
            await database.dispose()
        for lease in [turn.lease or "" for turn in held]:
            self._good_until[lease] = until if lease in renewed else 0.0
            if lease not in self._held:  # released meanwhile
                self._good_until.pop(lease, None)


@dataclass(frozen=True)
class TurnWorker:
    """Works on recorded turns in the background, in the order in which they were asked in each thread."""

    queue: TurnQueue
    leases: TurnLeases
    replies: Replies
    answer_runner: AnswerRunner
    reply_recovery: ReplyRecovery
    posted_replies: PostedReplies
    notes: Notes
    background_tasks: BackgroundTasks
    meters: Meters

    def start(self, turn: Turn) -> None:
        """Begin to post the placeholder of a turn that was just recorded, and to work on its thread."""
        question = turn.question
        self.background_tasks.start(self._start(turn), f"question {question.thread.channel} {question.ts}")

    def resume(self, turn: Turn) -> None:
        """Begin to go on with a turn whose process died."""
        self.background_tasks.start(self._resume(turn), f"abandoned {turn.id}")

    def run_thread(self, thread: Thread, identity: str) -> None:
        """Begin to work on the turns of a thread, until none is left to this process."""
        self.background_tasks.start(
            self._run_thread(thread, identity), f"thread {thread.channel} {thread.ts}"
        )

    async def _start(self, turn: Turn) -> None:
        with suppress(RecordErased):
            await self._post_placeholder(turn)
            await self._run_thread(turn.question.thread, turn.identity)

    async def _resume(self, turn: Turn) -> None:
        if turn.state is not TurnState.RECORDED:
            await self._run_thread(turn.question.thread, turn.identity)
        elif (adopted := await self.queue.claim_unplaced(turn.id)) is not None:
            await self._start(adopted)

    async def _run_thread(self, thread: Thread, identity: str) -> None:
        with suppress(RecordErased):  # the bot was removed from the workspace meanwhile
            while turn := await self.queue.claim(thread, identity):
                await asyncio.gather(self._answer(turn), self._update_positions(turn))

    async def _post_placeholder(self, turn: Turn) -> None:
        async with self.leases.hold(turn) as lease:
            if turn.deaths >= MAX_DEATHS:
                lease.ended = await self._give_up(turn)
                return
            try:
                if turn.resumed:
                    turn = await self.reply_recovery.recover_messages(turn)
                placed = await self.queue.assign_position(turn)
                if placed is None:
                    lease.ended = await self.queue.finish(turn, TurnState.STOPPED)
                    self.meters.answers.labels("stopped").inc()
                    return
                turn = placed
                reply_ts = turn.reply_ts or await self._place(turn)
            except LeaseLost as error:
                log.warning("turn.lease_lost", reason=error.detail)
            except SlackError as error:
                if turn.may_wait_for(error, time()):
                    # Its lease is released, so it is resumed until Slack answers.
                    log.warning("reply.placeholder_postponed", turn=turn.id, reason=error.detail)
                    return
                log.warning("reply.placeholder_failed", turn=turn.id, reason=error.detail)
                await self.queue.finish(turn, TurnState.FAILED)
                self.meters.answers.labels("failed").inc()
                await self.notes.tell_refused(turn.question, error)
            else:
                self.meters.since(turn.asked_at, self.meters.placeholder)
                if not await self.queue.placeholder_posted(turn, reply_ts):
                    log.warning("turn.lease_lost", reason="after its placeholder was posted")
            lease.ended = True

    async def _give_up(self, turn: Turn) -> bool:
        """End a turn whose placeholder may be what kills processes, in a sentence beside the question."""
        code = new_incident()
        log.error("turn.given_up", incident=code, deaths=turn.deaths)
        ended = await self.queue.finish(turn, TurnState.FAILED)
        self.meters.answers.labels("failed").inc()
        await self.notes.tell_refused(turn.question, Unforeseen(code))
        return ended

    async def _place(self, turn: Turn) -> str:
        """Post the placeholder. Raises SlackError, after a crash too, so that it fails the turn for good."""
        try:
            return await self.replies.post_placeholder(turn)
        except BotError:
            raise
        except Exception as error:
            code = new_incident()
            log.exception("reply.placeholder_crashed", incident=code)
            raise SlackRefused(f"incident {code}") from error

    async def _answer(self, turn: Turn) -> None:
        async with self.leases.hold(turn) as lease:
            lease.ended = await self.answer_runner.run(turn)

    async def _update_positions(self, claimed: Turn) -> None:
        """Correct the placeholders of the questions that wait behind a claimed turn. Never fails."""
        if not claimed.others_wait:
            return
        try:
            for turn in await self.queue.changed_positions(claimed.question.thread, claimed.identity):
                waits = await self.queue.is_waiting(turn)
                if waits and await self.posted_replies.show_queue_position(turn):
                    await self.queue.save_position(turn)
        except BotError as error:
            log.info("queue_position.not_corrected", turn=claimed.id, reason=error.detail)
        except Exception:
            log.exception("queue_position.crashed", turn=claimed.id, incident=new_incident())
