"""The web application: every address and what answers there, and what happens around each request."""

import asyncio
import json
import logging
import re
from collections import deque

from aiohttp import web

from bot.demo.knowledge.faults import INSTEAD, Fault, Trouble
from bot.demo.knowledge.generations import Generation
from bot.demo.knowledge.model import ApiError, InternalError, Invalid, Unauthorized
from bot.demo.knowledge.users import EXPIRED
from bot.demo.knowledge.web import attachments, catalog, chat, conversations, oauth, projects, records
from bot.demo.knowledge.web.requests import (
    CONTEXT,
    FAULTS,
    REQUEST_ID,
    Context,
    Handler,
    body_of,
    guarded,
    json_response,
    new_request_id,
)

log = logging.getLogger(__name__)

INDEX_PAGE = (
    "<!doctype html><html><head><title>PipesHub</title></head><body><div id='root'></div></body></html>"
)
LONGEST_REQUEST_ID = 64
Requests = deque[tuple[str, str, int]]
"""Method, path and status of what was answered; 0 where the connection was dropped instead."""


@web.middleware
async def identified(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request the id it brought, cleaned, or a new one."""
    brought = re.sub(r"[^A-Za-z0-9._:-]", "", request.headers.get("X-Request-ID", ""))[:LONGEST_REQUEST_ID]
    request[REQUEST_ID] = brought or new_request_id()
    return await handler(request)


@web.middleware
async def told_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell what went wrong in the words of the API; unknown addresses get the web application."""
    try:
        return await handler(request)
    except ApiError as error:
        return _refusal(request, error)
    except web.HTTPRequestEntityTooLarge:
        return _refusal(request, InternalError())
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        if request.method in {"GET", "HEAD"}:
            return web.Response(text=INDEX_PAGE, content_type="text/html")
        text = f"<!doctype html><pre>Cannot {request.method} {request.path}</pre>"
        return web.Response(text=text, content_type="text/html", status=404)
    except web.HTTPException:
        raise
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return _refusal(request, InternalError())


def _refusal(request: web.Request, error: ApiError) -> web.Response:
    traced = request.app[CONTEXT].generation.traces_errors
    response = json_response(error.body(request[REQUEST_ID] if traced else None), error.status)
    response.headers.update(error.headers)
    return response


@web.middleware
async def faulty(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Do to the request what the faults that meet it say; those of a stream are left to the stream."""
    faults = request.app[CONTEXT].faults
    met: tuple[Fault, ...] = ()
    if faults.active and not request.path.startswith("/_demo"):
        met = faults.take(request.method, request.path, await _question(request))
    request[FAULTS] = tuple(fault for fault in met if fault.trouble not in INSTEAD)
    for fault in met:
        if fault.trouble is Trouble.DELAY:
            await asyncio.sleep(fault.seconds)
        elif fault.trouble is Trouble.DROP:
            return _dropped(request)
        elif fault.trouble in INSTEAD:
            return _instead(request, fault)
    return await handler(request)


async def _question(request: web.Request) -> str:
    if not request.body_exists or request.content_type.startswith("multipart/"):
        return ""
    try:
        body = json.loads(await request.text())
    except ValueError:
        return ""
    return str(body.get("query", "")) if isinstance(body, dict) else ""


def _dropped(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _instead(request: web.Request, fault: Fault) -> web.Response:
    if fault.trouble is Trouble.HTML:
        return web.Response(text=fault.body or INDEX_PAGE, content_type="text/html")
    if fault.trouble is Trouble.EXPIRED_TOKEN:
        return _refusal(request, Unauthorized("Access token has expired", EXPIRED))
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if fault.body is not None:
        return web.Response(
            text=fault.body, status=fault.status, headers=headers, content_type="application/json"
        )
    error: dict[str, object] = {"code": _code(fault.status), "message": fault.message}
    if fault.status == web.HTTPTooManyRequests.status_code:
        error["retryAfter"] = fault.retry_after
    if request.app[CONTEXT].generation.traces_errors:
        error["requestId"] = request[REQUEST_ID]
    response = json_response({"error": error}, fault.status)
    response.headers.update(headers)
    return response


def _code(status: int) -> str:
    names = {
        400: "BAD_REQUEST",
        401: "UNAUTHORIZED",
        403: "FORBIDDEN",
        404: "NOT_FOUND",
        409: "CONFLICT",
        413: "PAYLOAD_TOO_LARGE",
        424: "FAILED_DEPENDENCY",
        429: "TOO_MANY_REQUESTS",
        500: "INTERNAL_SERVER_ERROR",
        502: "BAD_GATEWAY",
        503: "SERVICE_UNAVAILABLE",
        504: "GATEWAY_TIMEOUT",
    }
    return f"HTTP_{names.get(status, 'INTERNAL_SERVER_ERROR')}"


REQUESTS = web.AppKey("requests", Requests)


async def noted(request: web.Request, response: web.StreamResponse) -> None:
    """Note a request as soon as its status is sent, so that a stream stands in the log while it runs."""
    gone = request.transport is None or request.transport.is_closing()
    request.app[REQUESTS].append((request.method, request.path, 0 if gone else response.status))


async def show_faults(request: web.Request) -> web.StreamResponse:
    """List the faults that are on."""
    return json_response({"faults": [fault.described() for fault in request.app[CONTEXT].faults.active]})


async def switch_fault(request: web.Request) -> web.StreamResponse:
    """Switch on the fault the body describes; `{"clear": true}` switches all off first."""
    faults = request.app[CONTEXT].faults
    body = await body_of(request)
    if body.pop("clear", False):
        faults.clear()
    if body:
        try:
            faults.add(Fault.read(body))
        except ValueError as error:
            raise Invalid(str(error)) from error
    return await show_faults(request)


LARGEST_BODY = 10 * 1024 * 1024
"""Bytes; PipesHub's own limit for JSON."""
REMEMBERED_REQUESTS = 10_000
READ, WRITE, CHAT = "conversation:read", "conversation:write", "conversation:chat"


def application(context: Context) -> tuple[web.Application, Requests]:
    """Return the application and the log of what it answered."""
    app = web.Application(middlewares=[identified, told_errors, faulty], client_max_size=LARGEST_BODY)
    requests: Requests = deque(maxlen=REMEMBERED_REQUESTS)
    app[CONTEXT] = context
    app[REQUESTS] = requests
    app.on_response_prepare.append(noted)
    _add_conversations(app.router)
    _add_what_came_later(app.router, context.generation)
    _add_surroundings(app.router, context)
    oauth.add_routes(app.router)
    return app, requests


def _add_conversations(router: web.UrlDispatcher) -> None:
    root = "/api/v1/conversations"
    one, message = f"{root}/{{id}}", f"{root}/{{id}}/message/{{message}}"
    router.add_post(f"{root}/create", guarded(chat.create, WRITE))
    router.add_post(f"{root}/stream", guarded(chat.create_stream, CHAT))
    router.add_get(root, guarded(conversations.list_active, READ))
    router.add_get(f"{root}/", guarded(conversations.list_active, READ))
    router.add_get(f"{root}/show/archives", guarded(conversations.list_archived, READ))
    router.add_get(one, guarded(conversations.fetch, READ))
    router.add_delete(one, guarded(conversations.delete, WRITE))
    router.add_post(f"{one}/messages", guarded(chat.add, CHAT))
    router.add_post(f"{one}/messages/stream", guarded(chat.add_stream, CHAT))
    router.add_post(f"{one}/share", guarded(conversations.share, WRITE))
    router.add_post(f"{one}/unshare", guarded(conversations.unshare, WRITE))
    router.add_patch(f"{one}/title", guarded(conversations.rename, WRITE))
    router.add_patch(f"{one}/archive", guarded(conversations.archive, WRITE))
    router.add_patch(f"{one}/unarchive", guarded(conversations.unarchive, WRITE))
    router.add_post(f"{message}/regenerate", guarded(chat.regenerate, CHAT))
    router.add_post(f"{message}/feedback", guarded(conversations.submit_feedback, WRITE))


def _add_what_came_later(router: web.UrlDispatcher, generation: Generation) -> None:
    """Add the addresses that only some generations have; elsewhere they are unknown."""
    root = "/api/v1/conversations"
    one = f"{root}/{{id}}"
    if generation.searches_archives:
        router.add_get(f"{root}/show/archives/search", guarded(conversations.search_archived, READ))
    if generation.attachment_types:
        router.add_post(f"{root}/attachments/upload", guarded(attachments.upload, CHAT))
        router.add_delete(f"{root}/attachments/{{id}}", guarded(attachments.delete, CHAT))
    if generation.can_cancel:
        router.add_post(f"{one}/cancel", guarded(chat.cancel, CHAT))
    if generation.tells_contents:
        router.add_get("/api/v1/connectors/record/{id}/content", guarded(records.content, "connector:read"))
    if generation.has_projects:
        router.add_get("/api/v1/projects", guarded(projects.list_projects, "project:read"))
        router.add_get("/api/v1/projects/{id}/conversations", guarded(projects.conversations, "project:read"))
        router.add_put(f"{one}/project", guarded(projects.link, WRITE))
        router.add_patch(f"{one}/project-visibility", guarded(projects.show, WRITE))


def _add_surroundings(router: web.UrlDispatcher, context: Context) -> None:
    async def docs(_: web.Request) -> web.StreamResponse:
        return json_response(catalog.description(context.generation))

    api = "/api/v1"
    router.add_get(f"{api}/health", catalog.health)
    router.add_get(f"{api}/docs/json", docs)
    router.add_get(
        f"{api}/configurationManager/ai-models/available/llm", guarded(catalog.models, "config:read")
    )
    router.add_get(f"{api}/users", guarded(catalog.users, "user:read"))
    router.add_get(f"{api}/users/{{id}}", guarded(catalog.user, "user:read"))
    router.add_get(f"{api}/knowledgeBase/knowledge-hub/nodes", guarded(catalog.nodes, "kb:read"))
    router.add_get(f"{api}/knowledgeBase", guarded(catalog.knowledge_bases, "kb:read"))
    router.add_get(f"{api}/connectors", guarded(catalog.connectors, "connector:read"))
    router.add_get(f"{api}/connectors/active", guarded(catalog.connectors, "connector:read"))
    router.add_get(f"{api}/agents", guarded(catalog.agents, "agent:read"))
    router.add_get("/record/{id}", records.record)
    router.add_get("/_demo/faults", show_faults)
    router.add_post("/_demo/faults", switch_fault)
