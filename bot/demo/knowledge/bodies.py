"""Bodies of answers: conversations and messages as documented, and as released servers send them."""

from collections.abc import Iterable, Mapping

from bot.demo.knowledge.model import ORGANISATION, Conversation, Json, Kind, Message, Status, iso, now

MESSAGE_SORTS = ("createdAt", "messageType", "content")
"""What the messages of a conversation can be sorted by."""


def live(citation: Json) -> Json:
    """Return a citation as a stream tells it while the answer is being written: raw, without an id."""
    return {key: citation[key] for key in ("content", "chunkIndex", "citationType", "metadata")} | {
        "virtualRecordId": citation["metadata"]["recordId"],
        "connectorId": citation["metadata"]["connectorId"],
    }


def urls(citations: Iterable[Json]) -> dict[int, str]:
    """Return the address each marker's link bears, by number."""
    return {each["chunkIndex"]: each["link"] for each in citations}


def citation(kept: Json, message: Message) -> Json:
    """Return a citation of a saved message with what it points to."""
    data = {key: kept[key] for key in ("content", "chunkIndex", "citationType", "metadata")}
    stamps = {"createdAt": iso(message.created_at), "updatedAt": iso(message.updated_at)}
    return {"citationId": kept["_id"], "citationData": {"_id": kept["_id"], **data, **stamps}}


def message(kept: Message, *, populated: bool = True) -> Json:
    """Return a message; unpopulated, its citations are ids alone."""
    citations = [
        citation(each, kept) if populated else {"citationId": each["_id"]} for each in kept.citations
    ]
    body: Json = {
        "_id": kept.id,
        "messageType": kept.kind.value,
        "content": kept.content,
        "contentFormat": "MARKDOWN",
        "citations": citations,
        "followUpQuestions": list(kept.follow_ups),
        "feedback": list(kept.feedback),
        "metadata": {"processingTimeMs": kept.updated_at - kept.created_at},
        "modelInfo": kept.model or {},
        "appliedFilters": {"apps": [], "kb": []},
        "attachments": list(kept.attachments),
        "referenceData": [],
        "tools": [],
        "reasoning": [],
        "parts": list(kept.parts),
        "createdAt": iso(kept.created_at),
        "updatedAt": iso(kept.updated_at),
    }
    if kept.kind is Kind.ANSWER and kept.confidence:
        body["confidence"] = kept.confidence
    if kept.stopped:
        body["status"] = "stopped"
    return body


def conversation(kept: Conversation, *, populated: bool = True, messages: bool = True) -> Json:
    """Return the whole document of a conversation."""
    body: Json = {
        "_id": kept.id,
        "userId": kept.owner,
        "orgId": ORGANISATION,
        "title": kept.title,
        "initiator": kept.owner,
        "messages": [message(each, populated=populated) for each in kept.messages],
        "isShared": kept.is_shared,
        "sharedWith": list(kept.shared_with),
        "isDeleted": kept.deleted_by is not None,
        "isArchived": kept.is_archived,
        "lastActivityAt": kept.last_activity_at,
        "status": kept.status.value,
        "modelInfo": kept.model or {},
        "conversationErrors": list(kept.errors),
        "createdAt": iso(kept.created_at),
        "updatedAt": iso(kept.updated_at),
        "__v": len(kept.messages),
    }
    optional = {
        "failReason": kept.fail_reason,
        "archivedBy": kept.archived_by,
        "deletedBy": kept.deleted_by,
        "projectId": kept.project_id,
        "projectVisibility": kept.project_visibility,
    }
    body |= {key: value for key, value in optional.items() if value}
    if not messages:
        del body["messages"]
    return body


def finished(kept: Conversation, turn: str, records_used: int, stamp: Json, padding: int) -> Json:
    """Return what the last frame of a stream holds; a first turn has no count of records."""
    body = conversation(kept)
    if padding:
        body["metadata"] = {"padding": "x" * padding}
    if turn == "new":
        return {"conversation": body, "meta": stamp}
    counted = {"recordsUsed": records_used}
    return {"conversation": body, **counted, "meta": stamp | counted}


def row(kept: Conversation, reader: str, *, messages: bool = False) -> Json:
    """Return a conversation as a list shows it. The owner is said to have `read` access, too."""
    body = conversation(kept, populated=False, messages=messages)
    del body["__v"]
    return body | {"isOwner": kept.owner == reader, "accessLevel": kept.access_of(reader) or "read"}


def fetched(kept: Conversation, reader: str, shown: Iterable[Message], pages: Json) -> Json:
    """Return a conversation as reading it by its id shows it; here alone the key is `id`."""
    body: Json = {
        "id": kept.id,
        "title": kept.title,
        "initiator": kept.owner,
        "createdAt": iso(kept.created_at),
        "isShared": kept.is_shared,
        "sharedWith": list(kept.shared_with),
        "status": kept.status.value,
        "messages": [message(each) for each in shown],
        "modelInfo": kept.model or {},
        "pagination": pages,
        "access": {"isOwner": kept.owner == reader, "accessLevel": kept.access_of(reader) or "read"},
    }
    return body | ({"failReason": kept.fail_reason} if kept.fail_reason else {})


