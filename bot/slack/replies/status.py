"""What the bot is doing, said by Slack itself below a thread while there is no text to show."""

import asyncio
from collections.abc import Callable

import structlog

from bot.domain.conversations import STANDS_ALONE, Answer, Standing
from bot.domain.errors import SlackError, SlackRefused
from bot.domain.turns import Question, Shown, Thread, Turn
from bot.flows.answers.reply import Replies, Reply
from bot.slack.outbox import Outbox

log = structlog.get_logger(__name__)

PAUSE = 1.0
"""Seconds between two states of one thread; sooner nobody could read them."""

PATIENCE = 3.0
"""Seconds for one call, since the end of a turn waits for it."""


class AnnouncedReplies:
    """Adds Slack's own status to the replies in direct messages.

    In channels it is left out: there the placeholder says the same to everybody, under the question.
    """

    def __init__(self, replies: Replies, outbox: Outbox) -> None:
        """Open replies as `replies` does."""
        self._replies = replies
        self._outbox = outbox
        self._refused: set[str] = set()

    async def place(self, turn: Turn) -> str:
        """Post the message that will show the answer and return its `ts`."""
        return await self._replies.place(turn)

    def of(self, turn: Turn) -> Reply:
        """Return the reply of a turn."""
        reply = self._replies.of(turn)
        thread = turn.question.thread
        if not thread.channel.startswith("D") or thread.workspace in self._refused:
            return reply
        return _Announced(reply, _Status(self._outbox, thread, lambda: self._refused.add(thread.workspace)))

    async def explain(self, question: Question) -> None:
        """Answer somebody who asked nothing with a short how-to."""
        await self._replies.explain(question)


class _Announced:
    """A reply whose thread says what is done for it."""

    def __init__(self, reply: Reply, status: "_Status") -> None:
        self._reply = reply
        self._status = status

    def show(self, answer: Answer) -> None:
        self._reply.show(answer)
        self._status.say("" if answer.text else sentence(answer.doing))

    async def finish(self, answer: Answer, standing: Standing = STANDS_ALONE) -> Shown:
        shown, _ = await asyncio.gather(self._reply.finish(answer, standing), self._status.end())
        return shown

    async def redraw(self, answer: Answer, standing: Standing) -> None:
        await self._reply.redraw(answer, standing)

    async def clear(self) -> tuple[str, ...]:
        return await self._reply.clear()


class _Status:
    """The status of one thread, set by one task at a time, so that none comes after its end."""

    def __init__(self, outbox: Outbox, thread: Thread, refused: Callable[[], None]) -> None:
        self._outbox = outbox
        self._thread = thread
        self._refused = refused
        self._wanted = ""
        self._said = ""
        self._teller: asyncio.Task[None] | None = None
        self._calling = False
        self._ended = False

    def say(self, status: str) -> None:
        """Say `status` soon; an empty one takes away what was said."""
        self._wanted = status
        if status != self._said and not self._ended and (self._teller is None or self._teller.done()):
            self._teller = asyncio.create_task(self._tell())

    async def end(self) -> None:
        """Take away what was said, after a call that is under way: an edit does not do that."""
        self._ended = True
        if self._teller is not None:
            if not self._calling:
                self._teller.cancel()
            await asyncio.wait([self._teller])
        if self._said:
            await self._set("")

    async def _tell(self) -> None:
        while self._wanted != self._said:
            await self._set(self._wanted)
            if self._ended:
                return
            await asyncio.sleep(PAUSE)

    async def _set(self, status: str) -> None:
        self._calling = True
        self._said = status
        try:
            async with asyncio.timeout(PATIENCE):
                await self._outbox.set_status(self._thread, status)
        except SlackRefused as error:
            log.info("no status in this workspace", reason=error.detail)
            self._said, self._ended = "", True
            self._refused()
        except (SlackError, TimeoutError) as error:
            log.info("a status is left out", reason=getattr(error, "detail", "it took too long"))
        finally:
            self._calling = False


def sentence(doing: str) -> str:
    """Return what is being done as Slack says it after the bot's name: "is searching …"."""
    if not doing:
        return ""
    first = doing.split(maxsplit=1)[0]
    if first.endswith("ing"):
        return f"is {doing[0].lower()}{doing[1:]}…"
    return f"is at work: {doing}"
