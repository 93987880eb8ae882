"""The client of the Conversations API: its fifteen operations for one identity."""

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Literal

import httpx

from bot.domain.conversations import AnswerEvent, Conversation, ConversationPage
from bot.domain.errors import NotFound, PipesHubError, RequestRefused
from bot.pipeshub import bodies, requests
from bot.pipeshub.errors import unexpected_json_error
from bot.pipeshub.http import RetryPolicy, Server, Transport
from bot.pipeshub.requests import (
    ARCHIVE,
    GET_BY_ID,
    LIST_ARCHIVED,
    SUBMIT_FEEDBACK,
    Call,
    Filters,
    Operation,
    accepted_feedback_fields,
)
from bot.pipeshub.stream import AnswerRequests

Params = Mapping[str, str | int | None]
_ALREADY_ARCHIVED = re.compile(r"already archived|is not archived", re.IGNORECASE)


class ConversationRequests:
    """Reads and changes conversations as one person."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def page(
        self, operation: Operation, params: Params, retries: RetryPolicy, *, number: int, limit: int
    ) -> ConversationPage:
        """Return the page `number` of a list, of `source` where the parameters name one."""
        call = Call(operation, params=_given({**params, "page": number, "limit": limit}))
        body = await self._transport.fetch(call, retries)
        source, search = str(params.get("source") or ""), str(params.get("search") or "")
        page = bodies.parse_page(body, source=source, number=number, limit=limit, search=search)
        if page is None:
            raise unexpected_json_error(call)
        return page

    async def conversation(self, conversation_id: str, params: Params, retries: RetryPolicy) -> Conversation:
        """Return one conversation, from the archive where it is not found outside."""
        call = Call(GET_BY_ID, {"conversation_id": conversation_id}, _given(params))
        try:
            body = await self._transport.fetch(call, retries)
        except NotFound:
            archived = await self._archived(conversation_id, retries)
            if archived is not None:
                return archived
            # Between the two looks it can have been taken out of the archive.
            body = await self._transport.fetch(call, retries)
        conversation = bodies.parse_conversation(body)
        if conversation is None:
            raise unexpected_json_error(call)
        return conversation

    async def change(
        self,
        operation: Operation,
        conversation_id: str,
        body: Mapping[str, object] | None,
        retries: RetryPolicy,
    ) -> Conversation:
        """Change one conversation and return what the server says of it: all, or a receipt."""
        call = Call(operation, {"conversation_id": conversation_id}, body=body)
        answered = await self._transport.fetch(call, retries)
        return bodies.parse_conversation(answered, conversation_id) or Conversation(conversation_id)

    async def archive(self, operation: Operation, conversation_id: str, retries: RetryPolicy) -> Conversation:
        """Move one conversation into the archive or out of it; servers refuse where it is there already."""
        try:
            conversation = await self.change(operation, conversation_id, None, retries)
        except RequestRefused as refusal:
            if not _ALREADY_ARCHIVED.search(refusal.server_message):
                raise
            conversation = Conversation(conversation_id)
        return replace(conversation, is_archived=operation is ARCHIVE)

    async def submit_feedback(
        self, ids: Mapping[str, str], body: Mapping[str, object], retries: RetryPolicy
    ) -> None:
        """Send feedback; where a server refuses the whole, send what none refuses."""
        call = Call(SUBMIT_FEEDBACK, ids, body=body)
        essential = accepted_feedback_fields(body)
        try:
            await self._transport.fetch(call, retries)
        except RequestRefused:
            if essential == body:
                raise
            await self._transport.fetch(replace(call, body=essential), retries)

    async def _archived(self, conversation_id: str, retries: RetryPolicy) -> Conversation | None:
        """Return one archived conversation, None where the archive has none or does not open."""
        try:
            found = await self.page(
                LIST_ARCHIVED, {"conversationId": conversation_id}, retries, number=1, limit=1
            )
        except PipesHubError:
            return None
        rows = (replace(row, is_archived=True) for row in found.conversations if row.id == conversation_id)
        return next(rows, None)


def _given(params: Params) -> dict[str, str | int]:
    return {name: value for name, value in params.items() if value is not None}


Stream = AbstractAsyncContextManager[AsyncIterator[AnswerEvent]]
"""`async with … as events: async for event in events: …`

