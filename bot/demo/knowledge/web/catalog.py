"""What a front end needs beside conversations: health, the description, models, people, sources."""

import re
import uuid
from collections.abc import Sequence
from typing import TypeVar

from aiohttp import web

from bot.demo.knowledge.generations import Generation
from bot.demo.knowledge.model import ORGANISATION, BadRequest, Json, NotFound, iso, now, record_id
from bot.demo.knowledge.turns import CONNECTOR, CONNECTOR_ID
from bot.demo.knowledge.users import SERVICE_USER, Caller, User
from bot.demo.knowledge.web.requests import Checked, Context, json_response, object_id

Item = TypeVar("Item")

MODEL_KEY = str(uuid.uuid5(uuid.NAMESPACE_URL, "local-knowledge/model"))
READING_MODEL_KEY = str(uuid.uuid5(uuid.NAMESPACE_URL, "local-knowledge/model/thorough"))
MADE = 1_767_225_600_000
"""Milliseconds; when sources and the agent were made, as the demo tells it."""
PATHS = (
    "/conversations",
    "/conversations/stream",
    "/conversations/show/archives",
    "/conversations/{conversationId}",
    "/conversations/{conversationId}/messages/stream",
    "/conversations/{conversationId}/share",
    "/conversations/{conversationId}/unshare",
    "/conversations/{conversationId}/title",
    "/conversations/{conversationId}/archive",
    "/conversations/{conversationId}/unarchive",
    "/conversations/{conversationId}/message/{messageId}/regenerate",
    "/conversations/{conversationId}/message/{messageId}/feedback",
)
PLAIN_PATHS = ("/conversations/create", "/conversations/{conversationId}/messages")
"""Operations that the description leaves out while they do not answer."""
LATE_PATHS = (
    "/conversations/{conversationId}/cancel",
    "/conversations/{conversationId}/project",
    "/conversations/{conversationId}/project-visibility",
    "/projects",
)


async def health(_: web.Request) -> web.StreamResponse:
    """Say that the server is well."""
    services = {"search": "healthy", "database": "healthy"}
    names = {"search": "Search", "database": "Database"}
    return json_response(
        {
            "status": "healthy",
            "timestamp": iso(now()),
            "services": services,
            "serviceNames": names,
            "deployment": {"dataStoreType": "sqlite"},
        }
    )


def description(generation: Generation) -> Json:
    """Return the API's description of itself; which paths it has tells the generations apart."""
    paths: tuple[str, ...] = (*PLAIN_PATHS, *PATHS) if generation.lists_plain_paths else PATHS
    paths += LATE_PATHS if generation.can_cancel else ()
    schemas = {"ConversationStreamRequest": {"type": "object"}} if generation.vocabulary == "agui" else {}
    return {
        "openapi": "3.0.0",
        "info": {"title": "PipesHub API", "version": "1.0.0"},
        "servers": [{"url": "/api/v1"}],
        "paths": {path: {} for path in paths},
        "components": {"schemas": {"Conversation": {"type": "object"}, **schemas}},
    }


async def models(_: web.Request, __: Context, ___: Caller) -> web.StreamResponse:
    """List the language models; both read the same documents here."""
    available = [
        _model(MODEL_KEY, "local-reader", "Local reader", default=True),
        _model(READING_MODEL_KEY, "local-reader-thorough", "Local reader, thorough", default=False),
    ]
    return json_response(
        {"status": "success", "models": available, "message": "Models retrieved successfully"}
    )


def _model(key: str, name: str, friendly: str, *, default: bool) -> Json:
    return {
        "modelType": "llm",
        "provider": "local",
        "modelName": name,
        "modelKey": key,
        "isMultimodal": False,
        "isReasoning": not default,
        "isDefault": default,
        "modelFriendlyName": friendly,
    }


async def users(request: web.Request, context: Context, _: Caller) -> web.StreamResponse:
    """List people; until 0.3 as a bare array, whatever was searched for."""
    if context.generation.bodies == "others":
        return json_response([_raw_user(each) for each in context.users.matching("")])
    checked = Checked(request.query)
    page, limit = checked.whole("page", 1, most=10_000), checked.whole("limit", 25, most=100)
    checked.done()
    try:
        found = context.users.matching(request.query.get("search", ""))
    except re.error:
        raise BadRequest("Invalid search") from None
    rows = [_user(each) for each in _page(found, page, limit)]
    return json_response({"users": rows, "pagination": _pagination(page, limit, len(found))})


async def user(request: web.Request, context: Context, _: Caller) -> web.StreamResponse:
    """Return one person."""
    found = context.users.with_id(object_id(request.match_info["id"], "user"))
    if found is None:
        raise NotFound("User not found")
    return json_response(_raw_user(found))


def _user(person: User) -> Json:
    return {
        "id": person.id,
        "userId": person.id,
        "orgId": ORGANISATION,
        "name": person.full_name,
        "email": person.email,
        "isActive": True,
        "hasLoggedIn": True,
        "isBlocked": False,
        "role": person.role,
    }


def _raw_user(person: User) -> Json:
    return {"_id": person.id, "orgId": ORGANISATION, "email": person.email, "fullName": person.full_name}


