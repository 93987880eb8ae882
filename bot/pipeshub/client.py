"""The client of the Conversations API: its fifteen documented operations, for one identity."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Literal

import httpx

from bot.domain.conversations import AnswerEvent, Conversation, ConversationPage
from bot.domain.errors import NotFound, PipesHubError, RequestRefused
from bot.domain.feedback import Feedback
from bot.domain.turns import NO_OPTIONS, QuestionOptions
from bot.pipeshub import bodies, requests
from bot.pipeshub.errors import unexpected_json_error
from bot.pipeshub.http import RetryPolicy, Server, Transport
from bot.pipeshub.requests import Call, Operation
from bot.pipeshub.stream import cancel_run, complete_answer, open_stream

_ALREADY_ARCHIVED = re.compile(r"already archived|is not archived", re.IGNORECASE)

Stream = AbstractAsyncContextManager[AsyncIterator[AnswerEvent]]
"""`async with … as events: async for event in events: …`

Entering opens the stream; until then errors are raised, as PipesHubError. From then on nothing is raised:
every failure is the last event, Failed, and the iterator ends. Leaving closes the connection; the server goes
on with the answer and stores it.
"""


class Conversations:
    """The conversations of one person on one server.

    Cheap: make one for each person, all sharing a `Server`. Ids and titles are the server's. Every operation
    raises PipesHubError, and ValueError for an empty id. A conversation of another person is NotFound, never
    NotAllowed, which means that the token lacks a scope.
    """

    def __init__(self, server: Server, auth: httpx.Auth, retries: RetryPolicy | None = None) -> None:
        self._transport = Transport(server, auth, retries or RetryPolicy())

    async def create(self, *, query: str, options: QuestionOptions = NO_OPTIONS) -> Conversation:
        """Ask in a new conversation and wait for the answer: POST /conversations/create.

        Up to v0.3 servers answer with the conversation. Later ones always fail with 500 and leave a failed
        conversation behind; the bot remembers that and from then on reads the stream to its end instead.
        """
        body = requests.question_fields(query, options)
        return await complete_answer(
            self._transport, requests.CREATE, Call(requests.CREATE_WITH_STREAMING, body=body)
        )

    def create_with_streaming(
        self, *, query: str, options: QuestionOptions = NO_OPTIONS, run_id: str = ""
    ) -> Stream:
        """Ask in a new conversation and follow the answer: POST /conversations/stream.

        Up to v0.3 servers send the conversation's id with the last event only. `run_id` names the answer for
        `cancel`; servers that cannot cancel drop it.
        """
        body = requests.question_fields(query, options) | requests.run_field(run_id)
        return open_stream(self._transport, Call(requests.CREATE_WITH_STREAMING, body=body))

    async def list(
        self,
        *,
        search: str | None = None,
        source: Literal["owned", "shared"] = "owned",
        page: int = 1,
        limit: int = 20,
    ) -> ConversationPage:
        """Return a page of conversations, newest activity first: GET /conversations.

        Archived and deleted conversations are left out; rows need not hold messages. `limit` is at most 100.
        A server as documented answers with one array of everything and does not say whose a conversation is:
        it is searched and cut into pages here, and all of it counts as owned.
        """
        params = {"source": source, "search": search}
        return await self._page(requests.LIST, params, page, limit)

    async def list_archived(
        self, *, search: str | None = None, page: int = 1, limit: int = 20
    ) -> ConversationPage:
        """Return a page of the archived conversations: GET /conversations/show/archives.

        Rows hold messages where the server sends them, without the passages of their citations.
        """
        return await self._page(requests.LIST_ARCHIVED, {"search": search}, page, limit)

    async def get_by_id(self, conversation_id: str, *, page: int = 1, limit: int = 20) -> Conversation:
        """Return a conversation with a page of its messages: GET /conversations/{id}.

        Page 1 holds the newest messages; on every page they stand in the order they were written. `limit` is
        at most 100. Servers do not find an archived conversation here; it is then taken from the archive,
        with all its messages at once.
        """
        ids, params = {"conversation_id": conversation_id}, {"page": page, "limit": limit}
        call = Call(requests.GET_BY_ID, ids, params)
        try:
            body = await self._transport.fetch(call)
        except NotFound:
            archived = await self._archived(conversation_id)
            if archived is not None:
                return archived
            # Between the two look-ups it can have been taken out of the archive.
            body = await self._transport.fetch(call)
        conversation = bodies.parse_conversation(body)
        if conversation is None:
            raise unexpected_json_error(call)
        return conversation

    async def delete(self, conversation_id: str) -> None:
        """Delete a conversation: DELETE /conversations/{id}. Its owner only; a second time is NotFound."""
        await self._change(requests.DELETE, conversation_id)

    async def add_message(
        self, conversation_id: str, *, query: str, options: QuestionOptions = NO_OPTIONS
    ) -> Conversation:
        """Ask on in one's own conversation and wait, as `create` does: POST /conversations/{id}/messages."""
        call = _next_question(conversation_id, query, options)
        return await complete_answer(self._transport, requests.ADD_MESSAGE, call)

    def add_message_stream(
        self, conversation_id: str, *, query: str, options: QuestionOptions = NO_OPTIONS, run_id: str = ""
    ) -> Stream:
        """Ask on in a conversation and follow the answer: POST /conversations/{id}/messages/stream.

        Its owner only, archived or not; NotFound comes as the last event. Two questions at once in one
        conversation break each other: ask one after the other.
        """
        return open_stream(self._transport, _next_question(conversation_id, query, options, run_id))

    async def cancel(self, conversation_id: str, run_id: str) -> bool:
        """Stop the answer whose request bore `run_id`: POST /conversations/{id}/cancel, from v0.7 on.

        Returns whether it was still written. Earlier servers do not know the path; they are asked once.
        """
        return await cancel_run(self._transport, conversation_id, run_id)

    async def share(
        self,
        conversation_id: str,
        *,
        user_ids: Sequence[str],
        access_level: Literal["read", "write"] = "read",
    ) -> Conversation:
        """Share a conversation with more people of the organisation: POST /conversations/{id}/share.

        Returns what the receipt says: id, whether it is shared, with whom and at what level. No server grants
        `write`. Raises RequestRefused for a person the server does not know.
        """
        body = {"userIds": [*user_ids], "accessLevel": access_level}
        return await self._change(requests.SHARE, conversation_id, body)

    async def unshare(self, conversation_id: str, *, user_ids: Sequence[str]) -> Conversation:
        """Take people's access back: POST /conversations/{id}/unshare. Returns the same as `share`."""
        return await self._change(requests.UNSHARE, conversation_id, {"userIds": [*user_ids]})

    async def update_title(self, conversation_id: str, *, title: str) -> Conversation:
        """Rename a conversation: PATCH /conversations/{id}/title. 1 to 200 characters, no HTML."""
        return await self._change(requests.UPDATE_TITLE, conversation_id, {"title": title})

    async def archive(self, conversation_id: str) -> Conversation:
        """Archive a conversation: PATCH /conversations/{id}/archive. An archived one stays archived."""
        return await self._move(requests.ARCHIVE, conversation_id, is_archived=True)

    async def unarchive(self, conversation_id: str) -> Conversation:
        """Take a conversation out of the archive: PATCH /conversations/{id}/unarchive, like `archive`."""
        return await self._move(requests.UNARCHIVE, conversation_id, is_archived=False)

    def regenerate(
        self,
        conversation_id: str,
        message_id: str,
        *,
        options: QuestionOptions = NO_OPTIONS,
        run_id: str = "",
    ) -> Stream:
        """Have the newest answer replaced: POST /conversations/{id}/message/{message}/regenerate.

        Documented to answer with JSON; servers stream, refusals included (NotTheNewest, NotFound). Both are
        followed. The answer keeps its id; when the new one fails the old one is lost.
        """
        ids = {"conversation_id": conversation_id, "message_id": message_id}
        body = requests.option_fields(options) | requests.run_field(run_id)
        call = Call(requests.REGENERATE, ids, body=body)
        return open_stream(self._transport, call)

    async def submit_feedback(self, conversation_id: str, message_id: str, feedback: Feedback) -> None:
        """Rate an answer: POST /conversations/{id}/message/{message}/feedback.

        Every call adds a rating; none can be taken back. Servers keep `is_helpful`, categories and comments
        (v0.2 and v0.3 nothing) and drop the rest; where one refuses the whole, the part that no server
        refuses is sent alone.
        """
        ids = {"conversation_id": conversation_id, "message_id": message_id}
        body = requests.feedback_fields(feedback)
        accepted = {key: value for key, value in body.items() if key in ("isHelpful", "comments")}
        try:
            await self._transport.fetch(Call(requests.SUBMIT_FEEDBACK, ids, body=body))
        except RequestRefused:
            if accepted == body:
                raise
            await self._transport.fetch(Call(requests.SUBMIT_FEEDBACK, ids, body=accepted))

    async def _page(
        self, operation: Operation, params: Mapping[str, str | None], number: int, limit: int
    ) -> ConversationPage:
        given = {name: value for name, value in params.items() if value is not None}
        call = Call(operation, params={**given, "page": number, "limit": limit})
        found = bodies.parse_page(
            await self._transport.fetch(call),
            source=given.get("source", ""),
            number=number,
            limit=limit,
            search=given.get("search", ""),
        )
        if found is None:
            raise unexpected_json_error(call)
        if operation is not requests.LIST_ARCHIVED:
            return found
        rows = tuple(replace(row, is_archived=True) for row in found.conversations)
        return replace(found, conversations=rows)

    async def _archived(self, conversation_id: str) -> Conversation | None:
        """Return one archived conversation, None where the archive does not hold it or cannot be read."""
        params: dict[str, str | None] = {"conversationId": conversation_id}
        try:
            found = await self._page(requests.LIST_ARCHIVED, params, number=1, limit=1)
        except PipesHubError:
            return None
        return next((row for row in found.conversations if row.id == conversation_id), None)

    async def _change(
        self, operation: Operation, conversation_id: str, body: Mapping[str, object] | None = None
    ) -> Conversation:
        """Change one conversation and return what the server says of it: all, or a receipt."""
        answered = await self._transport.fetch(
            Call(operation, {"conversation_id": conversation_id}, body=body)
        )
        return bodies.parse_conversation(answered, conversation_id) or Conversation(conversation_id)

    async def _move(self, operation: Operation, conversation_id: str, *, is_archived: bool) -> Conversation:
        """Move one conversation into the archive or out of it; servers refuse where it is there already."""
        try:
            conversation = await self._change(operation, conversation_id)
        except RequestRefused as refusal:
            if not _ALREADY_ARCHIVED.search(refusal.server_message):
                raise
            conversation = Conversation(conversation_id)
        return replace(conversation, is_archived=is_archived)


def _next_question(conversation_id: str, query: str, options: QuestionOptions, run_id: str = "") -> Call:
    body = {"query": query, **requests.option_fields(options), **requests.run_field(run_id)}
    return Call(requests.ADD_MESSAGE_STREAM, {"conversation_id": conversation_id}, body=body)