def sharing(kept: Conversation) -> Json:
    """Return the receipt of sharing."""
    return {"id": kept.id, "isShared": kept.is_shared, "sharedWith": list(kept.shared_with)}


def receipt(kept: Conversation, verb: str, user_id: str) -> Json:
    """Return the receipt of archiving, unarchiving or deleting: `archived`, `archivedBy`, `archivedAt` …."""
    return {"id": kept.id, "status": verb, f"{verb}By": user_id, f"{verb}At": iso(now())}


def filters(
    query: Mapping[str, str], default_limit: int, sorts: Iterable[str], sort_by: str = "lastActivityAt"
) -> Json:
    """Return which filters a request for a list applied, and which there are."""
    dates = {"start": query.get("startDate"), "end": query.get("endDate")}
    order = _choice(query, "sortOrder", "Direction of the order", ("asc", "desc"), "desc")
    applied = sorted(set(query) - {"page", "limit"})
    available = {
        "shared": _filter(query, "shared", "Whether they are shared", values=["true", "false"]),
        "tags": _filter(query, "tags", "Tags of the conversation", type="string"),
        "minMessages": _filter(query, "minMessages", "The fewest messages", type="number"),
        "search": _filter(query, "search", "Text in titles and messages", type="string"),
        "pagination": {
            "page": _number(query, "page", "The page", 1),
            "limit": _number(query, "limit", "Rows of a page", default_limit, max=100),
        },
        "sorting": {
            "sortBy": _choice(query, "sortBy", "What orders the list", sorts, sort_by),
            "sortOrder": order,
        },
        "dateFilters": {
            "dateRange": {
                "type": "date",
                "description": "When the conversation began",
                "format": "ISO 8601",
                "current": dates,
                "applied": any(dates.values()),
            }
        },
        "messageFilters": {
            "messageType": _filter(query, "messageType", "Kind of message", values=[*map(str, Kind)])
        },
        "sortingMessages": {
            "sortBy": _choice({}, "sortBy", "What orders the messages", MESSAGE_SORTS, "createdAt"),
            "sortOrder": order,
        },
    }
    values = {name: query[name] for name in applied}
    return {"applied": {"filters": applied, "values": values}, "available": available}


def _filter(query: Mapping[str, str], name: str, description: str, **more: object) -> Json:
    given = query.get(name)
    return {**more, "description": description, "current": given, "applied": given is not None}


def _number(query: Mapping[str, str], name: str, description: str, default: int, **more: object) -> Json:
    given = query.get(name, "")
    bounds = {"type": "number", "min": 1, **more, "default": default}
    current = int(given) if given.isdecimal() else default
    return _filter(query, name, description, **bounds) | {"current": current}


def _choice(
    query: Mapping[str, str], name: str, description: str, values: Iterable[str], default: str
) -> Json:
    made = _filter(query, name, description, values=list(values), default=default)
    return made | {"current": query.get(name, default)}


STATES = {
    Status.IN_PROGRESS: "INPROGRESS",
    Status.COMPLETE: "COMPLETED",
    Status.FAILED: "FAILED",
    Status.STOPPED: "STOPPED",
}


def documented_citation(kept: Json, message: Message | None = None) -> Json:
    """Return a reference with its excerpt; what it points to is added for those who look for it."""
    metadata = kept["metadata"]
    reference = {
        "citationId": kept["_id"],
        "relevanceScore": kept["relevance"],
        "excerpt": kept["content"],
        "context": " / ".join([metadata["recordName"], *kept["headings"]]),
        "chunkIndex": kept["chunkIndex"],
    }
    if message is None:
        return reference | {"metadata": metadata}
    return reference | {"citationData": citation(kept, message)["citationData"]}


def documented_message(kept: Message) -> Json:
    """Return a message."""
    return {
        "_id": kept.id,
        "messageType": kept.kind.value,
        "content": kept.content,
        "contentFormat": "MARKDOWN",
        "citations": [documented_citation(each, kept) for each in kept.citations],
        "confidence": kept.confidence,
        "followUpQuestions": list(kept.follow_ups),
        "feedback": list(kept.feedback),
        "metadata": {"processingTimeMs": kept.updated_at - kept.created_at},
        "createdAt": iso(kept.created_at),
        "updatedAt": iso(kept.updated_at),
    }


def documented_conversation(kept: Conversation) -> Json:
    """Return a conversation with its messages."""
    body: Json = {
        "_id": kept.id,
        "userId": kept.owner,
        "orgId": ORGANISATION,
        "title": kept.title,
        "initiator": kept.owner,
        "messages": [documented_message(each) for each in kept.messages],
        "isShared": kept.is_shared,
        "sharedWith": list(kept.shared_with),
        "isDeleted": kept.deleted_by is not None,
        "isArchived": kept.is_archived,
        "lastActivityAt": kept.last_activity_at,
        "status": STATES[kept.status],
        "modelInfo": kept.model or {},
        "conversationErrors": list(kept.errors),
        "createdAt": iso(kept.created_at),
        "updatedAt": iso(kept.updated_at),
    }
    if kept.fail_reason:
        body["failReason"] = kept.fail_reason
    return body
