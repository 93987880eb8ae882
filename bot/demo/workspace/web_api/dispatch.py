"""One door for every method: arguments, token, faults, limits, scopes, the answer and the log."""

import asyncio
import functools
from collections import ChainMap
from dataclasses import replace

from aiohttp import web

from bot.demo.workspace.changes import Call
from bot.demo.workspace.faults import Fault
from bot.demo.workspace.model import Json, NotPossible, Refusal
from bot.demo.workspace.web_api import apps, chat, chat_streaming, conversations, surfaces, users
from bot.demo.workspace.web_api.method import Arguments, Asked, Method, Token, arguments_of, whose
from bot.demo.workspace.workspace import Slack, Workspace

METHODS: ChainMap[str, Method] = ChainMap(
    *(
        dict(family)
        for family in (
            apps.METHODS,
            apps.OAUTH,
            chat.METHODS,
            chat.REACTIONS,
            chat_streaming.METHODS,
            conversations.METHODS,
            surfaces.AGENTS,
            surfaces.VIEWS,
            users.METHODS,
        )
    )
)

TOO_MANY_REQUESTS = 429

_SECRETS = frozenset({"token", "client_secret", "code", "refresh_token"})
"""Arguments that are not put on the record."""


def api_routes(slack: Slack) -> list[web.RouteDef]:
    """Return the routes of the Web API."""
    answer = functools.partial(_answer, slack)
    return [web.get("/api/{method}", answer), web.post("/api/{method}", answer)]


async def _answer(slack: Slack, request: web.Request) -> web.StreamResponse:
    name = request.match_info["method"]
    workspace, arguments, unclear = slack.first, Arguments({}), None
    try:
        arguments = await arguments_of(request)
        workspace = whose(slack, name, arguments, _sent_token(request, arguments))
    except Refusal as refusal:
        unclear = refusal
    fault = workspace.faults.take(name)
    if fault is not None:
        await asyncio.sleep(fault.delay)
        # Who has stopped waiting meanwhile was never answered: nothing is done for them.
        if fault.reset or request.transport is None:
            return _broken(request)
    try:
        if fault is not None and (fault.status or fault.error or fault.body):
            response, error = _faulty(fault)
        elif unclear is not None:
            raise unclear
        else:
            asked = Asked(slack, workspace, arguments, request.headers.get("Authorization", ""))
            response, error = _called(asked, name, _sent_token(request, arguments))
    except Refusal as refusal:
        response, error = web.json_response(_refused(refusal)), refusal.code
    kept = {key: value for key, value in arguments.values.items() if key not in _SECRETS}
    workspace.calls.add(Call(name, workspace.clock(), kept, error))
    response.headers["X-OAuth-Scopes"] = ",".join(sorted(workspace.app.scopes))
    return _broken(request) if fault is not None and fault.lost_response else response


def _called(asked: Asked, name: str, token: str) -> tuple[web.Response, str]:
    method = METHODS.get(name)
    if method is None:
        raise Refusal("unknown_method", req_method=name)
    if method.token is not Token.NONE:
        _check_token(asked.workspace, method, token)
        asked = replace(asked, token=token)
    wait = asked.workspace.limits.spend(name, asked.arguments.text("channel"))
    if wait is not None:
        return _rate_limited(wait), "ratelimited"
    if method.scopes:
        asked.scope(*method.scopes)
    try:
        return web.json_response({"ok": True} | method.run(asked)), ""
    except NotPossible as reason:
        raise Refusal("not_possible", detail=str(reason)) from reason


def _sent_token(request: web.Request, arguments: Arguments) -> str:
    return arguments.text("token") or request.headers.get("Authorization", "").removeprefix("Bearer ")


def _check_token(workspace: Workspace, method: Method, token: str) -> None:
    """Raise Refusal unless the token works, and is of the kind the method takes."""
    app = workspace.app
    if not token:
        raise Refusal("not_authed")
    if token in app.tokens.revoked:
        raise Refusal("account_inactive" if workspace.bot.deleted else "token_revoked")
    kinds = {app.app_token: Token.APP, app.config_token: Token.CONFIGURATION}
    kind = Token.BOT if app.tokens.works(token) else kinds.get(token)
    if kind is None:
        raise Refusal("invalid_auth")
    if kind is not method.token:
        raise Refusal("not_allowed_token_type")


def _refused(refusal: Refusal) -> Json:
    return {"ok": False, "error": refusal.code} | refusal.extra


def _faulty(fault: Fault) -> tuple[web.Response, str]:
    if fault.status == TOO_MANY_REQUESTS:
        return _rate_limited(fault.retry_after or 1), "ratelimited"
    if fault.status is not None:
        return web.Response(status=fault.status, text="upstream trouble"), f"status {fault.status}"
    if fault.body is not None:
        return web.Response(text=fault.body, content_type="application/json"), "another body"
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
