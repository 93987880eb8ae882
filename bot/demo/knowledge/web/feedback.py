"""Rating an answer."""

from aiohttp import web

from bot.demo.knowledge.dialects import Dialect
from bot.demo.knowledge.errors import BadRequest, NotFound
from bot.demo.knowledge.ids import now
from bot.demo.knowledge.shapes import documented
from bot.demo.knowledge.store.rows import Conversation, Json, Kind, Message
from bot.demo.knowledge.tokens import Caller
from bot.demo.knowledge.web.checks import Checked, object_id
from bot.demo.knowledge.web.context import Context, body_of, json_response, meta

CATEGORIES = frozenset(
    {
        "incorrect_information",
        "missing_information",
        "irrelevant_information",
        "unclear_explanation",
        "poor_citations",
        "excellent_answer",
        "helpful_citations",
        "well_explained",
        "other",
    }
)
"""What servers take since 0.4."""
DOCUMENTED_CATEGORIES = CATEGORIES | {
    "outdated_information",
    "irrelevant_response",
    "too_verbose",
    "too_brief",
    "formatting_issues",
    "citation_issues",
}
KEPT: dict[Dialect, frozenset[str]] = {
    "documented": frozenset(
        {"isHelpful", "ratings", "categories", "comments", "citationFeedback", "followUpQuestionsHelpful"}
    ),
    "legacy": frozenset(),
    "agui": frozenset({"isHelpful", "categories", "comments"}),
}
"""The fields that each generation keeps; 0.2 and 0.3 strip them all and store an empty entry."""


async def submit(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Store what somebody thinks of an answer; earlier feedback stays."""
    given = _checked(await body_of(request), context.dialect)
    conversation, message = await _rated(request, context, caller)
    feedback = given | {
        "feedbackProvider": caller.user.id,
        "timestamp": now(),
        "metrics": {
            "timeToFeedback": now() - message.created_at,
            "userAgent": request.headers.get("User-Agent", ""),
        },
    }
    changed = await context.conversations.rate(conversation.id, message.id, feedback)
    if context.dialect == "documented":
        return json_response(documented.conversation(changed))
    receipt = {"conversationId": conversation.id, "messageId": message.id, "feedback": feedback}
    return json_response(receipt | {"meta": meta(request)})


def _checked(body: Json, dialect: Dialect) -> Json:
    kept = {name: value for name, value in body.items() if name in KEPT[dialect]}
    checked = Checked(kept)
    checked.flag("isHelpful")
    known = DOCUMENTED_CATEGORIES if dialect == "documented" else CATEGORIES
    categories = kept.get("categories", [])
    if not isinstance(categories, list) or not all(each in known for each in categories):
        checked.refuse("Invalid feedback category")
    comments = kept.get("comments", {})
    if not isinstance(comments, dict):
        checked.refuse("comments must be an object")
        comments = {}
    checked.done()
    if dialect == "agui" and "comments" in kept:
        kept["comments"] = {name: comments[name] for name in ("positive", "negative") if name in comments}
    return kept


async def _rated(request: web.Request, context: Context, caller: Caller) -> tuple[Conversation, Message]:
    """Return the answer to rate: the owner may, and everybody once the conversation is shared."""
    conversation_id = object_id(request.match_info["id"], "conversation")
    message_id = object_id(request.match_info["message"], "message")
    conversation = await context.conversations.find(conversation_id)
    if conversation is None or not (conversation.owner == caller.user.id or conversation.is_shared):
        raise NotFound("Conversation not found")
    message = next((each for each in conversation.messages if each.id == message_id), None)
    if message is None:
        raise NotFound("Message not found")
    if message.kind is not Kind.ANSWER:
        raise BadRequest("Feedback is only allowed for bot responses")
    return conversation, message
