"""What PipesHub says to a turn, whichever way it has to be asked."""

from collections.abc import AsyncGenerator, Awaitable, Callable

from bot.domain.conversations import Event, Progress
from bot.domain.turns import Manner, Question, Thread, Turn, TurnState
from bot.flows.catching_up import CatchingUp
from bot.flows.identities import Identities
from bot.flows.recovering import Recovering
from bot.flows.rewriting import Rewriting
from bot.flows.sending import Sending
from bot.store.threads import Threads


class Consulting:
    """Asks, asks on, has written anew, or looks up what was asked already."""

    def __init__(
        self,
        identities: Identities,
        sending: Sending,
        recovering: Recovering,
        rewriting: Rewriting,
        catching_up: CatchingUp,
        threads: Threads,
        plain: Callable[[Question], Awaitable[str]],
        custom: Callable[[Thread], Awaitable[Manner]],
    ) -> None:
        """Bring the parts together.

        `plain` turns a question into the text that is sent; `custom` tells how questions are asked in a
        thread where nobody chose otherwise.
        """
        self._identities = identities
        self._sending = sending
        self._recovering = recovering
        self._rewriting = rewriting
        self._catching_up = catching_up
        self._threads = threads
        self._plain = plain
        self._custom = custom

    async def events(self, turn: Turn) -> AsyncGenerator[Event, None]:
        """Yield what the server says to `turn`. Raises PipesHubError where it does not begin."""
        manner = turn.manner.over(await self._custom(turn.question.thread))
        if turn.regenerates:
            async for event in self._rewriting.events(turn, manner):
                yield event
            return
        text = await self._plain(turn.question)
        conversation_id = await self._threads.conversation(turn.question.thread, turn.identity)
        if turn.state is TurnState.RUNNING:
            found = False
            async for event in self._recovering.events(turn, text, turn.conversation_id or conversation_id):
                found = True
                yield event
            if found:
                return
        for left in await self._recovering.unread(turn):
            yield Progress("Waiting for the answer before this one…")
            before = await self._plain(left.question)
            conversation_id = await self._recovering.settled(left, before, conversation_id)
        conversations = self._identities.conversations(turn.identity)
        text = await self._catching_up.text(turn, text)
        async with self._sending.ask(conversations, text, manner, conversation_id) as events:
            async for event in events:
                yield event
