"""One door for every method: arguments, token, faults, limits, scopes, the answer and the log."""

import asyncio
import functools
from collections import ChainMap

from aiohttp import web

from bot.demo.workspace.api import (
    agents,
    chat,
    conversations,
    installation,
    reactions,
    streaming,
    users,
    views,
)
from bot.demo.workspace.api.arguments import Arguments, arguments_of
from bot.demo.workspace.api.method import Asked, Method, Token
from bot.demo.workspace.calls import Call
from bot.demo.workspace.faults import Fault
from bot.demo.workspace.model import Json
from bot.demo.workspace.refusals import NotPossible, Refusal
from bot.demo.workspace.workspace import Workspace

METHODS: ChainMap[str, Method] = ChainMap(
    *(
        dict(family.METHODS)
        for family in (agents, chat, conversations, installation, reactions, streaming, users, views)
    )
)

TOO_MANY_REQUESTS = 429


def route(workspace: Workspace) -> list[web.RouteDef]:
    """Return the routes of the Web API."""
    answer = functools.partial(_answer, workspace)
    return [web.get("/api/{method}", answer), web.post("/api/{method}", answer)]


async def _answer(workspace: Workspace, request: web.Request) -> web.StreamResponse:
    name = request.match_info["method"]
    fault = workspace.faults.take(name)
    if fault is not None:
        await asyncio.sleep(fault.delay)
        if fault.reset:
            return _broken(request)
    arguments = Arguments({})
    try:
        arguments = await arguments_of(request)
        if fault is not None and (fault.status or fault.error):
            response, error = _faulty(fault)
        else:
            response, error = _called(workspace, request, name, arguments)
    except Refusal as refusal:
        response, error = web.json_response(_refused(refusal)), refusal.code
    kept = {key: value for key, value in arguments.values.items() if key not in {"token", "client_secret"}}
    workspace.calls.add(Call(name, workspace.clock(), kept, error))
    response.headers["X-OAuth-Scopes"] = ",".join(sorted(workspace.app.scopes))
    return _broken(request) if fault is not None and fault.lost_response else response


def _called(
    workspace: Workspace, request: web.Request, name: str, arguments: Arguments
) -> tuple[web.Response, str]:
    method = METHODS.get(name)
    if method is None:
        raise Refusal("unknown_method", req_method=name)
    authorization = request.headers.get("Authorization", "")
    token = _token(workspace, method, arguments, authorization)
    wait = workspace.limits.spend(name, arguments.text("channel"))
    if wait is not None:
        return _rate_limited(wait), "ratelimited"
    asked = Asked(workspace, arguments, authorization, token)
    if method.scopes:
        asked.scope(*method.scopes)
    try:
        return web.json_response({"ok": True} | method.run(asked)), ""
    except NotPossible as reason:
        raise Refusal("not_possible", detail=str(reason)) from reason


def _token(workspace: Workspace, method: Method, arguments: Arguments, authorization: str) -> str:
    token = arguments.text("token") or authorization.removeprefix("Bearer ")
    app = workspace.app
    if method.token is Token.NONE:
        return ""
    if not token:
        raise Refusal("not_authed")
    if token in app.revoked:
        raise Refusal("account_inactive" if workspace.bot.deleted else "token_revoked")
    kinds = {app.app_token: Token.APP, app.config_token: Token.CONFIGURATION}
    kind = Token.BOT if token in app.bot_tokens else kinds.get(token)
    if kind is None:
        raise Refusal("invalid_auth")
    if kind is not method.token:
        raise Refusal("not_allowed_token_type")
    return token


def _refused(refusal: Refusal) -> Json:
    return {"ok": False, "error": refusal.code} | refusal.extra


def _faulty(fault: Fault) -> tuple[web.Response, str]:
    if fault.status == TOO_MANY_REQUESTS:
        return _rate_limited(fault.retry_after or 1), "ratelimited"
    if fault.status is not None:
        return web.Response(status=fault.status, text="upstream trouble"), f"status {fault.status}"
    error = fault.error or ""
    return web.json_response({"ok": False, "error": error}), error


def _rate_limited(wait: int) -> web.Response:
    return web.json_response(
        {"ok": False, "error": "ratelimited"},
        status=TOO_MANY_REQUESTS,
        headers={"Retry-After": str(wait)},
    )


def _broken(request: web.Request) -> web.Response:
    """Break the connection; what is returned is never sent."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
