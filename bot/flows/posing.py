"""Asking for people who wrote no message: from a command, a shortcut, a form."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.domain.choices import NOTHING_OFFERED, Choices
from bot.domain.manner import NOTHING_CHOSEN, Manner
from bot.domain.questions import Question
from bot.domain.threads import Thread
from bot.flows.asking import Asking
from bot.flows.identities import Identities
from bot.flows.working import Work
from bot.store.threads import Threads


@dataclass(frozen=True, slots=True)
class About:
    """The message that a question is about, as plain text."""

    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Posed:
    """What somebody (a Slack user) asks; `text` is Slack markup.

    `channel` is a channel's id, or a person's for the bot's direct message with them; `thread_ts` names
    the thread in it, None where the question begins one. `offered` is what could be chosen when `manner`
    was, for the names in it.
    """

    workspace: str
    channel: str
    asker: str
    text: str
    thread_ts: str | None = None
    manner: Manner = NOTHING_CHOSEN
    about: About | None = None
    offered: Choices = NOTHING_OFFERED


class Posing:
    """Has a question written down where everybody sees it, and asks it."""

    def __init__(
        self,
        identities: Identities,
        asking: Asking,
        threads: Threads,
        write: Callable[[Posed], Awaitable[Question]],
    ) -> None:
        """Ask through `asking`; `write` posts a question and returns it with the post as its message."""
        self._identities = identities
        self._asking = asking
        self._threads = threads
        self._write = write

    async def begins(self, thread: Thread, person: str) -> bool:
        """Return whether a question of a Slack user in `thread` begins a conversation."""
        return await self._threads.conversation(thread, self._identities.of(person)) is None

    async def pose(self, posed: Posed) -> tuple[Question, Work | None]:
        """Write a question down and return it with the work that it makes.

        Raises NotAMember where the bot cannot write, SlackError beside.
        """
        question = await self._write(posed)
        return question, await self._asking.take(question, posed.manner)
