"""The addresses beside the Web API: response URLs, sockets, files."""

import functools
import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.demo.workspace.model import Json
from bot.demo.workspace.refusals import NotPossible, Refusal
from bot.demo.workspace.slack import Slack

_GONE = frozenset({"expired_url", "used_url"})

Door = Callable[[Slack, web.Request], Awaitable[web.StreamResponse]]


def routes(slack: Slack) -> list[web.RouteDef]:
    """Return the routes of all of them."""

    def opened(door: Door) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        return functools.partial(door, slack)

    return [
        web.get("/socket-mode", slack.first.sockets.serve),
        web.post("/actions/{team}/{key}", opened(_respond)),
        web.get("/files/{id}/{name}", opened(_file)),
    ]


async def _respond(slack: Slack, request: web.Request) -> web.Response:
    """Take what an app sends to a response URL."""
    try:
        workspace = slack.team(request.match_info["team"])
        ticket = workspace.response_urls.use(request.match_info["key"])
        workspace.answers.post(ticket, await _said(request))
    except NotPossible:
        raise web.HTTPNotFound(text="there is no such workspace") from None
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


async def _file(slack: Slack, request: web.Request) -> web.Response:
    """Give a shared file to a holder of a bot token."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    holders = [each for each in slack.holders(token) if token in each.app.tokens.live]
    if not holders:
        raise web.HTTPForbidden(text="a bot token is needed")
    for workspace in holders:
        if file := workspace.state.files.get(request.match_info["id"]):
            return web.Response(text=file.content, content_type=file.mimetype)
    raise web.HTTPNotFound(text="there is no such file")
