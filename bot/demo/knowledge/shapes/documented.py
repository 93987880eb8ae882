"""Bodies as the published API description has them: bare conversations, capital states, flat citations."""

from bot.demo.knowledge.ids import ORGANISATION, iso
from bot.demo.knowledge.shapes import enveloped
from bot.demo.knowledge.store.rows import Conversation, Json, Message, Status

STATES = {
    Status.IN_PROGRESS: "INPROGRESS",
    Status.COMPLETE: "COMPLETED",
    Status.FAILED: "FAILED",
}


def citation(kept: Json, message: Message | None = None) -> Json:
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
    return reference | {"citationData": enveloped.citation(kept, message)["citationData"]}


def message(kept: Message) -> Json:
    """Return a message."""
    return {
        "_id": kept.id,
        "messageType": kept.kind.value,
        "content": kept.content,
        "contentFormat": "MARKDOWN",
        "citations": [citation(each, kept) for each in kept.citations],
        "confidence": kept.confidence,
        "followUpQuestions": list(kept.follow_ups),
        "feedback": list(kept.feedback),
        "metadata": {"processingTimeMs": kept.updated_at - kept.created_at},
        "createdAt": iso(kept.created_at),
        "updatedAt": iso(kept.updated_at),
    }


def conversation(kept: Conversation) -> Json:
    """Return a conversation with its messages."""
    body: Json = {
        "_id": kept.id,
        "userId": kept.owner,
        "orgId": ORGANISATION,
        "title": kept.title,
        "initiator": kept.owner,
        "messages": [message(each) for each in kept.messages],
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
