"""Showing a private answer in the thread it was asked in."""

from collections.abc import Awaitable, Callable

from bot.domain.errors import NotPrivate, SharedAlready
from bot.domain.people import Copy
from bot.domain.turns import Thread
from bot.flows.records import Records
from bot.flows.redrawing import Redrawing
from bot.flows.sharing import Sharing
from bot.store.threads import Asides

Post = Callable[[Copy, Thread, str], Awaitable[None]]
"""Posts an answer in a thread of a channel, for a Slack user. Raises ChannelClosed and SlackError."""


class Revealing:
    """Posts a private answer, once, for the person who asked it and for nobody else."""

    def __init__(
        self, records: Records, sharing: Sharing, asides: Asides, redrawing: Redrawing, post: Post
    ) -> None:
        self._records = records
        self._sharing = sharing
        self._asides = asides
        self._redrawing = redrawing
        self._post = post

    async def reveal(self, turn_id: str, person: str) -> None:
        """Post an answer with its question and sources in the thread where it was asked.

        Raises NotTheOwner, NotPrivate, SharedAlready, other Refusals, SlackError and PipesHubError; after
        those last two it can be posted again.
        """
        turn = await self._records.owned(turn_id, person)
        thread = turn.question.thread
        origin = await self._asides.origin(thread)
        if origin is None or origin.ts is None:
            raise NotPrivate
        copy = await self._sharing.copy(turn_id, person)
        if not await self._asides.share(thread, turn_id):
            raise SharedAlready
        try:
            await self._post(copy, Thread(thread.workspace, origin.channel, origin.ts), person)
        except BaseException:
            await self._asides.unshare(thread, turn_id)
            raise
        await self._redrawing.redraw(turn, await self._records.conversation(turn))
