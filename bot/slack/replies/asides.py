"""What the thread of a channel gets to see of answers that are given in private."""

from bot.domain.people import Copy
from bot.domain.turns import Thread
from bot.slack.directory import Directory
from bot.slack.outbox import Outbox
from bot.slack.render import asides
from bot.slack.render import shared as show


class AsideNotes:
    """Points to private answers, and posts them once their asker shares them."""

    def __init__(self, outbox: Outbox, directory: Directory, frontend: str) -> None:
        """Relative links of sources lead to `frontend`."""
        self._outbox = outbox
        self._directory = directory
        self._frontend = frontend

    async def point(self, asked_in: Thread, person: str, answered_in: Thread, first: bool) -> None:  # noqa: FBT001 (one of a kind in one call)
        """Say in a thread, with not a word of it, that `person` is answered in another one.

        The first time everybody sees that; from then on only the person. Raises SlackError.
        """
        link = await self._outbox.permalink(answered_in.channel, answered_in.ts)
        drawn = asides.pointer(person, link)
        if first:
            await self._outbox.post(asked_in, drawn)
        else:
            await self._outbox.whisper(asked_in.channel, person, drawn.text, asked_in.ts, drawn.blocks)

    async def post(self, copy: Copy, asked_in: Thread, person: str) -> None:
        """Post an answer with its sources for `person`. Raises ChannelClosed and SlackError."""
        await self._directory.open_to(asked_in.channel, person)
        for each in show.copy(copy, person, "", None, self._frontend):
            await self._outbox.post(asked_in, each)
