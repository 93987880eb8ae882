"""The addresses of the workspace beside the Web API: response URLs, sockets, OAuth, files."""

import functools
import json
import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web
from yarl import URL

from bot.demo.workspace.model import Json
from bot.demo.workspace.refusals import Refusal
from bot.demo.workspace.workspace import Workspace

_GONE = frozenset({"expired_url", "used_url"})

Door = Callable[[Workspace, web.Request], Awaitable[web.StreamResponse]]


def routes(workspace: Workspace) -> list[web.RouteDef]:
    """Return the routes of all of them."""

    def opened(door: Door) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        return functools.partial(door, workspace)

    return [
        web.get("/socket-mode", workspace.sockets.serve),
        web.post("/actions/{team}/{key}", opened(_respond)),
        web.get("/oauth/v2/authorize", opened(_authorize)),
        web.get("/files/{id}/{name}", opened(_file)),
    ]


async def _respond(workspace: Workspace, request: web.Request) -> web.Response:
    """Take what an app sends to a response URL."""
    try:
        ticket = workspace.response_urls.use(request.match_info["key"])
        workspace.answers.post(ticket, await _said(request))
    except Refusal as refusal:
        status = 404 if refusal.code in _GONE else 400
        return web.json_response({"ok": False, "error": refusal.code} | refusal.extra, status=status)
    return web.json_response({"ok": True})


async def _said(request: web.Request) -> Json:
    try:
        said = json.loads(await request.text())
    except ValueError:
        raise Refusal("invalid_payload") from None
    if not isinstance(said, dict):
        raise Refusal("invalid_payload")
    return said


async def _authorize(workspace: Workspace, request: web.Request) -> web.Response:
    """Consent, as an admin would, and send the browser back with a code."""
    redirect = request.query.get("redirect_uri", "")
    if request.query.get("client_id") != workspace.app.client_id or not redirect:
        return web.Response(status=400, text="client_id or redirect_uri is wrong")
    code = secrets.token_urlsafe(16)
    workspace.app.codes[code] = redirect
    answer = {"code": code, "state": request.query.get("state", "")}
    raise web.HTTPFound(URL(redirect).update_query(answer))


async def _file(workspace: Workspace, request: web.Request) -> web.Response:
    """Give a shared file to a holder of a bot token."""
    file = workspace.state.files.get(request.match_info["id"])
    if file is None:
        raise web.HTTPNotFound(text="there is no such file")
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token not in workspace.app.bot_tokens:
        raise web.HTTPForbidden(text="a bot token is needed")
    return web.Response(text=file.content, content_type=file.mimetype)
