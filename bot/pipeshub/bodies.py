"""PipesHub's JSON bodies, read into the domain's conversations, messages and citations."""

import html
import re
from collections.abc import Iterable
from itertools import count
from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field

from bot.domain.conversations import (
    Citation,
    Conversation,
    ConversationPage,
    ConversationStatus,
    Message,
    MessageAuthor,
)
from bot.domain.text import question_without_thread, single_line
from bot.pipeshub.answer_text import clean_answer
from bot.pipeshub.json_body import (
    CleanText,
    JsonObject,
    LenientDatetime,
    LenientModel,
    ReadableText,
    SingleLine,
    as_object,
    first_text,
    objects_in,
)

MAX_CITATIONS = 1000
"""Citations that are read of one message."""

MAX_ALL_CITATIONS = 5000
"""Citations that are read of a conversation, those of its newest messages first."""

MAX_MESSAGES = 1000
"""Messages that are read of a conversation, the newest; a page of it has at most a hundred."""

MAX_ROWS = 5000
"""Conversations that are read of a list, and people that one is shared with."""

MAX_FOLLOW_UPS = 20
MAX_TITLE = 1000  # characters; servers store 200 at most


def _first_page(value: object) -> object:
    """`pageNum` is a list, sometimes `[null]`."""
    return next((each for each in value if each is not None), None) if isinstance(value, list) else value


class _Metadata(LenientModel):
    record_id: str = ""
    record_name: SingleLine = Field("", validation_alias=AliasChoices("recordName", "title", "name"))
    record_type: str = ""
    connector: str = ""
    web_url: SingleLine = Field("", validation_alias=AliasChoices("webUrl", "url"))
    hide_weburl: bool = False
    page_num: Annotated[int | None, BeforeValidator(_first_page)] = None


class _Passage(LenientModel):
    id: str = Field("", validation_alias=AliasChoices("citationId", "_id", "id"))
    content: ReadableText = Field("", validation_alias=AliasChoices("content", "excerpt", "context"))
    chunk_index: int | None = Field(None, validation_alias=AliasChoices("chunkIndex", "number"))
    relevance: float | None = Field(
        None, validation_alias=AliasChoices("relevanceScore", "score"), allow_inf_nan=False
    )
    metadata: _Metadata = _Metadata()


def parse_citations(shapes: object, first: int = 1) -> tuple[Citation, ...]:
    """Read a list of citations in any of the shapes servers use; an empty one is left out.

    A citation without a `chunkIndex` has the number of its place, counted from `first`.
    """
    found = (
        zip(count(first), shapes[:MAX_CITATIONS], strict=False) if isinstance(shapes, list | tuple) else ()
    )
    read = (_citation(position, shape) for position, shape in found if isinstance(shape, dict))
    return tuple(filter(None, read))


def merge_citations(known: Iterable[Citation], more: Iterable[Citation]) -> tuple[Citation, ...]:
    """Return `known` and what is new in `more`."""
    return tuple({citation_key(each): each for each in (*known, *more)}.values())


def citation_key(citation: Citation) -> object:
    """Return what tells a citation from others: its id, or its number and excerpt where it has none."""
    return citation.id or (citation.number, citation.excerpt)


def _citation(position: int, outer: JsonObject) -> Citation | None:
    data = as_object(outer.get("citationData"))
    flat = {**outer, **data, "citationId": outer.get("citationId") or data.get("_id") or outer.get("_id")}
    passage = _Passage.model_validate(flat)
    about = _Metadata.model_validate({**flat, **as_object(flat.get("metadata"))})
    if not (passage.content or about.record_name or about.web_url):
        return None
    number = position if passage.chunk_index is None else passage.chunk_index
    shown = about.web_url if not about.hide_weburl or about.web_url.startswith("/") else ""
    return Citation(
        number=number,
        title=about.record_name or f"Source {number}",
        excerpt=passage.content,
        url=shown or None,
        id=passage.id or None,
        record_id=about.record_id or None,
        record_type=about.record_type or None,
        connector=about.connector or None,
        page=about.page_num,
        relevance=passage.relevance,
    )


_STATUSES = {
    "inprogress": ConversationStatus.IN_PROGRESS,
    "complete": ConversationStatus.COMPLETE,
    "completed": ConversationStatus.COMPLETE,
    "failed": ConversationStatus.FAILED,
    "stopped": ConversationStatus.STOPPED,
}
_AUTHORS = {each.value: each for each in MessageAuthor}


class _Message(LenientModel):
    id: str = Field("", validation_alias=AliasChoices("_id", "id", "messageId"))
    message_type: str = ""
    content: CleanText = Field("", validation_alias=AliasChoices("content", "answer"))
    citations: tuple[object, ...] = ()
    follow_up_questions: tuple[object, ...] = ()
    confidence: str = ""
    created_at: LenientDatetime = None


class _Access(LenientModel):
    user_id: str = ""
    access_level: str = "read"


class _OwnAccess(LenientModel):
    is_owner: bool | None = None


def _newest_messages(value: object) -> list[JsonObject]:
    return objects_in(value)[-MAX_MESSAGES:]


def _first_rows(value: object) -> list[JsonObject]:
    return objects_in(value)[:MAX_ROWS]


