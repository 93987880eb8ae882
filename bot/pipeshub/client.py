"""The fifteen operations of PipesHub's Conversations API, under the names of its documentation."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Literal

import httpx

from bot.domain.conversations import Conversation, Event, Page
from bot.pipeshub import operations, requests
from bot.pipeshub.asking import Asking
from bot.pipeshub.keeping import Keeping
from bot.pipeshub.operations import Call
from bot.pipeshub.requests import Filters
from bot.pipeshub.retries import Retries
from bot.pipeshub.server import Server
from bot.pipeshub.transport import Transport

Stream = AbstractAsyncContextManager[AsyncIterator[Event]]
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

    def __init__(self, server: Server, auth: httpx.Auth, retries: Retries | None = None) -> None:
        transport = Transport(server, auth)
        self._asking = Asking(server, transport)
        self._keeping = Keeping(transport)
        self._retries = retries or Retries()

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
        retries: Retries | None = None,
    ) -> Conversation:
        """Ask in a new conversation and wait for the answer: POST /conversations/create.

        Up to v0.3 servers answer with the conversation. Later ones always fail with 500 and leave a
        failed conversation behind; that is remembered, and from then on the stream is drained.
        """
        chosen = requests.choices(filters, model_key, model_name, chat_mode)
        body = {"query": query, **requests.scope(record_ids, departments), **chosen}
        plain = Call(operations.CREATE, body=body)
        streamed = Call(operations.CREATE_WITH_STREAMING, body=body)
        return await self._asking.whole(plain, streamed, retries or self._retries)

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
        retries: Retries | None = None,
    ) -> Stream:
        """Ask in a new conversation and follow the answer: POST /conversations/stream.

        Up to v0.3 servers tell the conversation's id with the last word only.
        """
        chosen = requests.choices(filters, model_key, model_name, chat_mode)
        body = {"query": query, **requests.scope(record_ids, departments), **chosen}
        return self._asking.stream(
            Call(operations.CREATE_WITH_STREAMING, body=body), retries or self._retries
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
        retries: Retries | None = None,
    ) -> Page:
        """Return a page of conversations, newest activity first: GET /conversations.

        Archived and deleted conversations are left out; rows need not hold messages. `limit` is at
        most 100. A documented server answers with one array of everything and does not say whose a
        conversation is: it is searched and cut into pages here, and all of it counts as owned.
        """
        params = {"source": source, "search": search, "sortBy": sort_by, "sortOrder": sort_order}
        return await self._keeping.page(
            operations.LIST, params, retries or self._retries, number=page, limit=limit
        )

    async def list_archived(
        self,
        *,
        search: str | None = None,
        page: int = 1,
        limit: int = 20,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        retries: Retries | None = None,
    ) -> Page:
        """Return a page of the archived conversations: GET /conversations/show/archives.

        Rows hold messages where the server sends them, without the passages of their citations.
        """
        params = {"search": search, "sortBy": sort_by, "sortOrder": sort_order}
        found = await self._keeping.page(
            operations.LIST_ARCHIVED, params, retries or self._retries, number=page, limit=limit
        )
        return replace(found, rows=tuple(replace(row, is_archived=True) for row in found.rows))

    async def get_by_id(
        self,
        conversation_id: str,
        *,
        page: int = 1,
        limit: int = 20,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        retries: Retries | None = None,
    ) -> Conversation:
        """Return a conversation with a page of its messages: GET /conversations/{id}.

        Page 1 holds the newest messages, whatever the page in the order they were written; `limit`
        is at most 100. Servers do not find an archived conversation here; it is then taken from the
        archive, all its messages at once.
        """
        params = {"page": page, "limit": limit, "sortBy": sort_by, "sortOrder": sort_order}
        return await self._keeping.conversation(conversation_id, params, retries or self._retries)

    async def delete(self, conversation_id: str, *, retries: Retries | None = None) -> None:
        """Delete a conversation: DELETE /conversations/{id}. Its owner only; a second time is NotFound."""
        await self._keeping.change(operations.DELETE, conversation_id, None, retries or self._retries)

    async def add_message(
        self,
        conversation_id: str,
        *,
        query: str,
        filters: Filters | None = None,
        model_key: str | None = None,
        model_name: str | None = None,
        chat_mode: str | None = None,
        retries: Retries | None = None,
    ) -> Conversation:
        """Ask on in a conversation and wait for the answer: POST /conversations/{id}/messages.

        Its owner only. Servers differ as with `create`.
        """
        body = {"query": query, **requests.choices(filters, model_key, model_name, chat_mode)}
        ids = {"conversation_id": conversation_id}
        plain = Call(operations.ADD_MESSAGE, ids, body=body)
        streamed = Call(operations.ADD_MESSAGE_STREAM, ids, body=body)
        return await self._asking.whole(plain, streamed, retries or self._retries)

    def add_message_stream(
        self,
        conversation_id: str,
        *,
        query: str,
        filters: Filters | None = None,
        model_key: str | None = None,
        model_name: str | None = None,
        chat_mode: str | None = None,
        retries: Retries | None = None,
    ) -> Stream:
        """Ask on in a conversation and follow the answer: POST /conversations/{id}/messages/stream.

        Its owner only, archived or not; NotFound comes as the last event. Two questions at once in
        one conversation break each other: ask one after the other.
        """
        body = {"query": query, **requests.choices(filters, model_key, model_name, chat_mode)}
        call = Call(operations.ADD_MESSAGE_STREAM, {"conversation_id": conversation_id}, body=body)
        return self._asking.stream(call, retries or self._retries)

    async def share(
        self,
        conversation_id: str,
        *,
        user_ids: Sequence[str],
        access_level: Literal["read", "write"] = "read",
        retries: Retries | None = None,
    ) -> Conversation:
        """Share a conversation with more people of the organisation: POST /conversations/{id}/share.

        Returns what the receipt says: id, whether it is shared, with whom and at what level. No
        server grants `write`. Raises RequestRefused for a person unknown to it.
        """
        body = {"userIds": [*user_ids], "accessLevel": access_level}
        return await self._keeping.change(operations.SHARE, conversation_id, body, retries or self._retries)

    async def unshare(
        self, conversation_id: str, *, user_ids: Sequence[str], retries: Retries | None = None
    ) -> Conversation:
        """Take people's access back: POST /conversations/{id}/unshare. Returns as `share` does."""
        return await self._keeping.change(
            operations.UNSHARE, conversation_id, {"userIds": [*user_ids]}, retries or self._retries
        )

    async def update_title(
        self, conversation_id: str, *, title: str, retries: Retries | None = None
    ) -> Conversation:
        """Rename a conversation: PATCH /conversations/{id}/title. 1 to 200 characters, no HTML."""
        return await self._keeping.change(
            operations.UPDATE_TITLE, conversation_id, {"title": title}, retries or self._retries
        )

    async def archive(self, conversation_id: str, *, retries: Retries | None = None) -> Conversation:
        """Archive a conversation: PATCH /conversations/{id}/archive. One archived already stays so."""
        return await self._keeping.archive(operations.ARCHIVE, conversation_id, retries or self._retries)

    async def unarchive(self, conversation_id: str, *, retries: Retries | None = None) -> Conversation:
        """Take a conversation out of the archive: PATCH /conversations/{id}/unarchive, as `archive`."""
        return await self._keeping.archive(operations.UNARCHIVE, conversation_id, retries or self._retries)

    def regenerate(
        self,
        conversation_id: str,
        message_id: str,
        *,
        filters: Filters | None = None,
        model_key: str | None = None,
        model_name: str | None = None,
        chat_mode: str | None = None,
        retries: Retries | None = None,
    ) -> Stream:
        """Write the newest answer anew: POST /conversations/{id}/message/{message}/regenerate.

        Documented to answer with JSON; servers stream, refusals included (NotTheNewest, NotFound).
        Both are followed. The answer keeps its id; when it fails the old one is lost.
        """
        ids = {"conversation_id": conversation_id, "message_id": message_id}
        body = requests.choices(filters, model_key, model_name, chat_mode)
        return self._asking.stream(
            Call(operations.REGENERATE, ids, body=body),
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
        retries: Retries | None = None,
    ) -> None:
        """Rate an answer: POST /conversations/{id}/message/{message}/feedback.

        Every call adds one; none can be taken back. `ratings` run from 1 to 5. Servers keep
        `is_helpful`, `categories` and `comments` (v0.2 and v0.3 nothing) and drop the rest; where
        one refuses the whole, what none refuses is sent alone.
        """
        body = requests.feedback(
            is_helpful=is_helpful,
            ratings=ratings,
            categories=categories,
            comments=comments,
            citation_feedback=citation_feedback,
            follow_up_questions_helpful=follow_up_questions_helpful,
        )
        ids = {"conversation_id": conversation_id, "message_id": message_id}
        await self._keeping.rate(ids, body, retries or self._retries)
