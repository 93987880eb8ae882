"""Whether a press may do what it asks: the turn it is about, where it was pressed, and by whom."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.domain.conversations import Conversation
from bot.domain.errors import Reason, Refused
from bot.domain.people import SlackUser
from bot.domain.turns import Turn, TurnState
from bot.flows.accounts.identity import Identities
from bot.store.threads import ThreadStore
from bot.store.turns import TurnStore


class PipesHubUserLookup:
    """Finds the PipesHub account that goes with a Slack user's e-mail address."""

    def __init__(self, identities: Identities, member: Callable[[str], Awaitable[SlackUser]]) -> None:
        """Bring the parts together; `member` tells who a Slack user is."""
        self._identities = identities
        self._member = member

    async def find(self, person: str) -> str | None:
        """Return the PipesHub user id of a Slack user, None where no account has their e-mail address.

        Raises SlackError and PipesHubError.
        """
        email = (await self._member(person)).email
        people = self._identities.people(self._identities.identity_of(person))
        found = await people.find_by_emails([email]) if email else {}
        return found[email].id if email and email in found else None


class PressCheck:
    """Refuses presses and submissions whose turn is another workspace's, channel's or thread's.

    Slack signs what it delivers, and values are the bot's own: one that does not fit was not drawn here.
    """

    def __init__(self, turns: TurnStore) -> None:
        self._turns = turns

    async def check(
        self, turn_id: str, workspace: str, channel: str | None = None, thread_ts: str | None = None
    ) -> None:
        """Compare a turn with where it is said to be, as far as that is known; one not on record passes.

        Raises Refused (PRESSED_ELSEWHERE).
        """
        turn = await self._turns.get(turn_id)
        if turn is None:
            return
        thread = turn.question.thread
        if thread.workspace != workspace or channel not in (None, thread.channel):
            raise Refused(Reason.PRESSED_ELSEWHERE)
        if thread_ts not in (None, thread.ts):
            raise Refused(Reason.PRESSED_ELSEWHERE)


NEWEST_MESSAGES = 100
"""Messages of a conversation that are looked through; the server gives no more at once."""


ENDING_WAIT = 2.0
"""Seconds within which the outcome of a reply that shows its ending is stored."""

ENDING_POLL = 0.1


async def turn_once_stored(turns: TurnStore, turn_id: str, within: float = ENDING_WAIT) -> Turn | None:
    """Return a turn, once an ending that its reply shows already is stored too, or `within` seconds are over.

    A reply shows its ending a moment before that is stored, so a quick press has to wait for a moment.
    """
    turn = await turns.get(turn_id)
    for _ in range(round(within / ENDING_POLL)):
        if turn is None or turn.state is not TurnState.RUNNING:
            break
        await asyncio.sleep(ENDING_POLL)
        turn = await turns.get(turn_id)
    return turn


class AnswerLookup:
    """Finds finished answers, for the flows that do something with them."""

    def __init__(self, turns: TurnStore, threads: ThreadStore, identities: Identities) -> None:
        self._turns = turns
        self._threads = threads
        self._identities = identities

    async def finished(self, turn_id: str) -> Turn:
        """Return a finished turn.

        Raises Refused: NO_SUCH_TURN where it is not on record, was stopped or failed, or where its
        conversation was deleted, STILL_WRITING where it is not finished.
        """
        turn = await turn_once_stored(self._turns, turn_id)
        if turn is None or turn.state in {TurnState.FAILED, TurnState.BROKEN, TurnState.STOPPED}:
            raise Refused(Reason.NO_SUCH_TURN)
        if turn.state is not TurnState.DONE:
            raise Refused(Reason.STILL_WRITING)
        if turn.conversation_id is None:
            raise Refused(Reason.NO_SUCH_TURN)
        return turn

    async def owned(self, turn_id: str, person: str) -> Turn:
        """Return a finished turn of a conversation that `person` (a Slack user) started.

        Raises Refused (NOT_THE_OWNER) beside what `finished` raises.
        """
        turn = await self.finished(turn_id)
        owner = await self.owner(turn)
        if owner != person:
            raise _not_the_owner(owner)
        return turn

    async def owner(self, turn: Turn) -> str | None:
        """Return the Slack user who started the conversation of a turn."""
        return await self._threads.find_owner(turn.question.thread, turn.identity)

    async def conversation(self, turn: Turn) -> Conversation:
        """Return the conversation of a finished turn with its newest messages. Raises PipesHubError."""
        conversations = self._identities.conversations(turn.identity)
        return await conversations.get_by_id(turn.conversation_id or "", page=1, limit=NEWEST_MESSAGES)


def _not_the_owner(owner: str | None) -> Refused:
    if not owner:
        return Refused(Reason.NOT_THE_OWNER_UNKNOWN)
    return Refused(Reason.NOT_THE_OWNER, owner=owner)


def _no_write_access(owner: str | None) -> Refused:
    if not owner:
        return Refused(Reason.NO_WRITE_ACCESS_OWNER_UNKNOWN)
    return Refused(Reason.NO_WRITE_ACCESS, owner=owner)


class RegeneratePermission:
    """Lets who started a conversation write in it, and the people it is shared with at the level `write`."""

    def __init__(self, answer_lookup: AnswerLookup, user_lookup: PipesHubUserLookup) -> None:
        self._answer_lookup = answer_lookup
        self._user_lookup = user_lookup

    async def check(self, turn_id: str, person: str) -> Turn:
        """Return a finished turn that `person` (a Slack user) may have written anew.

        Who started the conversation is known here; of everybody else the server is asked each time, since
        access can be taken back. Nobody acts with somebody else's own account. Raises Refused,
        SlackError and PipesHubError.
        """
        turn = await self._answer_lookup.finished(turn_id)
        owner = await self._answer_lookup.owner(turn)
        if person != owner and turn.is_personal:
            raise _not_the_owner(owner)
        if person != owner and not await self._has_write_access(turn, person):
            raise _no_write_access(owner)
        return turn

    async def _has_write_access(self, turn: Turn, person: str) -> bool:
        account = await self._user_lookup.find(person)
        if account is None:
            return False
        shared_with = (await self._answer_lookup.conversation(turn)).shared_with
        return any(each.user_id == account and each.level == "write" for each in shared_with)