class _Conversation(LenientModel):
    id: str = Field("", validation_alias=AliasChoices("_id", "id", "conversationId"))
    title: CleanText = ""
    status: str = ""
    messages: Annotated[tuple[_Message, ...], BeforeValidator(_newest_messages)] = ()
    fail_reason: CleanText = ""
    initiator: str = Field("", validation_alias=AliasChoices("initiator", "userId"))
    is_owner: bool | None = None
    access: _OwnAccess = _OwnAccess()
    is_shared: bool | None = None
    shared_with: Annotated[tuple[_Access, ...], BeforeValidator(_first_rows)] = ()
    is_archived: bool | None = None
    archived_at: LenientDatetime = None
    last_activity_at: LenientDatetime = Field(
        None, validation_alias=AliasChoices("lastActivityAt", "updatedAt", "createdAt")
    )


class _Pagination(LenientModel):
    total: int | None = Field(
        None, validation_alias=AliasChoices("totalCount", "total", "totalItems", "totalConversations")
    )
    has_next: bool | None = Field(None, validation_alias=AliasChoices("hasNextPage", "hasNext"))


def parse_conversation(body: object, known_id: str = "") -> Conversation | None:
    """Read the conversation in `body`, wrapped or bare, if any; some receipts lack its id, `known_id`."""
    inner = as_object(body)
    for envelope in ("data", "result", "conversation"):
        inner = as_object(inner.get(envelope)) or inner
    if first_text(inner, "messageType"):
        # The answer alone: its id is a message's.
        inner = {"_id": first_text(inner, "conversationId")}
    if not inner and not known_id:
        return None
    read = _Conversation.model_validate(inner)
    identity = read.id or first_text(as_object(body), "conversationId") or known_id
    return _to_domain(read, identity) if identity else None


def parse_page(
    body: object, *, source: str, number: int, limit: int, search: str = ""
) -> ConversationPage | None:
    """Read one page of a list, or None where `body` is no list of conversations.

    A bare array is the whole list, so it is searched here and the page cut from it. Of the early
    envelope, which has owned and shared conversations side by side, only `source` is kept.
    """
    if isinstance(body, list):
        wanted = search.casefold()
        rows = tuple(
            each
            for each in _rows(body, source)
            if any(wanted in text.casefold() for text in (each.title, *(m.content for m in each.messages)))
        )
        return ConversationPage(
            rows[(number - 1) * limit : number * limit], len(rows) > number * limit, len(rows)
        )
    envelope = as_object(as_object(body).get("data")) or as_object(body)
    owned, shared = envelope.get("conversations"), envelope.get("sharedWithMeConversations")
    if not isinstance(owned, list) and not isinstance(shared, list):
        return None
    counted = _Pagination.model_validate(as_object(envelope.get("pagination")))
    if source == "shared" and isinstance(shared, list):
        # Here the pagination counts the other list only.
        return ConversationPage(_rows(shared), has_next=len(shared) >= limit)
    rows = _rows(owned, source if isinstance(shared, list) else "")
    known_more = counted.total is not None and counted.total > number * limit
    return ConversationPage(rows, known_more if counted.has_next is None else counted.has_next, counted.total)


def parse_message(body: JsonObject) -> Message:
    """Read one message; an answer comes without the markers for PipesHub's own screens."""
    return _to_message(_Message.model_validate(body))


def _rows(bodies: object, source: str = "") -> tuple[Conversation, ...]:
    """Read the conversations of `source`, each id once; not every server says whose they are."""
    read = [parse_conversation(each) for each in bodies[:MAX_ROWS]] if isinstance(bodies, list) else []
    rows = {each.id: each for each in read if each is not None}.values()
    match source:
        case "owned":
            return tuple(each for each in rows if each.is_owner is not False)
        case "shared":
            return tuple(each for each in rows if each.is_owner is False)
        case _:
            return tuple(rows)


def _to_domain(read: _Conversation, identity: str) -> Conversation:
    left, messages = MAX_ALL_CITATIONS, []
    for each in reversed(read.messages):
        messages.append(_to_message(each, left))
        left -= len(messages[-1].citations)
    messages.reverse()
    if all(each.created_at for each in messages):
        messages.sort(key=lambda each: each.created_at.timestamp() if each.created_at else 0)
    status = re.sub(r"[_\s-]", "", read.status.casefold())
    archived = read.archived_at is not None or status == "archived"
    return Conversation(
        id=identity,
        # Servers store `a -> b` as `a -&gt; b`.
        title=single_line(question_without_thread(html.unescape(read.title[:MAX_TITLE]))),
        status=_STATUSES.get(status, ConversationStatus.NONE),
        messages=tuple(messages),
        fail_reason=read.fail_reason or None,
        owner=read.initiator or None,
        is_owner=read.is_owner if read.is_owner is not None else read.access.is_owner,
        is_shared=bool(read.shared_with) if read.is_shared is None else read.is_shared,
        shared_with={each.user_id: each.access_level for each in read.shared_with},
        is_archived=archived if read.is_archived is None else read.is_archived,
        last_activity_at=read.last_activity_at,
    )


def _to_message(read: _Message, most_citations: int = MAX_CITATIONS) -> Message:
    author = _AUTHORS.get(read.message_type, MessageAuthor.OTHER)
    clean = question_without_thread if author is MessageAuthor.USER else clean_answer
    return Message(
        id=read.id,
        author=author,
        content=clean(read.content),
        citations=parse_citations(read.citations[:most_citations]),
        follow_ups=_follow_ups(read.follow_up_questions),
        confidence=read.confidence if read.confidence not in ("", "Unknown") else None,
        created_at=read.created_at,
    )


def _follow_ups(questions: tuple[object, ...]) -> tuple[str, ...]:
    """Read the suggested questions: objects with a `question`, or plain strings."""
    read = (
        each if isinstance(each, str) else first_text(as_object(each), "question")
        for each in questions[:MAX_FOLLOW_UPS]
    )
    return tuple(filter(None, map(single_line, read)))
