"""What the server keeps, read and changed: everything that asks for no answer."""

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.domain.conversations import Conversation, Page
from bot.domain.errors import NotFound, PipesHubError, RequestRefused
from bot.pipeshub import wire
from bot.pipeshub.failures import shapeless
from bot.pipeshub.operations import ARCHIVE, GET_BY_ID, LIST_ARCHIVED, SUBMIT_FEEDBACK, Call, Operation
from bot.pipeshub.requests import essential_feedback
from bot.pipeshub.retries import Retries
from bot.pipeshub.transport import Transport

Params = Mapping[str, str | int | None]
_ALREADY_SO = re.compile(r"already archived|is not archived", re.IGNORECASE)


class Keeping:
    """Reads and changes conversations as one person."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def page(
        self, operation: Operation, params: Params, retries: Retries, *, number: int, limit: int
    ) -> Page:
        """Return the page `number` of a list, of `source` where the parameters name one."""
        call = Call(operation, params=_given({**params, "page": number, "limit": limit}))
        body = await self._transport.fetch(call, retries)
        source, search = str(params.get("source") or ""), str(params.get("search") or "")
        page = wire.page(body, source=source, number=number, limit=limit, search=search)
        if page is None:
            raise shapeless(call)
        return page

    async def conversation(self, conversation_id: str, params: Params, retries: Retries) -> Conversation:
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
        conversation = wire.conversation(body)
        if conversation is None:
            raise shapeless(call)
        return conversation

    async def change(
        self, operation: Operation, conversation_id: str, body: Mapping[str, object] | None, retries: Retries
    ) -> Conversation:
        """Change one conversation and return what the server says of it: all, or a receipt."""
        call = Call(operation, {"conversation_id": conversation_id}, body=body)
        answered = await self._transport.fetch(call, retries)
        return wire.conversation(answered, conversation_id) or Conversation(conversation_id)

    async def archive(self, operation: Operation, conversation_id: str, retries: Retries) -> Conversation:
        """Move one conversation into the archive or out of it; servers refuse where it is there already."""
        try:
            conversation = await self.change(operation, conversation_id, None, retries)
        except RequestRefused as refusal:
            if not _ALREADY_SO.search(refusal.said):
                raise
            conversation = Conversation(conversation_id)
        return replace(conversation, is_archived=operation is ARCHIVE)

    async def rate(self, ids: Mapping[str, str], body: Mapping[str, object], retries: Retries) -> None:
        """Send feedback; where a server refuses the whole, send what none refuses."""
        call = Call(SUBMIT_FEEDBACK, ids, body=body)
        essential = essential_feedback(body)
        try:
            await self._transport.fetch(call, retries)
        except RequestRefused:
            if essential == body:
                raise
            await self._transport.fetch(replace(call, body=essential), retries)

    async def _archived(self, conversation_id: str, retries: Retries) -> Conversation | None:
        """Return one archived conversation, None where the archive has none or does not open."""
        try:
            found = await self.page(
                LIST_ARCHIVED, {"conversationId": conversation_id}, retries, number=1, limit=1
            )
        except PipesHubError:
            return None
        rows = (replace(row, is_archived=True) for row in found.rows if row.id == conversation_id)
        return next(rows, None)


def _given(params: Params) -> dict[str, str | int]:
    return {name: value for name, value in params.items() if value is not None}
