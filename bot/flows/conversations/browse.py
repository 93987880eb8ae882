"""Browsing one's conversations and reading one of them."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.domain.conversations import (
    ROWS,
    Citation,
    Conversation,
    Listed,
    Message,
    Page,
    Place,
    Reading,
    Row,
    Said,
    Shelf,
    Speaker,
)
from bot.domain.errors import NotOpen, RequestRefused, SearchRefused, SourcesAway
from bot.domain.turns import Thread, Turn
from bot.flows.accounts.identity import Identities
from bot.flows.actions.permissions import Accounts, Records
from bot.store.threads import Threads
from bot.store.turns import Turns

AT_ONCE = 100
"""Conversations, or messages of one, that the server gives in one call."""

CALLS = 20
"""Calls one list may cost; together they look through the newest 2,000 conversations of everybody."""

SAID = 10
"""Messages on a page of a conversation."""

SHOWN = {Speaker.USER, Speaker.BOT, Speaker.ERROR}

LONG_AGO = datetime.fromtimestamp(0, UTC)

Link = Callable[[str, str], Awaitable[str | None]]
"""Tells the address of the message `ts` of a channel, or None where Slack tells none."""


class Browsing:
    """Shows people conversations, and nobody what is not theirs.

    With linked accounts the server knows whose is what, and is asked as the person. Where one service user
    asks for everybody, what the server lists is everybody's: a person is shown those conversations whose
    thread they started in this workspace, and those shared with the PipesHub account that has their e-mail
    address. Nothing else is ever shown then: neither what others asked in private channels and direct
    messages, nor what the service user has from elsewhere.

    The server cannot list by Slack user, so its list is read in hundreds and sifted: a page costs one
    call for each hundred conversations there are (with `search`: that match), at most `CALLS`.
    """

    def __init__(
        self,
        records: Records,
        identities: Identities,
        threads: Threads,
        turns: Turns,
        accounts: Accounts,
        link: Link,
        is_public: Callable[[str], Awaitable[bool]],
    ) -> None:
        """Bring the parts together; `is_public` tells whether everybody in the workspace reads a channel."""
        self._records = records
        self._identities = identities
        self._threads = threads
        self._turns = turns
        self._accounts = accounts
        self._link = link
        self._is_public = is_public

    async def page(self, workspace: str, person: str, place: Place) -> Listed:
        """Return the page of a list at `place`, newest activity first, or its last page beyond the end.

        Raises SearchRefused for words the server does not search for, and PipesHubError.
        """
        identity = self._identities.of(person)
        own = await self._threads.started_by(workspace, person, identity)
        if self._identities.linked:
            found, complete = await self._sifted(identity, place, lambda _: True)
        elif place.shelf is Shelf.SHARED:
            account = await self._accounts.of(person)
            if account is None:
                return Listed(place, matched=False)
            found, complete = await self._sifted(identity, place, lambda each: _shared(each, account, own))
        elif own:
            enough = len(own) if place.shelf is Shelf.MINE else 0
            found, complete = await self._sifted(identity, place, lambda each: each.id in own, enough)
        else:
            return Listed(replace(place, number=1))
        found.sort(key=lambda each: each.last_activity_at or LONG_AGO, reverse=True)
        number = min(place.number, max(1, -(-len(found) // ROWS)))
        here = found[(number - 1) * ROWS : number * ROWS]
        rows = await asyncio.gather(*(self._row(identity, each, own.get(each.id)) for each in here))
        return Listed(replace(place, number=number), tuple(rows), len(found), complete)

    async def opened(self, workspace: str, person: str, conversation_id: str, number: int = 1) -> Reading:
        """Return a page of the messages of a conversation; page 1 holds the newest.

        Raises NotOpen where it is neither the person's own nor shared with them, and PipesHubError.
        """
        identity = self._identities.of(person)
        own = await self._threads.started_by(workspace, person, identity)
        block, place = divmod((number - 1) * SAID, AT_ONCE)
        conversation = await self._messages(identity, conversation_id, block + 1)
        if conversation_id not in own and not self._identities.linked:
            account = await self._accounts.of(person)
            if account is None or not _shared(conversation, account, own):
                raise NotOpen
        if conversation.is_archived:
            place = (number - 1) * SAID  # the archive gives all messages at once
        messages = [each for each in conversation.messages if each.speaker in SHOWN]
        end = max(0, len(messages) - place)
        earlier = end > SAID or await self._goes_on(identity, conversation, block)
        thread = own.get(conversation_id)
        return Reading(
            conversation=conversation,
            said=await self._said(identity, messages[max(0, end - SAID) : end], thread),
            number=number,
            earlier=earlier,
            link=await self._thread_link(thread, workspace, conversation_id),
        )

    async def _thread_link(self, own: Thread | None, workspace: str, conversation_id: str) -> str | None:
        """Return the address of a conversation's thread: somebody else's only where everybody may read it."""
        thread = own or await self._threads.of_conversation(workspace, conversation_id)
        if thread is None or not (own or await self._is_public(thread.channel)):
            return None
        return await self._link(thread.channel, thread.ts)

    async def of_turn(self, turn_id: str, person: str) -> str:
        """Return the id of the conversation of a person's own answer. Raises Refusal."""
        return (await self._records.owned(turn_id, person)).conversation_id or ""

    async def sources(self, turn_id: str, person: str) -> tuple[Citation, ...]:
        """Return the passages an answer rests on.

        Open to everybody, since Slack offers the button only to people who see the answer; but what an
        asker reads with an account of their own is for nobody else. Raises SourcesAway where the server
        does not tell them, Refusal and PipesHubError.
        """
        turn = await self._records.answered(turn_id)
        if turn.is_personal:
            turn = await self._records.owned(turn_id, person)
        message = await self._answer(turn)
        if message is None or not message.citations:
            raise SourcesAway
        return message.citations

    async def _answer(self, turn: Turn) -> Message | None:
        """Return the stored message of a turn, however far back in its conversation it is."""
        for number in range(1, CALLS + 1):
            conversation = await self._messages(turn.identity, turn.conversation_id or "", number)
            found = conversation.message(turn.message_id or "")
            if found is not None or conversation.is_archived or len(conversation.messages) < AT_ONCE:
                return found
        return None

    async def _sifted(
        self, identity: str, place: Place, wanted: Callable[[Conversation], bool], enough: int = 0
    ) -> tuple[list[Conversation], bool]:
        """Return what is wanted of a list, and whether the list ended; `enough` are all there can be."""
        found: dict[str, Conversation] = {}
        for number in range(1, CALLS + 1):
            page = await self._listed(identity, place, number)
            found |= {each.id: each for each in page.rows if wanted(each)}
            if not page.has_next or len(found) == enough > 0:
                return list(found.values()), True
        return list(found.values()), False

    async def _listed(self, identity: str, place: Place, number: int) -> Page:
        search = " ".join(place.search.replace("<", " ").replace(">", " ").split()) or None
        conversations = self._identities.conversations(identity)
        others = self._identities.linked and place.shelf is Shelf.SHARED
        try:
            if place.shelf is Shelf.ARCHIVED:
                return await conversations.list_archived(search=search, page=number, limit=AT_ONCE)
            return await conversations.list(
                search=search, source="shared" if others else "owned", page=number, limit=AT_ONCE
            )
        except RequestRefused as error:
            if search is None:
                raise
            raise SearchRefused from error

    async def _row(self, identity: str, conversation: Conversation, thread: Thread | None) -> Row:
        if thread is None:
            return Row(conversation)
        finished = await self._turns.finished(thread, identity)
        newest = finished[-1] if finished else None
        # A reply's address opens its thread; that of the first message only leads past it.
        link = await self._link(thread.channel, newest.reply_ts) if newest and newest.reply_ts else None
        link = link or await self._link(thread.channel, thread.ts)
        return Row(conversation, thread, link, newest.id if newest else None)

    async def _messages(self, identity: str, conversation_id: str, block: int) -> Conversation:
        conversations = self._identities.conversations(identity)
        return await conversations.get_by_id(conversation_id, page=block, limit=AT_ONCE)

    async def _goes_on(self, identity: str, conversation: Conversation, block: int) -> bool:
        """Return whether there are older messages than those of this call, which may have been the last."""
        if conversation.is_archived or len(conversation.messages) < AT_ONCE:
            return False
        return bool((await self._messages(identity, conversation.id, block + 2)).messages)

    async def _said(self, identity: str, messages: list[Message], thread: Thread | None) -> tuple[Said, ...]:
        """Say who asked, as far as the answers on record tell."""
        turns = await self._turns.finished(thread, identity) if thread else []
        askers = {turn.message_id: turn.question.asker for turn in turns if turn.message_id}
        following = [*messages[1:], None]
        return tuple(
            Said(each, askers.get(after.id) if after and each.speaker is Speaker.USER else None)
            for each, after in zip(messages, following, strict=True)
        )


def _shared(conversation: Conversation, account: str, own: Collection[str]) -> bool:
    """Return whether somebody else's conversation is shared with an account."""
    return conversation.id not in own and any(each.user_id == account for each in conversation.shared_with)


NEWEST = 10
"""Conversations that are recalled: as many as are read at a glance."""

RECENT_ROWS = 100
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
            page = await conversations.list(page=number, limit=RECENT_ROWS)
            found += [Recalled(begun[row.id], row) for row in page.rows if row.id in begun]
            if not page.has_next:
                break
        return found[:NEWEST]
