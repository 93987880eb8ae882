"""The operations on conversations that are there: list, read, share, rename, archive, delete, rate."""

from aiohttp import web

from bot.demo.knowledge.errors import BadRequest, NotFound
from bot.demo.knowledge.ids import object_id as new_id
from bot.demo.knowledge.shapes import documented, enveloped
from bot.demo.knowledge.store.rows import Conversation
from bot.demo.knowledge.tokens import Caller
from bot.demo.knowledge.web.checks import OBJECT_ID, Checked, object_id, without_markup
from bot.demo.knowledge.web.context import Context, body_of, json_response, meta
from bot.demo.knowledge.web.paging import pages

LONGEST_TITLE = 200


async def fetch(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Read one conversation; page 1 holds its newest messages, oldest first."""
    as_documented = context.dialect == "documented"
    checked = Checked(request.query)
    page = checked.whole("page", 1, most=10_000)
    limit = checked.whole("limit", 10 if as_documented else 20, most=100)
    checked.choice("sortBy", ("createdAt", "messageType", "content"), "Invalid sort field", "createdAt")
    checked.choice("sortOrder", ("asc", "desc"), "Invalid sort order", "desc")
    checked.done()
    conversation = await _readable(request, context, caller)
    total = len(conversation.messages)
    end = max(0, total - (page - 1) * limit)
    shown = conversation.messages[max(0, end - limit) : end]
    where = pages(page, limit, total)
    if as_documented:
        body = documented.conversation(conversation)
        body["messages"] = [documented.message(each) for each in shown]
        return json_response(body | {"pagination": where | {"totalMessages": total}})
    where["messageRange"] = {"start": max(0, end - limit) + 1 if shown else 0, "end": end}
    kept = enveloped.fetched(conversation, caller.user.id, shown, where)
    told = meta(request, conversationId=conversation.id, messageCount=len(shown))
    return json_response(
        {"conversation": kept, "filters": {"applied": {"filters": []}, "available": {}}, "meta": told}
    )


async def delete(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Delete a conversation softly."""
    conversation = await _own(request, context, caller)
    citations = sum(len(message.citations) for message in conversation.messages)
    await context.conversations.delete(conversation.id, caller.user.id)
    if context.dialect == "documented":
        return json_response({"message": "Conversation deleted successfully"})
    receipt = enveloped.receipt(conversation, "deleted", caller.user.id)
    return json_response(receipt | {"citationsDeleted": citations, "meta": meta(request)})


async def share(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Let other people read a conversation; only by the book does the level they are given matter."""
    checked = Checked(await body_of(request))
    user_ids = checked.listed("userIds", OBJECT_ID, "Invalid user ID format", least=1)
    level = "read"
    if context.dialect == "documented":
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
    if context.dialect == "documented":
        return json_response(documented.conversation(changed))
    return json_response(enveloped.sharing(changed) | {"meta": meta(request)})


async def unshare(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Take people's access back."""
    checked = Checked(await body_of(request))
    user_ids = checked.listed("userIds", OBJECT_ID, "Invalid user ID format", least=1)
    checked.done()
    conversation = await _own(request, context, caller, "Conversation not found or unauthorized")
    left = [each for each in conversation.shared_with if each["userId"] not in user_ids]
    changed = await context.conversations.share(conversation.id, left)
    if context.dialect == "documented":
        return json_response(documented.conversation(changed))
    return json_response(enveloped.sharing(changed) | {"unsharedUsers": user_ids, "meta": meta(request)})


async def rename(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Give a conversation a title."""
    checked = Checked(await body_of(request))
    title = checked.text("title", "Title", most=LONGEST_TITLE, required=True)
    checked.done()
    title = without_markup(title)
    conversation = await _own(request, context, caller)
    changed = await context.conversations.rename(conversation.id, title)
    if context.dialect == "documented":
        return json_response(documented.conversation(changed))
    return json_response(
        {"conversation": enveloped.conversation(changed, populated=False), "meta": meta(request)}
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
    if context.dialect == "documented":
        return json_response(documented.conversation(changed))
    return json_response(enveloped.receipt(changed, verb, caller.user.id) | {"meta": meta(request)})


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
    """Return the conversation when it is the caller's; what is somebody else's is not found."""
    conversation = await _found(request, context, message)
    if conversation.owner != caller.user.id:
        raise NotFound(message)
    return conversation


async def _readable(request: web.Request, context: Context, caller: Caller) -> Conversation:
    """Return the conversation when the caller owns it or was given access, and it is not archived."""
    conversation = await _found(request, context)
    mine = conversation.owner == caller.user.id or conversation.access_of(caller.user.id) is not None
    if not mine or conversation.is_archived:
        raise NotFound("Conversation not found")
    return conversation
