"""The reply of a turn as the flows see it, and redrawing finished replies after an action."""

from typing import Protocol

import structlog

from bot.domain.conversations import (
    STANDS_ALONE,
    Answer,
    Aside,
    Conversation,
    Speaker,
    Standing,
    State,
    Unprompted,
    stored,
)
from bot.domain.errors import SlackError
from bot.domain.turns import Question, Shown, Thread, Turn
from bot.store.threads import Asides, Overheard, Threads
from bot.store.turns import Turns, Version, Versions

log = structlog.get_logger(__name__)


class Reply(Protocol):
    """The message that shows one answer."""

    def show(self, answer: Answer) -> None:
        """Show an answer on its way, as soon as there is room; never waits, and only the newest counts."""

    async def finish(self, answer: Answer, standing: Standing = STANDS_ALONE) -> Shown:
        """Show an answer's end and return the messages that show it.

        Raises SlackError where it cannot be shown.
        """

    async def redraw(self, answer: Answer, standing: Standing) -> None:
        """Draw the end of a finished answer again, with what can be done with it now.

        Raises SlackError where it cannot be shown.
        """

    async def clear(self) -> tuple[str, ...]:
        """Take away leftover messages of the turn as far as there is room, and return those that are gone."""


class Replies(Protocol):
    """Opens replies and finds them again."""

    async def place(self, turn: Turn) -> str:
        """Post the message that will show the answer and return its `ts`.

        Raises SlackError where it cannot be posted.
        """

    def of(self, turn: Turn) -> Reply:
        """Return the reply of a turn whose message stands."""

    async def explain(self, question: Question) -> None:
        """Answer somebody who asked nothing with a short how-to."""


class Redrawing:
    """Draws finished answers again; their text is the server's, how they stand is the store's."""

    def __init__(
        self,
        turns: Turns,
        threads: Threads,
        versions: Versions,
        asides: Asides,
        heard: Overheard,
        replies: Replies,
    ) -> None:
        self._turns = turns
        self._threads = threads
        self._versions = versions
        self._asides = asides
        self._heard = heard
        self._replies = replies

    async def standing(
        self, turn: Turn, *, deleted: bool = False, lost: bool = False, note: str = ""
    ) -> Standing:
        """Return how a finished answer stands now."""
        thread, identity = turn.question.thread, turn.identity
        finished = await self._turns.finished(thread, identity)
        return Standing(
            newest=all(each.question.ts <= turn.question.ts for each in finished),
            archived=await self._threads.archived(thread, identity),
            # What is shown of a lost answer is the version kept last.
            earlier=0 if lost else await self._versions.count(turn.id),
            lost=lost,
            deleted=deleted,
            note=note,
            aside=await self._aside(turn),
            unprompted=await self._unprompted(thread),
        )

    async def _aside(self, turn: Turn) -> Aside:
        thread = turn.question.thread
        origin = await self._asides.origin(thread)
        if origin is None or origin.ts is None:
            return Aside.NONE
        return Aside.SHARED if await self._asides.shared(thread, turn.id) else Aside.PRIVATE

    async def _unprompted(self, thread: Thread) -> Unprompted:
        origin = await self._asides.origin(thread)
        if origin is not None and origin.ts is not None:
            thread = Thread(thread.workspace, origin.channel, origin.ts)
        heard = await self._heard.of(thread)
        if heard is None:
            return Unprompted.NOT
        return Unprompted.SILENCED if heard.is_silenced else Unprompted.TALKING

    async def redraw(
        self, turn: Turn, conversation: Conversation, *, deleted: bool = False, note: str = ""
    ) -> None:
        """Draw one finished answer of `conversation` again; one that the server lost, as it was kept.

        One that cannot be drawn keeps its old buttons: what they do is checked when they are pressed.
        """
        message = conversation.message(turn.message_id or "")
        if message is None:
            return
        lost = message.speaker is not Speaker.BOT
        version = await self._versions.last(turn.id) if lost else None
        if lost and version is None:
            return
        answer = kept(turn, version) if version else stored(message, conversation.id)
        standing = await self.standing(turn, deleted=deleted, lost=lost, note=note)
        try:
            await self._replies.of(turn).redraw(answer, standing)
        except SlackError as error:
            log.info("a reply could not be drawn again", turn=turn.id, reason=error.detail)

    async def redraw_newest(self, thread: Thread, identity: str, conversation: Conversation) -> None:
        """Draw the newest finished answer of a thread again."""
        finished = await self._turns.finished(thread, identity)
        if finished:
            await self.redraw(finished[-1], conversation)

    async def redraw_with_newest(self, turn: Turn, conversation: Conversation) -> None:
        """Draw a finished answer again, and the newest of its thread, where people go on."""
        await self.redraw(turn, conversation)
        finished = await self._turns.finished(turn.question.thread, turn.identity)
        if finished and finished[-1].id != turn.id:
            await self.redraw(finished[-1], conversation)

    async def redraw_before(self, turn: Turn, conversation: Conversation, *, everything: bool) -> None:
        """Draw the answer before `turn` again, which is the newest no more, or all before it."""
        finished = await self._turns.finished(turn.question.thread, turn.identity)
        before = [each for each in finished if each.question.ts < turn.question.ts]
        for each in before if everything else before[-1:]:
            await self.redraw(each, conversation)

    async def redraw_all(self, turn: Turn, conversation: Conversation, *, deleted: bool = False) -> None:
        """Draw every finished answer of a turn's thread again."""
        for each in await self._turns.finished(turn.question.thread, turn.identity):
            await self.redraw(each, conversation, deleted=deleted)


def kept(turn: Turn, version: Version) -> Answer:
    """Return the answer of a turn as it was before the server was asked to write it anew."""
    return Answer(
        state=State.DONE,
        text=version.text,
        citations=version.citations,
        conversation_id=turn.conversation_id,
        message_id=turn.message_id,
    )
