"""Listing projects, and putting conversations into them."""

from aiohttp import web

from bot.demo.knowledge import bodies
from bot.demo.knowledge.model import BadRequest, Conversation, Invalid, Json, NotFound
from bot.demo.knowledge.store import Listing
from bot.demo.knowledge.users import Caller
from bot.demo.knowledge.web.requests import Checked, Context, body_of, json_response, object_id

VISIBILITIES = ("private", "project")


async def list_projects(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """List the projects that the caller owns, is a member of, or can see."""
    checked = Checked(request.query)
    page, limit = checked.whole("page", 1, most=10_000), checked.whole("limit", 20, most=100)
    scope = checked.choice("scope", ("mine", "shared", "all"), "Invalid scope", "mine")
    checked.done()
    found = context.projects.matching(caller.user.id, scope, request.query.get("search", ""))
    rows = []
    for project in found[(page - 1) * limit : page * limit]:
        counted = await context.conversations.listed(_listing(caller, project.id, limit=1))
        rows.append(project.row(caller.user.id, counted.total))
    return json_response({"projects": rows, "pagination": _pages(page, limit, len(found))})


async def conversations(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """List a project's conversations: the caller's own, and those shown to its members."""
    checked = Checked(request.query)
    page, limit = checked.whole("page", 1, most=10_000), checked.whole("limit", 20, most=100)
    checked.done()
    project_id = object_id(request.match_info["id"], "project")
    if context.projects.seen_by(caller.user.id, project_id) is None:
        raise NotFound("Project not found")
    found = await context.conversations.listed(_listing(caller, project_id, page, limit))
    rows = [bodies.row(each, caller.user.id) for each in found.conversations]
    return json_response({"conversations": rows, "pagination": _pages(page, limit, found.total)})


async def link(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Put a conversation into a project, or, with null, take it out."""
    body = await body_of(request)
    if "projectId" not in body:
        raise Invalid("projectId is required")
    conversation = await _own(request, context, caller)
    visibility = None
    project_id = None if body["projectId"] is None else object_id(str(body["projectId"]), "project")
    if project_id is not None:
        project = context.projects.seen_by(caller.user.id, project_id)
        if project is None:
            raise NotFound("Project not found")
        shown = conversation.project_visibility == "project" or project.chats_shared
        visibility = "project" if shown else "private"
    changed = await context.conversations.link(conversation.id, project_id, visibility)
    linked = {"projectId": changed.project_id, "projectVisibility": changed.project_visibility}
    return json_response({"conversationId": changed.id, **linked})


async def show(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Show a conversation to the members of its project, or hide it from them."""
    checked = Checked(await body_of(request))
    visibility = checked.choice("visibility", VISIBILITIES, "Invalid visibility", "")
    checked.done()
    if not visibility:
        raise Invalid("Invalid visibility")
    conversation = await _own(request, context, caller)
    if conversation.project_id is None:
        raise BadRequest("Conversation is not linked to a project")
    await context.conversations.link(conversation.id, conversation.project_id, visibility)
    return json_response({"conversationId": conversation.id, "projectVisibility": visibility})


async def _own(request: web.Request, context: Context, caller: Caller) -> Conversation:
    conversation = await context.conversations.find(object_id(request.match_info["id"], "conversation"))
    if conversation is None or conversation.owner != caller.user.id:
        raise NotFound("Conversation not found or unauthorized")
    return conversation


def _listing(caller: Caller, project_id: str, page: int = 1, limit: int = 20) -> Listing:
    return Listing(caller.user.id, source="project", project=project_id, page=page, limit=limit)


def _pages(page: int, limit: int, total: int) -> Json:
    return {"page": page, "limit": limit, "totalCount": total, "totalPages": -(-total // limit)}
