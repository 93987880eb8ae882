"""Finding the answer to a question that may have been asked already.

The server goes on writing, and stores the answer, when a connection breaks or the bot's process dies.
It has no way to recognise a question that is sent twice, so it is asked what it has before anything
is sent again.
"""

import asyncio
from collections.abc import AsyncGenerator

from bot.domain.conversations import Conversation, Message, Speaker, Status
from bot.domain.errors import AnswerFailed, NotFound, WentQuiet
from bot.domain.events import Completed, Event, Failed, Opened, Progress
from bot.pipeshub.client import Conversations

POLL = 2.0
"""Seconds between looks at an answer that is still being written."""

PATIENCE = 600.0
"""Seconds until an answer that is still being written is given up: the server's own limit."""

NEWEST = 20
"""Conversations, and messages of a conversation, that are looked through."""

TITLE = 100
"""Characters of a question that a conversation's first title consists of (pipeshub's default title)."""


class Recovering:
    """Looks up what became of a question."""

    def __init__(self, conversations: Conversations, poll: float = POLL, patience: float = PATIENCE) -> None:
        """Ask `conversations`, every `poll` seconds and for `patience` seconds at most."""
        self._conversations = conversations
        self._poll = poll
        self._patience = patience

    async def events(self, text: str, conversation_id: str | None) -> AsyncGenerator[Event, None]:
        """Yield the ending of the turn that asked `text`, waiting for it while it is written.

        Yields nothing where the server never got the question. Raises PipesHubError where it does
        not tell.
        """
        found = conversation_id or await self._find(text)
        if found is None:
            return
        for look in range(int(self._patience / self._poll) + 1):
            if look:
                await asyncio.sleep(self._poll)
            try:
                conversation = await self._conversations.get_by_id(found, page=1, limit=NEWEST)
            except NotFound:
                return
            asked, after = _since(conversation, text)
            if asked is None:
                return
            if not look:
                yield Opened(found)
                yield Progress("Picking up the answer where it was left…")
            answer = next((each for each in reversed(after) if each.speaker is Speaker.BOT), None)
            if answer is not None:
                yield Completed(conversation, answer)
                return
            if conversation.status is not Status.IN_PROGRESS:
                yield Failed(AnswerFailed("the stored conversation has no answer"))
                return
        yield Failed(WentQuiet("the stored conversation stayed in progress"))

    async def _find(self, text: str) -> str | None:
        page = await self._conversations.list(limit=NEWEST)
        title = _folded(text[:TITLE])
        return next((each.id for each in page.rows if _folded(each.title) == title), None)


def _since(conversation: Conversation, text: str) -> tuple[Message | None, tuple[Message, ...]]:
    """Return the newest message of a user, if it asks `text`, and what follows it."""
    for index in range(len(conversation.messages) - 1, -1, -1):
        message = conversation.messages[index]
        if message.speaker is Speaker.USER:
            return (message if _folded(message.content) == _folded(text) else None), conversation.messages[
                index + 1 :
            ]
    return None, ()


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
