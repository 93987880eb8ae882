"""Answering in private what was asked in a channel that wants it so."""

from asyncio import gather
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from bot.domain.channels import Audience
from bot.domain.errors import SlackError
from bot.domain.turns import Origin, Posed, Question, Thread
from bot.flows.asking import Asking
from bot.flows.working import Work
from bot.store.channels import Channels
from bot.store.claims import Begun, Claims
from bot.store.threads import Asides

log = structlog.get_logger(__name__)

Point = Callable[[Thread, str, Thread, bool], Awaitable[None]]
"""Says in a thread, to everybody or with False to one person, that a person is answered in another one."""


class Confiding:
    """Has questions written down where their answers are to stand, and asks them there."""

    def __init__(
        self,
        channels: Channels,
        asides: Asides,
        claims: Claims,
        asking: Asking,
        write: Callable[[Posed], Awaitable[Question]],
        point: Point,
    ) -> None:
        """Bring the parts together; `write` posts a question and returns it with the post as its message."""
        self._channels = channels
        self._asides = asides
        self._claims = claims
        self._asking = asking
        self._write = write
        self._point = point

    async def take(self, question: Question) -> Work | None:
        """Ask in private what somebody wrote in a channel, once; return the work that it makes.

        Raises SlackError where it cannot be written down.
        """
        thread = question.thread
        key = f"aside:{thread.workspace}:{thread.channel}:{question.ts}"
        if await self._claims.begin(key) is not Begun.FIRST:
            return None
        try:
            _, work = await self.pose(
                Posed(thread.workspace, thread.channel, question.asker, question.text, thread_ts=thread.ts)
            )
        except BaseException:
            await self._claims.release(key)
            raise
        await self._claims.done(key)
        return work

    async def pose(self, posed: Posed) -> tuple[Question, Work | None]:
        """Write a question down, where it is asked or in private, and return it with the work it makes."""
        origin = await self._origin(posed)
        if origin is None:
            question = await self._write(posed)
            return question, await self._asking.take(question, posed.manner)
        asked_in = Thread(posed.workspace, origin.channel, origin.ts) if origin.ts else None
        thread = await self._asides.of(asked_in, posed.asker) if asked_in else None
        question = await self._write(
            replace(
                posed,
                channel=thread.channel if thread else posed.asker,
                thread_ts=thread.ts if thread else None,
                origin=origin,
            )
        )
        if thread is None:
            await self._asides.begin(question.thread, posed.asker, origin)
        work = await self._asking.take(question, posed.manner)
        if work is not None and asked_in is not None:
            work = self._pointed(work, asked_in, question, first=thread is None)
        return question, work

    async def _origin(self, posed: Posed) -> Origin | None:
        """Return where a question is asked that is answered elsewhere, None where it stays."""
        if not posed.channel.startswith(("C", "G")):
            return None
        settings = await self._channels.settings(posed.workspace, posed.channel)
        return Origin(posed.channel, posed.thread_ts) if settings.audience is Audience.PRIVATE else None

    async def _pointed(self, work: Work, asked_in: Thread, question: Question, *, first: bool) -> None:
        async def point() -> None:
            try:
                await self._point(asked_in, question.asker, question.thread, first)
            except SlackError as error:
                log.info("nothing points to a private answer", reason=error.detail)

        await gather(work, point())
