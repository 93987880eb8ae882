"""The inbox: a question is written down and acknowledged, then admitted and asked in the background."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.errors import BotError, Refused, SlackUnreachable, Unforeseen
from bot.domain.turns import MAX_AGE, MAX_DEATHS, Question
from bot.log import new_incident
from bot.store.inbox import InboxStore, ReceivedQuestion
from bot.tasks import BackgroundTasks

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 4  # attempts to ask a question, before its asker is told that it failed
RETRY_PAUSE = 5.0  # seconds until the second attempt; each further one waits three times as long
AT_ONCE = 8  # questions that are begun without a pause; a burst is acknowledged before it is worked on
START_PAUSE = 0.005  # seconds between the others

Take = Callable[[ReceivedQuestion], Awaitable[bool]]
"""Admits a question and asks it; returns whether it is recorded, which takes it out of the inbox.

Raises Refused, other BotErrors, and what else goes wrong.
"""

Tell = Callable[[Question, Exception], Awaitable[None]]
"""Tells the asker alone why a question is not answered; never fails."""


@dataclass(frozen=True)
class Taker:
    """What a workspace does with its received questions."""

    take: Take
    tell: Tell


class QuestionInbox:
    """The received questions of this process: one writer for all, and a task for each."""

    def __init__(self, store: InboxStore, background_tasks: BackgroundTasks) -> None:
        """Write to `store`, and ask in `background_tasks`."""
        self._store = store
        self._background_tasks = background_tasks
        self._adding: dict[str, tuple[ReceivedQuestion, asyncio.Future[None]]] = {}
        self._done: set[str] = set()
        self._writer: asyncio.Task[None] | None = None
        self._waiting = deque[tuple[ReceivedQuestion, Taker]]()
        self._is_starting = False
        self._held: set[str] = set()
        """The keys of those that wait or are being asked."""

    async def put(self, question: Question, taker: Taker, *, unprompted: bool = False) -> None:
        """Write a question down, once, and begin to ask it. Raises what the database raises."""
        received = ReceivedQuestion(question, unprompted, time.time())
        if received.key in self._held:
            return
        self._held.add(received.key)
        try:
            written = asyncio.get_running_loop().create_future()
            self._adding[received.key] = received, written
            self._write_soon()
            await written
        except BaseException:
            self._held.discard(received.key)
            raise
        self._begin(received, taker)

    async def abandoned(self) -> list[ReceivedQuestion]:
        """Return the questions whose process died or whose next attempt is due, and keep those held here."""
        if self._held:
            await self._store.renew(tuple(self._held))
        found = [each for each in await self._store.take_abandoned() if each.key not in self._held]
        too_old = {each.key for each in found if each.received_at < time.time() - MAX_AGE}
        if too_old:
            log.warning("inbox.questions_dropped", questions=len(too_old), hours=MAX_AGE / 3600)
            self._done |= too_old
            self._write_soon()
        return [each for each in found if each.key not in too_old]

    def resume(self, received: ReceivedQuestion, taker: Taker) -> None:
        """Begin to ask an abandoned question."""
        self._held.add(received.key)
        self._begin(received, taker)

    def _begin(self, received: ReceivedQuestion, taker: Taker) -> None:
        self._waiting.append((received, taker))
        if not self._is_starting:
            self._is_starting = True
            self._background_tasks.start(self._start_waiting(), "received questions")

    async def _start_waiting(self) -> None:
        """Start what waits; acknowledgements go first."""
        try:
            while self._waiting:
                while self._adding and self._writer is not None:
                    await asyncio.wait({self._writer})
                received, taker = self._waiting.popleft()
                thread = received.question.thread
                self._background_tasks.start(
                    self._ask(received, taker), f"received {thread.channel} {received.question.ts}"
                )
                await asyncio.sleep(START_PAUSE if len(self._held) > AT_ONCE else 0)
        finally:
            self._is_starting = False

    async def _ask(self, received: ReceivedQuestion, taker: Taker) -> None:
        thread = received.question.thread
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(
            workspace=thread.workspace, channel=thread.channel, thread=thread.ts
        )
        if received.deaths >= MAX_DEATHS:
            code = new_incident()
            log.error("inbox.question_given_up", incident=code, deaths=received.deaths)
            if received.deaths == MAX_DEATHS:  # and not where telling it ended with a dead process, too
                await taker.tell(received.question, Unforeseen(code))
            self._done.add(received.key)
            self._write_soon()
            return
        try:
            if await taker.take(received):
                self._held.discard(received.key)
                return
        except Refused as refusal:
            await taker.tell(received.question, refusal)
        except Exception as error:  # noqa: BLE001 (told below, bugs with their traceback)
            may_pass = isinstance(error, SlackUnreachable) or not isinstance(error, BotError)
            if may_pass and received.attempts + 1 < MAX_ATTEMPTS:
                await self._postpone(received, error)
                return
            await taker.tell(received.question, error)
        self._done.add(received.key)
        self._write_soon()

    async def _postpone(self, received: ReceivedQuestion, error: Exception) -> None:
        pause = RETRY_PAUSE * 3**received.attempts
        if isinstance(error, BotError | SQLAlchemyError):
            log.warning("inbox.question_postponed", seconds=pause, error=type(error).__name__)
        else:
            log.error("inbox.question_crashed", incident=new_incident(), seconds=pause, exc_info=error)
        self._held.discard(received.key)
        await self._store.postpone(received.key, time.time() + pause)

    def _write_soon(self) -> None:
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())

    async def _write(self) -> None:
        """Write what has come together since the last time, until nothing is left."""
        try:
            while self._adding or self._done:
                adding, self._adding = self._adding, {}
                done, self._done = self._done, set()
                try:
                    await self._store.write([received for received, _ in adding.values()], done)
                except Exception as error:  # noqa: BLE001 (handed on to those who wait for it)
                    for _, written in adding.values():
                        if not written.done():
                            written.set_exception(error)
                    if done:  # they are asked or refused already; taken up again, they come to nothing new
                        log.warning("inbox.not_tidied", questions=len(done), error=type(error).__name__)
                for _, written in adding.values():
                    if not written.done():
                        written.set_result(None)
                self._held -= done
        finally:
            self._writer = None
