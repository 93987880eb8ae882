"""The operations on conversations that exist: list, read, share, rename, archive, delete, rate an answer."""

from dataclasses import replace

from aiohttp import web

from bot.demo.knowledge import bodies
from bot.demo.knowledge.generations import Generation
from bot.demo.knowledge.model import (
    BadRequest,
    Conversation,
    Json,
    Kind,
    Message,
    NotFound,
    iso,
    now,
)
from bot.demo.knowledge.model import object_id as new_id
from bot.demo.knowledge.store import COLUMNS, Listing, Page
from bot.demo.knowledge.users import Caller
from bot.demo.knowledge.web.requests import (
    OBJECT_ID,
    Checked,
    Context,
    body_of,
    json_response,
    meta,
    object_id,
    pages,
    stored_title,
    without_markup,
)

LONGEST_TITLE = 200


async def fetch(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Read one conversation; page 1 holds its newest messages, oldest first."""
    as_documented = context.generation.bare
    checked = Checked(request.query)
    page = checked.whole("page", 1, most=10_000)
    limit = checked.whole("limit", 10 if as_documented else 20, most=100)
    checked.choice("sortBy", bodies.MESSAGE_SORTS, "Invalid sort field", "createdAt")
    checked.choice("sortOrder", ("asc", "desc"), "Invalid sort order", "desc")
    checked.done()
    conversation = await _readable(request, context, caller)
    total = len(conversation.messages)
    end = max(0, total - (page - 1) * limit)
    shown = conversation.messages[max(0, end - limit) : end]
    where = pages(page, limit, total)
    if as_documented:
        body = bodies.documented_conversation(conversation)
        body["messages"] = [bodies.documented_message(each) for each in shown]
        return json_response(body | {"pagination": where | {"totalMessages": total}})
    where["messageRange"] = {"start": max(0, end - limit) + 1 if shown else 0, "end": end}
    kept = bodies.fetched(conversation, caller.user.id, shown, where)
    if caller.user.id != conversation.owner:
        kept |= _shared_by(conversation, context)
    told = meta(request, conversationId=conversation.id, messageCount=len(shown))
    filters = bodies.filters(request.query, 20, bodies.MESSAGE_SORTS, "createdAt")
    return json_response({"conversation": kept, "filters": filters, "meta": told})


def _shared_by(conversation: Conversation, context: Context) -> Json:
    """Return who shared a conversation, where a generation tells it."""
    owner = context.users.with_id(conversation.owner)
    if owner is None or not context.generation.names_sharers:
        return {}
    return {"sharedBy": {"userId": owner.id, "name": owner.full_name}}


async def delete(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Delete a conversation softly."""
    conversation = await _own(request, context, caller)
    citations = sum(len(message.citations) for message in conversation.messages)
    await context.conversations.delete(conversation.id, caller.user.id)
    if context.generation.bare:
        return json_response({"message": "Conversation deleted successfully"})
    receipt = bodies.receipt(conversation, "deleted", caller.user.id)
    return json_response(receipt | {"citationsDeleted": citations, "meta": meta(request)})


async def share(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Let other people read a conversation; only by the book does the level they are given matter."""
    checked = Checked(await body_of(request))
    user_ids = checked.listed("userIds", OBJECT_ID, "Invalid user ID format", least=1)
    level = "read"
    if context.generation.bare:
        level = checked.choice("accessLevel", ("read", "write"), "Invalid access level", "read")
    checked.done()
    conversation = await _own(request, context, caller, "Conversation not found or unauthorized")
    caller.require("user:read")
    for user_id in user_ids:
        if context.users.with_id(user_id) is None:
            raise BadRequest(f"User not found: {user_id}")
    others = [each for each in conversation.shared_with if each["userId"] not in user_ids]
    added = [{"userId": each, "accessLevel": level, "_id": new_id()} for each in dict.fromkeys(user_ids)]
    changed = await context.conversations.share(conversation.id, [*others, *added])
    if context.generation.bare:
        return json_response(bodies.documented_conversation(changed))
    return json_response(bodies.sharing(changed) | {"meta": meta(request)})


async def unshare(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Take people's access back."""
    checked = Checked(await body_of(request))
    user_ids = checked.listed("userIds", OBJECT_ID, "Invalid user ID format", least=1)
    checked.done()
    conversation = await _own(request, context, caller, "Conversation not found or unauthorized")
    left = [each for each in conversation.shared_with if each["userId"] not in user_ids]
    changed = await context.conversations.share(conversation.id, left)
    if context.generation.bare:
        return json_response(bodies.documented_conversation(changed))
    return json_response(bodies.sharing(changed) | {"unsharedUsers": user_ids, "meta": meta(request)})


async def rename(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Give a conversation a title."""
    checked = Checked(await body_of(request))
    title = checked.text("title", "Title", most=LONGEST_TITLE, required=True)
    checked.done()
    title = stored_title(title)
    conversation = await _own(request, context, caller)
    changed = await context.conversations.rename(conversation.id, title)
    if context.generation.bare:
        return json_response(bodies.documented_conversation(changed))
    return json_response(
        {"conversation": bodies.conversation(changed, populated=False), "meta": meta(request)}
    )


async def archive(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Put a conversation away."""
    conversation = await _own(request, context, caller)
    if conversation.is_archived:
        raise BadRequest("Conversation already archived")
    changed = await context.conversations.archive(conversation.id, caller.user.id)
    return _archived(request, context, changed, caller, "archived")


async def unarchive(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Take a conversation out again."""
    conversation = await _own(request, context, caller)
    if not conversation.is_archived:
        raise BadRequest("Conversation is not archived")
    changed = await context.conversations.archive(conversation.id, None)
    return _archived(request, context, changed, caller, "unarchived")


def _archived(
    request: web.Request, context: Context, changed: Conversation, caller: Caller, verb: str
) -> web.StreamResponse:
    if context.generation.bare:
        return json_response(bodies.documented_conversation(changed))
    return json_response(bodies.receipt(changed, verb, caller.user.id) | {"meta": meta(request)})


async def _found(
    request: web.Request, context: Context, message: str = "Conversation not found"
) -> Conversation:
    conversation = await context.conversations.find(object_id(request.match_info["id"], "conversation"))
    if conversation is None:
        raise NotFound(message)
    return conversation


async def _own(
    request: web.Request, context: Context, caller: Caller, message: str = "Conversation not found"
) -> Conversation:
    """Return the conversation when it is the caller's; what belongs to another user is not found."""
    conversation = await _found(request, context, message)
    if conversation.owner != caller.user.id:
        raise NotFound(message)
    return conversation


async def _readable(request: web.Request, context: Context, caller: Caller) -> Conversation:
    """Return the conversation when the caller owns it or was given access, and it is not archived."""
    conversation = await _found(request, context)
    user_id = caller.user.id
    mine = conversation.owner == user_id or conversation.access_of(user_id) is not None
    in_project = conversation.project_visibility == "project" and conversation.project_id is not None
    if in_project and context.projects.seen_by(user_id, conversation.project_id or ""):
        mine = True
    if not mine or conversation.is_archived:
        raise NotFound("Conversation not found")
    return conversation


LONGEST_SEARCH = 1000
FLAGS = {"true": True, "1": True, "false": False, "0": False}


async def list_active(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """List the conversations that are not archived."""
    if context.generation.bare:
        everything = Listing(caller.user.id, source="either", limit=-1, with_messages=True)
        found = await context.conversations.listed(everything)
        return json_response([bodies.documented_conversation(each) for each in found.conversations])
    if context.generation.bodies == "others":
        return json_response(await _legacy(request, context, caller))
    listing = _listing(request, caller, default_limit=10)
    found = await context.conversations.listed(listing)
    body = _envelope(request, listing, found, 10) | {"source": listing.source}
    if listing.source == "shared":
        for row, kept in zip(body["conversations"], found.conversations, strict=True):
            del row["sharedWith"]
            row.update(_shared_by(kept, context))
    return json_response(body)


async def list_archived(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """List the archived conversations; their rows hold the messages, too."""
    if context.generation.bare:
        everything = Listing(caller.user.id, archived=True, limit=-1, with_messages=True)
        found = await context.conversations.listed(everything)
        return json_response([bodies.documented_conversation(each) for each in found.conversations])
    listing = _listing(request, caller, default_limit=20)
    listing = replace(listing, archived=True, with_messages=True, source="owned")
    found = await context.conversations.listed(listing)
    body = _envelope(request, listing, found, 20)
    for row, kept in zip(body["conversations"], found.conversations, strict=True):
        row["archivedAt"] = iso(kept.updated_at)
    instants = [kept.updated_at for kept in found.conversations]
    body["summary"] = {
        "totalArchived": found.total,
        "oldestArchive": iso(min(instants)) if instants else None,
        "newestArchive": iso(max(instants)) if instants else None,
    }
    return json_response(body)


async def search_archived(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Search the archived conversations; there are no agents' conversations here."""
    checked = Checked(request.query)
    checked.text("search", "Search", most=LONGEST_SEARCH, required=True)
    checked.done()
    listing = replace(_listing(request, caller, default_limit=20), archived=True, source="owned")
    found = await context.conversations.listed(listing)
    rows = [
        bodies.row(each, caller.user.id) | {"source": "assistant", "archivedAt": iso(each.updated_at)}
        for each in found.conversations
    ]
    summary = {
        "totalMatches": found.total,
        "assistantMatches": found.total,
        "agentMatches": 0,
        "searchQuery": listing.search,
    }
    where = pages(listing.page, listing.limit, found.total)
    return json_response(
        {"conversations": rows, "pagination": where, "summary": summary, "meta": meta(request)}
    )


async def _legacy(request: web.Request, context: Context, caller: Caller) -> Json:
    """List as 0.3 does: hardly anything is checked, and what others share comes beside."""
    checked = Checked(request.query)
    limit = checked.whole("limit", 20, most=100)
    checked.done()
    page = _lenient(request.query.get("page"), 1)
    listing = Listing(caller.user.id, search=request.query.get("search"), page=page, limit=limit)
    own = await context.conversations.listed(listing)
    shared = await context.conversations.listed(replace(listing, source="shared"))
    body = _envelope(request, listing, own, 20)
    rows = [bodies.row(each, caller.user.id) for each in shared.conversations]
    return body | {"sharedWithMeConversations": rows}


def _listing(request: web.Request, caller: Caller, default_limit: int) -> Listing:
    """Read and check the query string; raises `Invalid`."""
    checked = Checked(request.query)
    source = checked.choice("source", ("owned", "shared"), "Invalid source", "owned")
    page = checked.whole("page", 1, most=1_000_000)
    limit = checked.whole("limit", default_limit, most=100)
    sort_by = checked.choice("sortBy", COLUMNS, "Invalid sort field", "lastActivityAt")
    order = checked.choice("sortOrder", ("asc", "desc"), "Invalid sort order", "desc")
    search = checked.text("search", "Search", least=0, most=LONGEST_SEARCH)
    shared = checked.choice("shared", FLAGS, "shared must be true or false", "")
    start, end = checked.instant("startDate"), checked.instant("endDate")
    checked.done()
    return Listing(
        reader=caller.user.id,
        source=source,
        search=without_markup(search) if search else None,
        conversation_id=request.query.get("conversationId"),
        shared=FLAGS.get(shared),
        start=start,
        end=end,
        sort_by=sort_by,
        descending=order == "desc",
        page=page,
        limit=limit,
        project=request.query.get("projectId"),
    )


def _envelope(request: web.Request, listing: Listing, found: Page, default_limit: int) -> Json:
    return {
        "conversations": [
            bodies.row(each, listing.reader, messages=listing.with_messages) for each in found.conversations
        ],
        "pagination": pages(listing.page, listing.limit, found.total),
        "filters": bodies.filters(request.query, default_limit, COLUMNS),
        "meta": meta(request),
    }


def _lenient(value: str | None, default: int) -> int:
    return int(value) if value and value.isdecimal() and 0 < int(value) < 1_000_000 else default  # noqa: PLR2004


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


async def submit_feedback(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Store feedback about an answer; earlier feedback stays."""
    given = _checked(await body_of(request), context.generation)
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
    if context.generation.bare:
        return json_response(bodies.documented_conversation(changed))
    receipt = {"conversationId": conversation.id, "messageId": message.id, "feedback": feedback}
    return json_response(receipt | {"meta": meta(request)})


def _checked(body: Json, generation: Generation) -> Json:
    kept = {name: value for name, value in body.items() if name in generation.kept_feedback}
    checked = Checked(kept)
    checked.flag("isHelpful")
    known = DOCUMENTED_CATEGORIES if generation.bare else CATEGORIES
    categories = kept.get("categories", [])
    if not isinstance(categories, list) or not all(each in known for each in categories):
        checked.refuse("Invalid feedback category")
    comments = kept.get("comments", {})
    if not isinstance(comments, dict):
        checked.refuse("comments must be an object")
        comments = {}
    checked.done()
    if not generation.bare and "comments" in kept:
        kept["comments"] = {name: comments[name] for name in ("positive", "negative") if name in comments}
    return kept


async def _rated(request: web.Request, context: Context, caller: Caller) -> tuple[Conversation, Message]:
    """Return the answer to rate: the owner may, and each reader once the conversation is shared."""
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
