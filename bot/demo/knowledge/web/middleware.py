"""What happens to every request around its handler: faults, errors, ids, the log."""

import asyncio
import json
import logging
import re
from collections import deque

from aiohttp import web

from bot.demo.knowledge.errors import ApiError, InternalError, Unauthorized
from bot.demo.knowledge.faults import INSTEAD, Fault, Trouble
from bot.demo.knowledge.tokens import EXPIRED
from bot.demo.knowledge.web.context import CONTEXT, FAULTS, REQUEST_ID, Handler, json_response, new_request_id

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
        return json_response(error.body(), error.status)
    except web.HTTPRequestEntityTooLarge:
        return json_response(InternalError().body(), 500)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        if request.method in {"GET", "HEAD"}:
            return web.Response(text=INDEX_PAGE, content_type="text/html")
        text = f"<!doctype html><pre>Cannot {request.method} {request.path}</pre>"
        return web.Response(text=text, content_type="text/html", status=404)
    except web.HTTPException:
        raise
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return json_response(InternalError().body(), 500)


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
            return _instead(fault)
    return await handler(request)


async def _question(request: web.Request) -> str:
    if not request.body_exists:
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


def _instead(fault: Fault) -> web.Response:
    if fault.trouble is Trouble.HTML:
        return web.Response(text=fault.body or INDEX_PAGE, content_type="text/html")
    if fault.trouble is Trouble.EXPIRED_TOKEN:
        return json_response(Unauthorized("Access token has expired", EXPIRED).body(), 401)
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if fault.body is not None:
        return web.Response(
            text=fault.body, status=fault.status, headers=headers, content_type="application/json"
        )
    error: dict[str, object] = {"code": _code(fault.status), "message": fault.message}
    if fault.status == web.HTTPTooManyRequests.status_code:
        error["retryAfter"] = fault.retry_after
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
