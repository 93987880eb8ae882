"""OAuth 2 as PipesHub serves it: discovery, the page where people decide, tokens."""

import base64
import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, PackageLoader

from bot.demo.knowledge.authorization import Asked, OAuthError
from bot.demo.knowledge.model import InternalError, NotFound
from bot.demo.knowledge.users import SERVICE_USER, Caller
from bot.demo.knowledge.web.requests import CONTEXT, Context, Handler, guarded, json_response

ROOT = "/api/v1/oauth2"
CONSENT = "/oauth/authorize"
"""Where the web application asks the person; the API sends browsers there."""

TEMPLATES = Environment(loader=PackageLoader("bot.demo.knowledge"), autoescape=True)
MEANINGS = {
    "conversation:chat": "Ask questions in your name",
    "conversation:read": "Read your conversations",
    "conversation:write": "Title, archive, share and delete your conversations",
    "user:read": "See who works here, to share with them",
    "kb:read": "See the names of your knowledge sources",
    "offline_access": "Stay connected until you disconnect it",
}


def add_routes(router: web.UrlDispatcher) -> None:
    """Add every address of the authorization server."""
    for name in ("openid-configuration", "oauth-authorization-server"):
        router.add_get(f"/.well-known/{name}", discovery)
    router.add_get(f"{ROOT}/authorize", _told(authorize))
    router.add_get(CONSENT, consent)
    router.add_post(CONSENT, decide)
    router.add_post(f"{ROOT}/token", _told(token))
    router.add_post(f"{ROOT}/revoke", _told(revoke))
    router.add_get(f"{ROOT}/userinfo", guarded(userinfo, "openid"))


async def discovery(request: web.Request) -> web.StreamResponse:
    """Tell where everything is."""
    origin = f"{request.scheme}://{request.host}"
    return json_response(
        {
            "issuer": origin,
            "authorization_endpoint": f"{origin}{ROOT}/authorize",
            "token_endpoint": f"{origin}{ROOT}/token",
            "revocation_endpoint": f"{origin}{ROOT}/revoke",
            "userinfo_endpoint": f"{origin}{ROOT}/userinfo",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
        }
    )


async def authorize(request: web.Request) -> web.StreamResponse:
    """Note what a client asks for, and send the browser to where the person decides."""
    name = request.app[CONTEXT].authorizer.ask(request.query)
    raise web.HTTPFound(f"{CONSENT}?request={name}")


async def consent(request: web.Request) -> web.StreamResponse:
    """Show who asks for what, and let the person say who they are."""
    context = request.app[CONTEXT]
    name = request.query.get("request", "")
    asked = context.authorizer.asked(name)
    if asked is None:
        raise NotFound("This request is answered already")
    people = [each for each in context.users.all() if each != SERVICE_USER]
    meanings = [meaning for scope, meaning in MEANINGS.items() if scope in asked.scopes]
    page = TEMPLATES.get_template("authorize.html").render(
        request=name, client=asked.client.name, people=people, meanings=meanings
    )
    return web.Response(text=page, content_type="text/html", headers=_policy(asked))


async def decide(request: web.Request) -> web.StreamResponse:
    """Take the person's decision back to the client."""
    context = request.app[CONTEXT]
    form = await request.post()
    name = str(form.get("request", ""))
    if context.authorizer.asked(name) is None:
        raise NotFound("This request is answered already")
    if form.get("decision") != "allow":
        raise web.HTTPFound(context.authorizer.deny(name))
    user = context.users.named(str(form.get("user", "")))
    if user is None:
        raise NotFound("User not found")
    raise web.HTTPFound(context.authorizer.allow(name, user))


async def token(request: web.Request) -> web.StreamResponse:
    """Give tokens for a code or a refresh token."""
    granted = request.app[CONTEXT].authorizer.grant(await _form(request))
    return json_response(granted)


async def revoke(request: web.Request) -> web.StreamResponse:
    """Make a token useless; an unknown one is no error."""
    request.app[CONTEXT].authorizer.revoke(await _form(request))
    return json_response({})


async def userinfo(_: web.Request, __: Context, caller: Caller) -> web.StreamResponse:
    """Tell whose a token is."""
    user = caller.user
    told = {"sub": user.id, "user_id": user.id, "name": user.full_name, "email": user.email}
    return json_response(told)


def _told(handler: Handler) -> Handler:
    """Return a handler that tells refusals in the words of RFC 6749."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except OAuthError as error:
            return json_response(error.body(), error.status)

    return handle


async def _form(request: web.Request) -> Mapping[str, str]:
    """Return what a client sent, as a form or as JSON, with its credentials from wherever they came."""
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text())
        except ValueError:
            raise InternalError from None
        sent = {str(key): str(value) for key, value in body.items()} if isinstance(body, dict) else {}
    else:
        sent = {key: str(value) for key, value in (await request.post()).items()}
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            id_, _, secret = base64.b64decode(credentials).decode().partition(":")
        except ValueError:
            raise OAuthError("invalid_client", "Invalid client credentials", 401) from None
        sent |= {"client_id": id_, "client_secret": secret}
    return sent


def _policy(asked: Asked) -> dict[str, str]:
    """Return headers under which the form can lead back to the client, and the page do nothing else."""
    there = urlsplit(asked.redirect)
    rules = (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        f"form-action 'self' {there.scheme}://{there.netloc}",
        "frame-ancestors 'none'",
    )
    return {"Content-Security-Policy": "; ".join(rules), "Cache-Control": "no-store"}
