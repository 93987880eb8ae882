"""Giving conversations other titles."""

from collections.abc import Awaitable, Callable

from bot.domain.errors import TitleRefused
from bot.domain.turns import Thread
from bot.flows.identities import Identities
from bot.flows.records import Records

LONGEST = 200
"""Characters of a title that the server takes."""


class Renaming:
    """Changes titles."""

    def __init__(
        self,
        records: Records,
        identities: Identities,
        name: Callable[[Thread, str], Awaitable[None]],
    ) -> None:
        """Bring the parts together; `name` gives a thread a title where Slack has titles, and never fails."""
        self._records = records
        self._identities = identities
        self._name = name

    async def check(self, turn_id: str, person: str) -> None:
        """Make sure that `person` may rename; asks the store alone. Raises Refusal."""
        await self._records.owned(turn_id, person)

    async def title(self, turn_id: str, person: str) -> str:
        """Return the present title, for the owner to change. Raises Refusal and PipesHubError."""
        turn = await self._records.owned(turn_id, person)
        return (await self._records.conversation(turn)).title

    async def rename(self, turn_id: str, person: str, title: str) -> str:
        """Rename the conversation of an answer, and its thread, for its owner; return the title it has now.

        Raises TitleRefused for a title the server does not take, Refusal and PipesHubError.
        """
        wanted = check(title)
        turn = await self._records.owned(turn_id, person)
        conversations = self._identities.conversations(turn.identity)
        await conversations.update_title(turn.conversation_id or "", title=wanted)
        await self._name(turn.question.thread, wanted)
        return wanted


def check(title: str) -> str:
    """Return a title without the space around it. Raises TitleRefused, which says what is wrong."""
    wanted = " ".join(title.split())
    if not wanted:
        raise TitleRefused("Please write a title.")
    if len(wanted) > LONGEST:
        raise TitleRefused(f"A title has at most {LONGEST} characters; this one has {len(wanted)}.")
    if "<" in wanted or ">" in wanted:
        raise TitleRefused("PipesHub takes no < or > in a title. Please leave them out.")
    return wanted
