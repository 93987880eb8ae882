"""What somebody asked lately."""

from dataclasses import dataclass

from bot.domain.conversations import Conversation
from bot.domain.turns import Thread
from bot.flows.identities import Identities
from bot.store.threads import Threads

NEWEST = 10
"""Conversations that are recalled: as many as are read at a glance."""

ROWS = 100
"""Conversations on one page of the server's list, its limit."""

PAGES = 3
"""Pages looked through: the list holds what everybody asked, and somebody waits for it."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """A conversation, as the server lists it, and the thread it was born in."""

    thread: Thread
    conversation: Conversation


class Recalling:
    """Finds the newest conversations of a person."""

    def __init__(self, threads: Threads, identities: Identities) -> None:
        self._threads = threads
        self._identities = identities

    async def newest(self, workspace: str, person: str) -> list[Recalled]:
        """Return the conversations that a Slack user started in a workspace, newest activity first.

        Archived ones are left out. Raises PipesHubError.
        """
        await self._identities.ready(person)
        identity = self._identities.of(person)
        conversations = self._identities.conversations(identity)
        begun = await self._threads.started_by(workspace, person, identity)
        found: list[Recalled] = []
        for number in range(1, PAGES + 1):
            if len(found) >= min(NEWEST, len(begun)):
                break
            page = await conversations.list(page=number, limit=ROWS)
            found += [Recalled(begun[row.id], row) for row in page.rows if row.id in begun]
            if not page.has_next:
                break
        return found[:NEWEST]
