"""Whether a press may do what it asks: the turn it is about, where it was pressed, and by whom."""

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass

from bot.domain.conversations import Conversation, Message, MessageAuthor
from bot.domain.errors import Reason, Refused
from bot.domain.turns import FINISHED_STATES, UNANSWERED_STATES, Thread, Turn, TurnState
from bot.flows.accounts.identity import Identities
from bot.flows.ports import Directory
from bot.store.threads import ThreadStore
from bot.store.turns import TurnStore

_checked_turn: ContextVar[Turn | None] = ContextVar("checked_turn", default=None)
"""The turn that this delivery's press check has loaded: what the press starts need not load it again."""


ENDING_WAIT = 2.0  # seconds within which the outcome of a reply that shows its ending is stored
ENDING_POLL = 0.1


@dataclass(frozen=True)
class AnswerLookup:
    """Finds the answer that a press is about and whose it is, and refuses presses that do not fit."""

    turns: TurnStore
    threads: ThreadStore
    identities: Identities
    directory: Directory

    async def check_place(
        self, turn_id: str, workspace: str, channel: str | None = None, thread_ts: str | None = None
    ) -> None:
        """Refuse a press or submission whose turn is another workspace's, channel's or thread's.

        Slack signs what it delivers, and values are the bot's own: one that does not fit was not drawn there.
        An unknown turn passes. Raises Refused (PRESSED_ELSEWHERE).
        """
        turn = await self.turns.get(turn_id)
        if turn is None:
            return
        thread = turn.question.thread
        drawn_there = channel in (None, thread.channel) and thread_ts in (None, thread.ts)
        if thread.workspace != workspace or not drawn_there:
            raise Refused(Reason.PRESSED_ELSEWHERE)
        _checked_turn.set(turn)

    async def turn(self, turn_id: str, within: float = ENDING_WAIT) -> Turn:
        """Return a turn, waiting `within` seconds for an ending that its reply shows to be stored too.

        A reply shows its ending a moment before that is stored, and a press can be quicker. A finished turn
        that the check of the press has just loaded is not loaded again. Raises Refused (NO_SUCH_TURN).
        """
        turn = _checked_turn.get()
        if turn is None or turn.id != turn_id or turn.state not in FINISHED_STATES:
            turn = await self.turns.get(turn_id)
        for _ in range(round(within / ENDING_POLL)):
            if turn is None or turn.state is not TurnState.RUNNING:
                break
            await asyncio.sleep(ENDING_POLL)
            turn = await self.turns.get(turn_id)
        if turn is None:
            raise Refused(Reason.NO_SUCH_TURN)
        return turn

    async def finished(self, turn_id: str) -> Turn:
        """Return a finished turn.

        Raises Refused: NO_SUCH_TURN where it is not on record, was stopped or failed, or where its
        conversation was deleted, STILL_WRITING where it is not finished.
        """
        turn = await self.turn(turn_id)
        if turn.state in UNANSWERED_STATES:
            raise Refused(Reason.NO_SUCH_TURN)
        if turn.state is not TurnState.DONE:
            raise Refused(Reason.STILL_WRITING)
        if turn.conversation_id is None:
            raise Refused(Reason.NO_SUCH_TURN)
        return turn

    async def owned(self, turn_id: str, person: str) -> Turn:
        """Return a finished turn of a conversation that `person` (a Slack user) started.

        Raises Refused (NOT_THE_OWNER, NOT_IN_ITS_CHANNEL) and what `finished` raises.
        """
        turn = await self.finished(turn_id)
        owner = await self.owner(turn)
        if owner != person:
            raise not_the_owner(owner)
        await self.check_can_read(turn.question.thread, person)
        return turn

    async def check_can_read(self, thread: Thread, person: str) -> None:
        """Refuse those who are not in the channel of a thread now. Raises Refused (NOT_IN_ITS_CHANNEL)."""
        if not await self.directory.can_read(thread.channel, person):
            raise Refused(Reason.NOT_IN_ITS_CHANNEL, channel=thread.channel)

    async def owner(self, turn: Turn) -> str | None:
        """Return the Slack user who started the conversation of a turn."""
        return await self.threads.find_owner(turn.question.thread, turn.identity)

    async def conversation(self, turn: Turn) -> Conversation:
        """Return the conversation of a finished turn with its newest messages. Raises PipesHubError."""
        return await self.identities.conversation(turn.identity, turn.conversation_id or "")

    async def stored_answer(self, turn: Turn) -> tuple[Conversation, Message]:
        """Return the conversation of a finished turn and its answer there.

        Raises PipesHubError, and Refused (NO_SUCH_TURN) where the server no longer has the answer.
        """
        conversation = await self.conversation(turn)
        message = conversation.message(turn.message_id or "")
        if message is None or message.author is not MessageAuthor.BOT:
            raise Refused(Reason.NO_SUCH_TURN)
        return conversation, message

    async def account_id(self, person: str) -> str | None:
        """Return the PipesHub user id of a Slack user, None where no account has their e-mail address.

        Raises SlackError and PipesHubError.
        """
        email = (await self.directory.find_user(person)).email
        people = self.identities.people(self.identities.identity_of(person))
        found = await people.find_by_emails([email]) if email else {}
        return found[email].id if email and email in found else None


def not_the_owner(owner: str | None) -> Refused:
    """Return the refusal of what only `owner` may do."""
    if not owner:
        return Refused(Reason.NOT_THE_OWNER_UNKNOWN)
    return Refused(Reason.NOT_THE_OWNER, owner=owner)
