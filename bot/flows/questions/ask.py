"""From a question to a recorded turn, also for questions asked by command, form or button."""

from asyncio import gather
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from bot.domain.channels import Audience
from bot.domain.errors import AskedAlready, NotLinked, SlackError
from bot.domain.turns import NOTHING_CHOSEN, Manner, Origin, Posed, Question, Thread
from bot.flows.accounts.identity import Identities
from bot.flows.actions.permissions import Records
from bot.flows.admission import Admitting
from bot.flows.answers.reply import Replies
from bot.flows.answers.worker import Work, Working
from bot.flows.questions.awaiting_account import Postponing
from bot.metrics import Meters
from bot.store.channels import Channels
from bot.store.claims import Begun, Claims
from bot.store.threads import Asides, Threads
from bot.store.turns import Turns

log = structlog.get_logger(__name__)


class Asking:
    """Takes questions, each once."""

    def __init__(
        self,
        identities: Identities,
        turns: Turns,
        threads: Threads,
        claims: Claims,
        replies: Replies,
        working: Working,
        postponing: Postponing,
        meters: Meters,
    ) -> None:
        self._identities = identities
        self._turns = turns
        self._threads = threads
        self._claims = claims
        self._replies = replies
        self._working = working
        self._postponing = postponing
        self._meters = meters

    async def take(self, question: Question, manner: Manner = NOTHING_CHOSEN) -> Work | None:
        """Record a question with what was chosen for it; return the work it makes, or None if it makes none.

        Returns within a few database calls, so that Slack can be acknowledged when the question is safe.
        The same question makes work once, however often it is delivered.
        """
        if not question.addressed and not (question.text and await self._threads.known(question.thread)):
            return None
        if not question.text:
            return self._explain(question)
        work = await self._recorded(question, manner)
        if work is None:
            return None
        surface = "direct" if question.thread.channel.startswith("D") else "channel"
        self._meters.questions.labels(surface).inc()
        return work

    async def _recorded(self, question: Question, manner: Manner) -> Work | None:
        try:
            await self._identities.ready(question.asker)
        except NotLinked:
            return await self._postponing.postpone(question, manner)
        turn = await self._turns.record(question, self._identities.of(question.asker), manner)
        return None if turn is None else self._working.begin(turn)

    async def _explain(self, question: Question) -> None:
        """Say how to ask, once, although a mention is delivered as two events."""
        thread = question.thread
        if await self._claims.first(f"how-to:{thread.workspace}:{thread.channel}:{question.ts}"):
            await self._replies.explain(question)


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


class Posing:
    """Has a question written down where those who may hear the answer see it, and asks it."""

    def __init__(
        self, identities: Identities, admitting: Admitting, confiding: Confiding, threads: Threads
    ) -> None:
        self._identities = identities
        self._admitting = admitting
        self._confiding = confiding
        self._threads = threads

    async def begins(self, thread: Thread, person: str) -> bool:
        """Return whether a question of a Slack user in `thread` begins a conversation."""
        return await self._threads.conversation(thread, self._identities.of(person)) is None

    async def pose(self, posed: Posed) -> tuple[Question, Work | None]:
        """Write a question down and return it with the work that it makes.

        Raises what `Admitting.check` raises, NotLinked, NotAMember where the bot cannot write, and SlackError
        beside.
        """
        await self._admitting.press(posed.workspace, posed.channel, posed.asker)
        await self._identities.ready(posed.asker)
        return await self._confiding.pose(posed)


SUGGESTED = "follow-up:"
"""How the keys of claims on suggested questions begin."""


class Following:
    """Asks a suggested question in the thread of its answer, once, for whoever presses first."""

    def __init__(self, records: Records, claims: Claims, posing: Posing) -> None:
        self._records = records
        self._claims = claims
        self._posing = posing

    async def follow(self, turn_id: str, number: int, text: str, person: str) -> Work | None:
        """Write a suggested question down in the name of `person` and return the work that it makes.

        `text` is Slack markup, `number` tells it from the others under the answer. Raises AskedAlready,
        what `Records.answered` raises, and SlackError, after which it can be asked again.
        """
        thread = (await self._records.answered(turn_id)).question.thread
        claim = f"{SUGGESTED}{turn_id}:{number}"
        if not await self._claims.first(claim):
            raise AskedAlready
        try:
            posed = Posed(thread.workspace, thread.channel, person, text, thread_ts=thread.ts)
            _, work = await self._posing.pose(posed)
        except BaseException:
            await self._claims.release(claim)
            raise
        return work