async def nodes(request: web.Request, context: Context, _: Caller) -> web.StreamResponse:
    """List the sources that answers can be limited to: one connector and the folders at its top."""
    checked = Checked(request.query)
    page, limit = checked.whole("page", 1, most=10_000), checked.whole("limit", 50, most=200)
    checked.done()
    wanted = request.query.get("q", "").lower()
    rows = [_connector_node(context.index.root.name), *map(_collection_node, _collections(context))]
    found = [each for each in rows if wanted in each["name"].lower()]
    unfiltered = ("nodeTypes", "recordTypes", "origins", "connectorIds", "indexingStatus")
    applied: Json = dict.fromkeys((*unfiltered, "createdAt", "updatedAt", "size"))
    applied |= {"q": request.query.get("q"), "sortBy": "name", "sortOrder": "asc"}
    nothing = ("error", "id", "currentNode", "parentNode", "breadcrumbs", "counts", "permissions")
    return json_response(
        {
            "success": True,
            **dict.fromkeys(nothing),
            "items": _page(found, page, limit),
            "pagination": _hub_pagination(page, limit, len(found), "totalItems"),
            "filters": {"applied": applied, "available": None},
        }
    )


async def knowledge_bases(request: web.Request, context: Context, _: Caller) -> web.StreamResponse:
    """List the folders at the top as knowledge bases."""
    checked = Checked(request.query)
    page, limit = checked.whole("page", 1, most=10_000), checked.whole("limit", 20, most=100)
    checked.done()
    wanted = request.query.get("search", "").lower()
    found = [name for name in _collections(context) if wanted in name.lower()]
    rows = [
        {
            "id": record_id("collection", name),
            "name": name,
            "connectorId": CONNECTOR_ID,
            "createdAtTimestamp": MADE,
            "updatedAtTimestamp": MADE,
            "createdBy": SERVICE_USER.id,
            "userRole": "READER",
            "folders": [],
        }
        for name in _page(found, page, limit)
    ]
    sorts = ["name", "createdAtTimestamp", "updatedAtTimestamp", "userRole"]
    available = {"permissions": ["READER"], "sortFields": sorts, "sortOrders": ["asc", "desc"]}
    return json_response(
        {
            "knowledgeBases": rows,
            "pagination": _hub_pagination(page, limit, len(found), "totalCount"),
            "filters": {"applied": {}, "available": available},
        }
    )


async def connectors(_: web.Request, context: Context, __: Caller) -> web.StreamResponse:
    """List the one connector there is: the folder of documents."""
    name = context.index.root.name
    row = {"_key": CONNECTOR_ID, "name": name, "type": CONNECTOR, "isActive": True, "isConfigured": True}
    return json_response({"success": True, "connectors": [row]})


async def agents(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """List the one agent there is."""
    checked = Checked(request.query)
    page, limit = checked.whole("page", 1, most=10_000), checked.whole("limit", 20, most=200)
    checked.done()
    search = request.query.get("search", "").strip().lower()
    row = _agent(context.index.root.name, caller)
    found = [row] if search in f"{row['name']} {row['description']}".lower() else []
    where = _hub_pagination(page, limit, len(found), "totalItems")
    where["currentPage"] = where.pop("page")
    return json_response({"success": True, "agents": _page(found, page, limit), "pagination": where})


def _agent(folder: str, caller: Caller) -> Json:
    key = record_id("agent")
    return {
        "_id": f"agentInstances/{key}",
        "_key": key,
        "name": "Handbook guide",
        "description": f"Answers from {folder}",
        "startMessage": "What would you like to know?",
        "systemPrompt": "",
        "models": [MODEL_KEY],
        "tags": ["demo"],
        "toolsets": [],
        "mcpServers": [],
        "knowledge": [],
        "createdBy": caller.user.id,
        "createdAtTimestamp": MADE,
        "updatedAtTimestamp": MADE,
        "isActive": True,
        "isDeleted": False,
        "isServiceAccount": False,
        "shareWithOrg": True,
        "can_view": True,
        "can_share": False,
        "can_edit": False,
        "can_delete": False,
        "user_role": "READER",
        "access_type": "ORG",
    }


def _collections(context: Context) -> list[str]:
    return sorted({record.collection for record in context.index.records})


def _connector_node(name: str) -> Json:
    return _node(CONNECTOR_ID, name, "app", "CONNECTOR")


def _collection_node(name: str) -> Json:
    return _node(record_id("collection", name), name, "recordGroup", "COLLECTION")


def _node(id_: str, name: str, kind: str, origin: str) -> Json:
    unknown = ("recordType", "recordGroupType", "indexingStatus", "reason", "sizeInBytes", "mimeType")
    empty = ("parentId", "extension", "webUrl", "previewRenderable", "permission", "sharingStatus")
    return {
        "id": id_,
        "name": name,
        "nodeType": kind,
        "origin": origin,
        "connector": CONNECTOR,
        "connectorId": CONNECTOR_ID,
        "hasChildren": True,
        "isInternal": False,
        "isPlaceholder": False,
        "createdAt": MADE,
        "updatedAt": MADE,
        **dict.fromkeys((*unknown, *empty)),
    }


def _page(items: Sequence[Item], page: int, limit: int) -> Sequence[Item]:
    return items[(page - 1) * limit : page * limit]


def _pagination(page: int, limit: int, total: int) -> Json:
    return _hub_pagination(page, limit, total, "totalCount")


def _hub_pagination(page: int, limit: int, total: int, word: str) -> Json:
    count = -(-total // limit)
    return {
        "page": page,
        "limit": limit,
        word: total,
        "totalPages": count,
        "hasNext": page < count,
        "hasPrev": page > 1,
    }