Entering opens the stream; until then errors are raised, as PipesHubError. From then on nothing is
raised: every failure is the last event, Failed, and the iterator ends. Leaving closes the
connection; the server goes on with the answer and stores it.
"""
SortOrder = Literal["asc", "desc"]


class Conversations:
    """The conversations of one person on one server.

    Cheap: make one for each person, all sharing a `Server`. `retries` holds for every call that
    names none of its own; ids and titles are the server's. Everything raises PipesHubError, and
    ValueError for an empty id. A conversation that is somebody else's is NotFound, never
    NotAllowed, which means that the token lacks a scope.
    """

    def __init__(self, server: Server, auth: httpx.Auth, retries: RetryPolicy | None = None) -> None:
        transport = Transport(server, auth)
        self._answer_requests = AnswerRequests(server, transport)
        self._conversation_requests = ConversationRequests(transport)
        self._retries = retries or RetryPolicy()

    async def create(
        self,
        *,
        query: str,
        record_ids: Sequence[str] | None = None,
        departments: Sequence[str] | None = None,
        filters: Filters | None = None,
        model_key: str | None = None,
        model_name: str | None = None,
        chat_mode: str | None = None,
        retries: RetryPolicy | None = None,
    ) -> Conversation:
        """Ask in a new conversation and wait for the answer: POST /conversations/create.

        Up to v0.3 servers answer with the conversation. Later ones always fail with 500 and leave a
        failed conversation behind; that is remembered, and from then on the stream is drained.
        """
        chosen = requests.option_fields(filters, model_key, model_name, chat_mode)
        body = {"query": query, **requests.scope_fields(record_ids, departments), **chosen}
        plain = Call(requests.CREATE, body=body)
        streamed = Call(requests.CREATE_WITH_STREAMING, body=body)
        return await self._answer_requests.complete_answer(plain, streamed, retries or self._retries)

    def create_with_streaming(
        self,
        *,
        query: str,
        record_ids: Sequence[str] | None = None,
        departments: Sequence[str] | None = None,
        filters: Filters | None = None,
        model_key: str | None = None,
        model_name: str | None = None,
        chat_mode: str | None = None,
        retries: RetryPolicy | None = None,
    ) -> Stream:
        """Ask in a new conversation and follow the answer: POST /conversations/stream.

        Up to v0.3 servers tell the conversation's id with the last word only.
        """
        chosen = requests.option_fields(filters, model_key, model_name, chat_mode)
        body = {"query": query, **requests.scope_fields(record_ids, departments), **chosen}
        return self._answer_requests.stream(
            Call(requests.CREATE_WITH_STREAMING, body=body), retries or self._retries
        )

    async def list(
        self,
        *,
        search: str | None = None,
        source: Literal["owned", "shared"] = "owned",
        page: int = 1,
        limit: int = 20,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        retries: RetryPolicy | None = None,
    ) -> ConversationPage:
        """Return a page of conversations, newest activity first: GET /conversations.

        Archived and deleted conversations are left out; rows need not hold messages. `limit` is at
        most 100. A documented server answers with one array of everything and does not say whose a
        conversation is: it is searched and cut into pages here, and all of it counts as owned.
        """
        params = {"source": source, "search": search, "sortBy": sort_by, "sortOrder": sort_order}
        return await self._conversation_requests.page(
            requests.LIST, params, retries or self._retries, number=page, limit=limit
        )

    async def list_archived(
        self,
        *,
        search: str | None = None,
        page: int = 1,
        limit: int = 20,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        retries: RetryPolicy | None = None,
    ) -> ConversationPage:
        """Return a page of the archived conversations: GET /conversations/show/archives.

        Rows hold messages where the server sends them, without the passages of their citations.
        """
        params = {"search": search, "sortBy": sort_by, "sortOrder": sort_order}
        found = await self._conversation_requests.page(
            requests.LIST_ARCHIVED, params, retries or self._retries, number=page, limit=limit
        )
        return replace(
            found, conversations=tuple(replace(row, is_archived=True) for row in found.conversations)
        )

    async def get_by_id(
        self,
        conversation_id: str,
        *,
        page: int = 1,
        limit: int = 20,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        retries: RetryPolicy | None = None,
    ) -> Conversation:
        """Return a conversation with a page of its messages: GET /conversations/{id}.

        Page 1 holds the newest messages, whatever the page in the order they were written; `limit`
        is at most 100. Servers do not find an archived conversation here; it is then taken from the
        archive, all its messages at once.
        """
        params = {"page": page, "limit": limit, "sortBy": sort_by, "sortOrder": sort_order}
        return await self._conversation_requests.conversation(
            conversation_id, params, retries or self._retries
        )

    async def delete(self, conversation_id: str, *, retries: RetryPolicy | None = None) -> None:
        """Delete a conversation: DELETE /conversations/{id}. Its owner only; a second time is NotFound."""
        await self._conversation_requests.change(
            requests.DELETE, conversation_id, None, retries or self._retries
        )

    async def add_message(
        self,
        conversation_id: str,
        *,
        query: str,
        filters: Filters | None = None,
        model_key: str | None = None,
        model_name: str | None = None,
        chat_mode: str | None = None,
        retries: RetryPolicy | None = None,
    ) -> Conversation:
        """Ask on in a conversation and wait for the answer: POST /conversations/{id}/messages.

        Its owner only. Servers differ as with `create`.
        """
        body = {"query": query, **requests.option_fields(filters, model_key, model_name, chat_mode)}
        ids = {"conversation_id": conversation_id}
        plain = Call(requests.ADD_MESSAGE, ids, body=body)
        streamed = Call(requests.ADD_MESSAGE_STREAM, ids, body=body)
        return await self._answer_requests.complete_answer(plain, streamed, retries or self._retries)

    def add_message_stream(
        self,
        conversation_id: str,
        *,
        query: str,
        filters: Filters | None = None,
        model_key: str | None = None,
        model_name: str | None = None,
        chat_mode: str | None = None,
        retries: RetryPolicy | None = None,
    ) -> Stream:
        """Ask on in a conversation and follow the answer: POST /conversations/{id}/messages/stream.

        Its owner only, archived or not; NotFound comes as the last event. Two questions at once in
        one conversation break each other: ask one after the other.
        """
        body = {"query": query, **requests.option_fields(filters, model_key, model_name, chat_mode)}
        call = Call(requests.ADD_MESSAGE_STREAM, {"conversation_id": conversation_id}, body=body)
        return self._answer_requests.stream(call, retries or self._retries)

    async def share(
        self,
        conversation_id: str,
        *,
        user_ids: Sequence[str],
        access_level: Literal["read", "write"] = "read",
        retries: RetryPolicy | None = None,
    ) -> Conversation:
        """Share a conversation with more people of the organisation: POST /conversations/{id}/share.

        Returns what the receipt says: id, whether it is shared, with whom and at what level. No
        server grants `write`. Raises RequestRefused for a person unknown to it.
        """
        body = {"userIds": [*user_ids], "accessLevel": access_level}
        return await self._conversation_requests.change(
            requests.SHARE, conversation_id, body, retries or self._retries
        )

    async def unshare(
        self, conversation_id: str, *, user_ids: Sequence[str], retries: RetryPolicy | None = None
    ) -> Conversation:
        """Take people's access back: POST /conversations/{id}/unshare. Returns as `share` does."""
        return await self._conversation_requests.change(
            requests.UNSHARE, conversation_id, {"userIds": [*user_ids]}, retries or self._retries
        )

    async def update_title(
        self, conversation_id: str, *, title: str, retries: RetryPolicy | None = None
    ) -> Conversation:
        """Rename a conversation: PATCH /conversations/{id}/title. 1 to 200 characters, no HTML."""
        return await self._conversation_requests.change(
            requests.UPDATE_TITLE, conversation_id, {"title": title}, retries or self._retries
        )

    async def archive(self, conversation_id: str, *, retries: RetryPolicy | None = None) -> Conversation:
        """Archive a conversation: PATCH /conversations/{id}/archive. One archived already stays so."""
        return await self._conversation_requests.archive(
            requests.ARCHIVE, conversation_id, retries or self._retries
        )

    async def unarchive(self, conversation_id: str, *, retries: RetryPolicy | None = None) -> Conversation:
        """Take a conversation out of the archive: PATCH /conversations/{id}/unarchive, as `archive`."""
        return await self._conversation_requests.archive(
            requests.UNARCHIVE, conversation_id, retries or self._retries
        )

    def regenerate(
        self,
        conversation_id: str,
        message_id: str,
        *,
        filters: Filters | None = None,
        model_key: str | None = None,
        model_name: str | None = None,
        chat_mode: str | None = None,
        retries: RetryPolicy | None = None,
    ) -> Stream:
        """Write the newest answer anew: POST /conversations/{id}/message/{message}/regenerate.

        Documented to answer with JSON; servers stream, refusals included (NotTheNewest, NotFound).
        Both are followed. The answer keeps its id; when it fails the old one is lost.
        """
        ids = {"conversation_id": conversation_id, "message_id": message_id}
        body = requests.option_fields(filters, model_key, model_name, chat_mode)
        return self._answer_requests.stream(
            Call(requests.REGENERATE, ids, body=body),
            retries or self._retries,
        )

    async def submit_feedback(  # noqa: PLR0913 -- the documentation's own parameters
        self,
        conversation_id: str,
        message_id: str,
        *,
        is_helpful: bool | None = None,
        ratings: Mapping[str, int] | None = None,
        categories: Iterable[str] | None = None,
        comments: Mapping[str, str] | None = None,
        citation_feedback: Sequence[Mapping[str, object]] | None = None,
        follow_up_questions_helpful: bool | None = None,
        retries: RetryPolicy | None = None,
    ) -> None:
        """Rate an answer: POST /conversations/{id}/message/{message}/feedback.

        Every call adds one; none can be taken back. `ratings` run from 1 to 5. Servers keep
        `is_helpful`, `categories` and `comments` (v0.2 and v0.3 nothing) and drop the rest; where
        one refuses the whole, what none refuses is sent alone.
        """
        body = requests.feedback_fields(
            is_helpful=is_helpful,
            ratings=ratings,
            categories=categories,
            comments=comments,
            citation_feedback=citation_feedback,
            follow_up_questions_helpful=follow_up_questions_helpful,
        )
        ids = {"conversation_id": conversation_id, "message_id": message_id}
        await self._conversation_requests.submit_feedback(ids, body, retries or self._retries)
