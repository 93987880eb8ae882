"""Browsing one's conversations and reading one of them."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise

from bot.domain.conversations import (
    CONVERSATIONS_PER_PAGE,
    Citation,
    Conversation,
    ConversationList,
    ConversationListPage,
    ConversationPage,
    ListedConversation,
    ListPosition,
    Message,
    MessageAuthor,
    TranscriptPage,
)
from bot.domain.errors import Reason, Refused, RequestRefused
from bot.domain.turns import Thread, Turn, TurnState
from bot.flows.accounts.identity import PAGE_SIZE, Identities
from bot.flows.actions.permissions import AnswerLookup
from bot.flows.ports import Chat, Directory
from bot.store.threads import ThreadStore
from bot.store.turns import TurnStore

MAX_API_CALLS = 20
"""Calls that one list may cost: they look through the newest 2,000 conversations of everybody."""

CHANNELS_AT_ONCE = 8  # channels that Slack is asked about at the same time
MAX_RECENT = 10  # the newest conversations that a command lists
MAX_RECENT_PAGES = 3  # calls for them while a person waits: the list holds what everybody asked
MESSAGES_PER_PAGE = 10  # messages on a page of a conversation
SHOWN_AUTHORS = {MessageAuthor.USER, MessageAuthor.BOT, MessageAuthor.ERROR}

EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class BrowseService:
    """Lists and shows people their conversations, and those shared with them.

    With linked accounts the server knows whose is what, and is asked as the person. Where one service user
    asks for everybody, its list is everybody's: a person is shown those conversations whose thread they
    started in this workspace, and those shared with the PipesHub account that has their e-mail address.

    The server cannot list by Slack user, so its list is read and filtered in pages of a hundred: a page
    costs a call for each hundred conversations (with `search`: that match), at most `MAX_API_CALLS`.
    """

    answer_lookup: AnswerLookup
    identities: Identities
    threads: ThreadStore
    turns: TurnStore
    chat: Chat
    directory: Directory

    async def list_page(self, workspace: str, person: str, position: ListPosition) -> ConversationListPage:
        """Return the page of a list at `position`, newest activity first, or its last page beyond the end.

        Raises Refused for words the server does not search for, and PipesHubError.
        """
        identity = self.identities.identity_of(person)
        own, hidden = await self._own(workspace, person, identity)
        if self.identities.links_accounts:
            found, complete = await self._collect(identity, position, lambda each: each.id not in hidden)
        elif position.conversation_list is ConversationList.SHARED:
            account = await self.answer_lookup.account_id(person)
            if account is None:
                return ConversationListPage(position, has_account=False)
            found, complete = await self._collect(
                identity, position, lambda each: each.id not in hidden and _is_shared_with(each, account, own)
            )
        elif own:
            enough = len(own) if position.conversation_list is ConversationList.MINE else 0
            found, complete = await self._collect(identity, position, lambda each: each.id in own, enough)
        else:
            return ConversationListPage(replace(position, page=1))
        found.sort(key=lambda each: each.last_activity_at or EPOCH, reverse=True)
        number = min(position.page, max(1, -(-len(found) // CONVERSATIONS_PER_PAGE)))
        here = found[(number - 1) * CONVERSATIONS_PER_PAGE : number * CONVERSATIONS_PER_PAGE]
        rows = await asyncio.gather(
            *(self._listed_conversation(identity, each, own.get(each.id)) for each in here)
        )
        return ConversationListPage(replace(position, page=number), tuple(rows), len(found), complete)

    async def newest(self, workspace: str, person: str) -> list[tuple[Thread, Conversation]]:
        """Return the conversations that a Slack user started in a workspace, newest activity first.

        Archived ones are left out. Raises PipesHubError.
        """
        await self.identities.require_linked(person)
        identity = self.identities.identity_of(person)
        own, _ = await self._own(workspace, person, identity)
        found: list[tuple[Thread, Conversation]] = []
        for number in range(1, MAX_RECENT_PAGES + 1):
            if len(found) >= min(MAX_RECENT, len(own)):
                break
            page = await self.identities.conversations(identity).list(page=number, limit=PAGE_SIZE)
            found += [(own[each.id], each) for each in page.conversations if each.id in own]
            if not page.has_next:
                break
        return found[:MAX_RECENT]

    async def transcript_page(
        self, workspace: str, person: str, conversation_id: str, number: int = 1
    ) -> TranscriptPage:
        """Return a page of the messages of a conversation; page 1 holds the newest.

        Raises Refused where it is neither the person's own nor shared with them, and PipesHubError.
        """
        identity = self.identities.identity_of(person)
        own = await self.threads.find_started_by(workspace, person, identity)
        if conversation_id in own:
            await self.answer_lookup.check_can_read(own[conversation_id], person)
        block, offset = divmod((number - 1) * MESSAGES_PER_PAGE, PAGE_SIZE)
        conversation = await self.identities.conversation(identity, conversation_id, block + 1)
        if conversation_id not in own and not self.identities.links_accounts:
            account = await self.answer_lookup.account_id(person)
            if account is None or not _is_shared_with(conversation, account, own):
                raise Refused(Reason.CONVERSATION_NOT_ACCESSIBLE)
        if conversation.is_archived:
            offset = (number - 1) * MESSAGES_PER_PAGE  # the archive gives all messages at once
        messages = tuple(each for each in conversation.messages if each.author in SHOWN_AUTHORS)
        end = max(0, len(messages) - offset)
        earlier = end > MESSAGES_PER_PAGE or await self._has_older_messages(identity, conversation, block)
        messages = messages[max(0, end - MESSAGES_PER_PAGE) : end]
        thread = own.get(conversation_id)
        return TranscriptPage(
            conversation,
            messages,
            await self._askers(identity, messages, thread),
            page=number,
            has_earlier=earlier,
            link=await self._thread_link(thread, workspace, conversation_id),
        )

    async def _own(self, workspace: str, person: str, identity: str) -> tuple[dict[str, Thread], set[str]]:
        """Return the threads of a person's conversations by their ids, and the ids of hidden ones.

        Those are hidden that belong to a channel in which the person is not any more.
        """
        own = await self.threads.find_started_by(workspace, person, identity)
        channels = {thread.channel for thread in own.values()}
        asking = asyncio.Semaphore(CHANNELS_AT_ONCE)

        async def can_read(channel: str) -> bool:
            async with asking:
                return await self.directory.can_read(channel, person)

        readable = dict(zip(channels, await asyncio.gather(*map(can_read, channels)), strict=True))
        shown = {id_: thread for id_, thread in own.items() if readable[thread.channel]}
        return shown, own.keys() - shown.keys()

    async def _thread_link(self, own: Thread | None, workspace: str, conversation_id: str) -> str | None:
        """Return the address of a conversation's thread: another person's only in public channels."""
        thread = own or await self.threads.find_by_conversation(workspace, conversation_id)
        if thread is None or not (own or await self.directory.is_public(thread.channel)):
            return None
        return await self.chat.permalink(thread.channel, thread.ts)

    async def sources(self, turn_id: str, person: str) -> tuple[Citation, ...]:
        """Return the passages an answer rests on.

        Open to everybody who sees the answer, but what was read with an account of one's own is for its
        owner alone. Raises Refused (SOURCES_UNAVAILABLE where the server does not tell them) and
        PipesHubError.
        """
        turn = await self.answer_lookup.finished(turn_id)
        if turn.is_personal:
            turn = await self.answer_lookup.owned(turn_id, person)
        message = await self._answer(turn)
        if message is None or not message.citations:
            raise Refused(Reason.SOURCES_UNAVAILABLE)
        return message.citations

    async def _answer(self, turn: Turn) -> Message | None:
        """Return the stored message of a turn, however far back in its conversation it is."""
        for number in range(1, MAX_API_CALLS + 1):
            conversation = await self.identities.conversation(
                turn.identity, turn.conversation_id or "", number
            )
            found = conversation.message(turn.message_id or "")
            if found is not None or conversation.is_archived or len(conversation.messages) < PAGE_SIZE:
                return found
        return None

    async def _collect(
        self, identity: str, position: ListPosition, wanted: Callable[[Conversation], bool], enough: int = 0
    ) -> tuple[list[Conversation], bool]:
        """Return what is wanted of a list, and whether the list ended; `enough` are all there can be."""
        found: dict[str, Conversation] = {}
        for number in range(1, MAX_API_CALLS + 1):
            page = await self._api_page(identity, position, number)
            found |= {each.id: each for each in page.conversations if wanted(each)}
            if not page.has_next or len(found) == enough > 0:
                return list(found.values()), True
        return list(found.values()), False

    async def _api_page(self, identity: str, position: ListPosition, number: int) -> ConversationPage:
        search = " ".join(position.search.replace("<", " ").replace(">", " ").split()) or None
        conversations = self.identities.conversations(identity)
        others = self.identities.links_accounts and position.conversation_list is ConversationList.SHARED
        try:
            if position.conversation_list is ConversationList.ARCHIVED:
                return await conversations.list_archived(search=search, page=number, limit=PAGE_SIZE)
            return await conversations.list(
                search=search, source="shared" if others else "owned", page=number, limit=PAGE_SIZE
            )
        except RequestRefused as error:
            if search is None:
                raise
            raise Refused(Reason.SEARCH_REFUSED) from error

    async def _listed_conversation(
        self, identity: str, conversation: Conversation, thread: Thread | None
    ) -> ListedConversation:
        if thread is None:
            return ListedConversation(conversation)
        finished = await self.turns.in_thread(thread, identity, TurnState.DONE)
        newest = finished[-1] if finished else None
        # A reply's address opens its thread; that of the first message only leads past it.
        link = (
            await self.chat.permalink(thread.channel, newest.reply_ts) if newest and newest.reply_ts else None
        )
        link = link or await self.chat.permalink(thread.channel, thread.ts)
        return ListedConversation(conversation, thread, link, newest.id if newest else None)

    async def _has_older_messages(self, identity: str, conversation: Conversation, block: int) -> bool:
        """Return whether there are older messages than those of this call, which may have been the last."""
        if conversation.is_archived or len(conversation.messages) < PAGE_SIZE:
            return False
        return bool((await self.identities.conversation(identity, conversation.id, block + 2)).messages)

    async def _askers(
        self, identity: str, messages: Sequence[Message], thread: Thread | None
    ) -> dict[str, str]:
        """Return who asked, by the id of the question's message, as far as the recorded turns tell."""
        turns = await self.turns.in_thread(thread, identity, TurnState.DONE) if thread else []
        by_answer = {turn.message_id: turn.question.asker for turn in turns if turn.message_id}
        return {
            each.id: by_answer[after.id]
            for each, after in pairwise(messages)
            if each.author is MessageAuthor.USER and after.id in by_answer
        }


def _is_shared_with(conversation: Conversation, account: str, own: Collection[str]) -> bool:
    """Return whether another person's conversation is shared with an account."""
    return conversation.id not in own and account in conversation.shared_with
