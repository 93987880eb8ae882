"""Finding the answer to a question that may have been asked already.

The server goes on writing, and stores the answer, when a connection breaks or the bot's process dies.
It has no way to recognise a question that is sent twice, so it is asked what it has before anything
is sent again.
"""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime

from bot.domain.conversations import Conversation, Message, Speaker, Status
from bot.domain.errors import AnswerFailed, NotFound, WentQuiet
from bot.domain.events import Completed, Event, Failed, Opened, Progress
from bot.domain.turns import Turn
from bot.flows.identities import Identities
from bot.store.threads import Threads

POLL = 2.0
"""Seconds between looks at an answer that is still being written."""

PATIENCE = 600.0
"""Seconds until an answer that is still being written is given up: the server's own limit."""

NEWEST = 20
"""Conversations, and messages of a conversation, that are looked through."""

SKEW = 120.0
"""Seconds by which Slack's clock and the server's may differ."""

TITLE = 100
"""Characters of a question that a conversation's first title consists of (pipeshub's default title)."""


class Recovering:
    """Looks up what became of a question."""

    def __init__(
        self,
        identities: Identities,
        threads: Threads,
        poll: float = POLL,
        patience: float = PATIENCE,
    ) -> None:
        """Look every `poll` seconds and for `patience` seconds at most."""
        self._identities = identities
        self._threads = threads
        self._poll = poll
        self._patience = patience

    async def events(self, turn: Turn, text: str, conversation_id: str | None) -> AsyncGenerator[Event, None]:
        """Yield the ending of `turn`, which asked `text`, waiting for it while it is written.

        Yields nothing where the server never got the question. Raises PipesHubError where it does
        not tell.
        """
        found = conversation_id or await self._find(turn, text)
        if found is None:
            return
        try:
            asked, _ = _since(await self._look(turn.identity, found), turn, text)
        except NotFound:
            return
        if asked is None:
            return
        yield Opened(found)
        yield Progress("Picking up the answer where it was left…")
        conversation = await self.at_rest(turn.identity, found)
        if conversation is None:
            yield Failed(WentQuiet("the stored conversation stayed in progress"))
            return
        _, after = _since(conversation, turn, text)
        answer = next((each for each in reversed(after) if each.speaker is Speaker.BOT), None)
        if answer is None:
            yield Failed(AnswerFailed("the stored conversation has no answer"))
        else:
            yield Completed(conversation, answer)

    async def at_rest(self, identity: str, conversation_id: str) -> Conversation | None:
        """Return a conversation once no answer is being written in it, None where that takes too long.

        Raises PipesHubError.
        """
        for _ in range(int(self._patience / self._poll) + 1):
            conversation = await self._look(identity, conversation_id)
            if conversation.status is not Status.IN_PROGRESS:
                return conversation
            await asyncio.sleep(self._poll)
        return None

    async def _look(self, identity: str, conversation_id: str) -> Conversation:
        conversations = self._identities.conversations(identity)
        return await conversations.get_by_id(conversation_id, page=1, limit=NEWEST)

    async def _find(self, turn: Turn, text: str) -> str | None:
        """Return the conversation that `turn` began with `text`, which is no other thread's."""
        page = await self._identities.conversations(turn.identity).list(limit=NEWEST)
        title, workspace = _folded(text[:TITLE]), turn.question.thread.workspace
        for row in page.rows:
            if _folded(row.title) != title or _is_before(row.last_activity_at, turn):
                continue
            if await self._threads.of_conversation(workspace, row.id) is None:
                return row.id
        return None


def _since(conversation: Conversation, turn: Turn, text: str) -> tuple[Message | None, tuple[Message, ...]]:
    """Return the newest message of a user, if it is the question of `turn`, and what follows it."""
    for index in range(len(conversation.messages) - 1, -1, -1):
        message = conversation.messages[index]
        if message.speaker is Speaker.USER:
            same = _folded(message.content) == _folded(text) and not _is_before(message.created_at, turn)
            return (message if same else None), conversation.messages[index + 1 :]
    return None, ()


def _is_before(moment: datetime | None, turn: Turn) -> bool:
    """Return whether something is known to have happened before the question of `turn` was written."""
    return moment is not None and moment.timestamp() < float(turn.question.ts) - SKEW


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
