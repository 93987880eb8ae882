"""The reply of a turn as the flows see it, and redrawing finished replies after an action."""

from dataclasses import replace
from typing import Protocol

import structlog

from bot.domain.conversations import (
    DEFAULT_FOOTER,
    Answer,
    AnswerState,
    Conversation,
    FooterState,
    MessageAuthor,
    finished_answer,
)
from bot.domain.errors import SlackError
from bot.domain.turns import Question, ShownMessages, Thread, Turn
from bot.store.turns import AnswerVersion, AnswerVersionStore, TurnStore

log = structlog.get_logger(__name__)


class Reply(Protocol):
    """The message that shows one answer."""

    def show(self, answer: Answer) -> None:
        """Show an answer on its way, as soon as there is room; never waits, and only the newest counts."""

    async def finish(self, answer: Answer, footer: FooterState = DEFAULT_FOOTER) -> ShownMessages:
        """Show an answer's end and return the messages that show it.

        Raises SlackError where it cannot be shown.
        """

    async def redraw(self, answer: Answer, footer: FooterState) -> None:
        """Draw the end of a finished answer again, with what can be done with it now.

        Raises SlackError where it cannot be shown.
        """

    async def delete_leftovers(self) -> tuple[str, ...]:
        """Take away leftover messages of the turn as far as there is room, and return those that are gone."""


class Replies(Protocol):
    """Opens replies and finds them again."""

    async def post_placeholder(self, turn: Turn) -> str:
        """Post the message that will show the answer and return its `ts`.

        Raises SlackError where it cannot be posted.
        """

    def for_turn(self, turn: Turn) -> Reply:
        """Return the reply of a turn whose message stands."""

    async def post_how_to(self, question: Question) -> None:
        """Answer somebody who asked nothing with a short how-to."""


class ReplyRedrawer:
    """Draws finished answers again; their text is the server's, how they stand is the store's."""

    def __init__(self, turns: TurnStore, answer_versions: AnswerVersionStore, replies: Replies) -> None:
        self._turns = turns
        self._answer_versions = answer_versions
        self._replies = replies

    async def footer_state(
        self, turn: Turn, *, deleted: bool = False, lost: bool = False, note: str = ""
    ) -> FooterState:
        """Return what the footer of a finished answer depends on now."""
        found = replace(await self._turns.footer_state(turn), is_lost=lost, is_deleted=deleted, note=note)
        # A lost answer is shown as its version that was saved last.
        return replace(found, earlier_versions=0) if lost else found

    async def redraw(
        self, turn: Turn, conversation: Conversation, *, deleted: bool = False, note: str = ""
    ) -> None:
        """Draw one finished answer of `conversation` again; one that the server lost, as it was kept.

        One that cannot be drawn keeps its old buttons: what they do is checked when they are pressed.
        """
        message = conversation.message(turn.message_id or "")
        if message is None:
            return
        lost = message.author is not MessageAuthor.BOT
        version = await self._answer_versions.latest(turn.id) if lost else None
        if lost and version is None:
            return
        answer = answer_from_version(turn, version) if version else finished_answer(message, conversation.id)
        footer = await self.footer_state(turn, deleted=deleted, lost=lost, note=note)
        try:
            await self._replies.for_turn(turn).redraw(answer, footer)
        except SlackError as error:
            log.info("reply.redraw_failed", turn=turn.id, reason=error.detail)

    async def redraw_newest(self, thread: Thread, identity: str, conversation: Conversation) -> None:
        """Draw the newest finished answer of a thread again."""
        finished = await self._turns.finished_for_identity(thread, identity)
        if finished:
            await self.redraw(finished[-1], conversation)

    async def redraw_with_newest(self, turn: Turn, conversation: Conversation) -> None:
        """Draw a finished answer again, and the newest of its thread, where people go on."""
        await self.redraw(turn, conversation)
        finished = await self._turns.finished_for_identity(turn.question.thread, turn.identity)
        if finished and finished[-1].id != turn.id:
            await self.redraw(finished[-1], conversation)

    async def redraw_before(self, turn: Turn, conversation: Conversation, *, everything: bool) -> None:
        """Draw the answer before `turn` again, which is the newest no more, or all before it."""
        finished = await self._turns.finished_for_identity(turn.question.thread, turn.identity)
        before = [each for each in finished if each.question.ts < turn.question.ts]
        for each in before if everything else before[-1:]:
            await self.redraw(each, conversation)

    async def redraw_all(self, turn: Turn, conversation: Conversation, *, deleted: bool = False) -> None:
        """Draw every finished answer of a turn's thread again."""
        for each in await self._turns.finished_for_identity(turn.question.thread, turn.identity):
            await self.redraw(each, conversation, deleted=deleted)


def answer_from_version(turn: Turn, version: AnswerVersion) -> Answer:
    """Return the answer of a turn as it was before the server was asked to write it anew."""
    return Answer(
        state=AnswerState.DONE,
        text=version.text,
        citations=version.citations,
        conversation_id=turn.conversation_id,
        message_id=turn.message_id,
    )
