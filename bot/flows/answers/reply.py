"""Redrawing finished answers after an action, with what can be done with them now."""

from dataclasses import dataclass

import structlog

from bot.domain.conversations import (
    Answer,
    AnswerState,
    Conversation,
    FooterState,
    MessageAuthor,
    PrivateAnswerState,
    UnpromptedState,
    finished_answer,
)
from bot.domain.errors import SlackError
from bot.domain.turns import Thread, Turn
from bot.flows.ports import PostedReplies
from bot.store.answers import AnswerStore, AnswerVersion, FooterFacts

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ReplyRedrawer:
    """Redraws finished answers: their text is the server's, their footer follows from the store."""

    answers: AnswerStore
    posted_replies: PostedReplies

    async def redraw(self, turn: Turn, conversation: Conversation, *, with_newest: bool = False) -> None:
        """Redraw a finished answer, and the newest of its thread, where people go on, if that matters too."""
        facts = await self.answers.footer_facts(turn.question.thread, turn.identity)
        await self._redraw(turn, conversation, facts)
        if with_newest and facts.finished and facts.finished[-1].id != turn.id:
            await self._redraw(facts.finished[-1], conversation, facts)

    async def redraw_before(
        self, turn: Turn, conversation: Conversation, before: FooterFacts, *, everything: bool
    ) -> None:
        """Redraw the answer before `turn`, which is not the newest any more, or all before it.

        `before` are the facts from before `turn` was finished.
        """
        earlier = [each for each in before.finished if each.question.ts < turn.question.ts]
        if not earlier:
            return
        facts = await self.answers.footer_facts(turn.question.thread, turn.identity)
        for each in earlier if everything else earlier[-1:]:
            await self._redraw(each, conversation, facts)

    async def redraw_thread(
        self,
        thread: Thread,
        identity: str,
        conversation: Conversation,
        *,
        last: int = 0,
        deleted: bool = False,
    ) -> None:
        """Redraw the `last` finished answers of a thread, all of them for 0."""
        facts = await self.answers.footer_facts(thread, identity)
        for each in facts.finished[-last:]:
            await self._redraw(each, conversation, facts, deleted=deleted)

    async def _redraw(
        self, turn: Turn, conversation: Conversation, facts: FooterFacts, *, deleted: bool = False
    ) -> None:
        """Redraw one finished answer; one that the server lost, as it was kept.

        One that cannot be redrawn keeps its old buttons, which are checked when they are pressed.
        """
        message = conversation.message(turn.message_id or "")
        if message is None:
            return
        lost = message.author is not MessageAuthor.BOT
        version = await self.answers.latest_version(turn.id) if lost else None
        if lost and version is None:
            return
        answer = answer_from_version(turn, version) if version else finished_answer(message, conversation.id)
        try:
            footer = footer_state(turn, facts, deleted=deleted, lost=lost)
            await self.posted_replies.redraw(turn, answer, footer)
        except SlackError as error:
            log.info("reply.redraw_failed", turn=turn.id, reason=error.detail)


def footer_state(
    turn: Turn, facts: FooterFacts, *, deleted: bool = False, lost: bool = False, note: str = ""
) -> FooterState:
    """Return what the footer of a finished answer depends on."""
    private_answer = PrivateAnswerState.NONE
    if facts.shared is not None:
        private_answer = PrivateAnswerState.SHARED if turn.id in facts.shared else PrivateAnswerState.PRIVATE
    return FooterState(
        is_newest=all(each.question.ts <= turn.question.ts for each in facts.finished),
        archived=facts.archived,
        # What is shown of a lost answer is the version kept last.
        earlier_versions=0 if lost else facts.earlier_versions.get(turn.id, 0),
        is_lost=lost,
        is_deleted=deleted,
        note=note,
        private_answer=private_answer,
        unprompted=facts.unprompted,
        can_stop_replying=not turn.question.is_direct and facts.unprompted is not UnpromptedState.SILENCED,
    )


def answer_from_version(turn: Turn, version: AnswerVersion) -> Answer:
    """Return the answer of a turn as it was before it was regenerated."""
    return Answer(
        state=AnswerState.DONE,
        text=version.text,
        citations=version.citations,
        conversation_id=turn.conversation_id,
        message_id=turn.message_id,
    )
