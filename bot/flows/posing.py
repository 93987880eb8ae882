"""Asking for people who wrote no message: from a command, a shortcut, a form."""

from bot.domain.turns import Posed, Question, Thread
from bot.flows.admitting import Admitting
from bot.flows.confiding import Confiding
from bot.flows.identities import Identities
from bot.flows.working import Work
from bot.store.threads import Threads


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
