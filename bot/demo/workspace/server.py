"""The workspace as a server: the Web API, response URLs, sockets, files, the consent page, the page."""

import contextlib
import functools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import web
from yarl import URL

from bot.demo.workspace.app import Consent
from bot.demo.workspace.model import Json, NotPossible, Refusal
from bot.demo.workspace.options import SCOPES, Options
from bot.demo.workspace.page.render.html import filled
from bot.demo.workspace.page.routes import add_routes, check_host
from bot.demo.workspace.web_api.dispatch import api_routes
from bot.demo.workspace.workspace import Slack, Workspace, kept_in

CONSENT = "/oauth/v2/authorize"


@dataclass(frozen=True, slots=True)
class _ConsentAsked:
    """What an app asks for: the scopes, and where the browser goes afterwards."""

    scopes: frozenset[str]
    redirect: str
    state: str
    team: str

    def back(self, **answer: str) -> web.HTTPFound:
        """Return the way back to the app, with its answer."""
        return web.HTTPFound(URL(self.redirect).update_query(answer | {"state": self.state}))


def _consent_routes(slack: Slack) -> list[web.RouteDef]:
    """Return the routes of the page where an admin lets the app into a workspace."""

    async def ask(request: web.Request) -> web.StreamResponse:
        check_host(request)
        return _consent_page(slack, _consent_asked(slack, request))

    async def decide(request: web.Request) -> web.StreamResponse:
        check_host(request)
        return await _consent_decided(slack, _consent_asked(slack, request), request)

    return [web.get(CONSENT, ask), web.post(CONSENT, decide)]


def _consent_asked(slack: Slack, request: web.Request) -> _ConsentAsked:
    """Return what the address asks for; raises HTTPBadRequest with Slack's word for what is wrong."""
    query = request.query
    if query.get("client_id") != slack.first.app.client_id:
        raise web.HTTPBadRequest(text="invalid_client_id")
    redirect = query.get("redirect_uri", "")
    if urlsplit(redirect).scheme not in {"http", "https"}:
        raise web.HTTPBadRequest(text="bad_redirect_uri")
    scopes = frozenset(each for each in query.get("scope", "").replace(" ", ",").split(",") if each)
    if not scopes or not scopes <= SCOPES or query.get("user_scope"):
        raise web.HTTPBadRequest(text="invalid_scope")
    return _ConsentAsked(scopes, redirect, query.get("state", ""), query.get("team", ""))


def _consent_page(slack: Slack, asked: _ConsentAsked) -> web.Response:
    places = slack.places
    page = filled(
        "consent.html",
        app=slack.first.app.name,
        scopes=sorted(asked.scopes),
        places=[places[asked.team]] if asked.team in places else list(places.values()),
    )
    return web.Response(text=page, content_type="text/html", headers=_consent_policy(asked))


async def _consent_decided(slack: Slack, asked: _ConsentAsked, request: web.Request) -> web.Response:
    form = await request.post()
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text="Only this page itself may ask for that.")
    if form.get("decision") != "allow":
        raise asked.back(error="access_denied")
    alone = next(iter(slack.places)) if len(slack.places) == 1 else ""
    place = str(form.get("team") or asked.team or alone)
    if place not in slack.places:
        raise web.HTTPBadRequest(text="Choose the workspace to install the app in.")
    raise asked.back(code=slack.consents.give(Consent(place, asked.redirect, asked.scopes)))


def _consent_policy(asked: _ConsentAsked) -> dict[str, str]:
    """Return headers under which the form can lead back to the app, and the page do nothing else."""
    there = urlsplit(asked.redirect)
    rules = (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        f"form-action 'self' {there.scheme}://{there.netloc}",
        "frame-ancestors 'none'",
    )
    return {"Content-Security-Policy": "; ".join(rules), "Cache-Control": "no-store"}


_GONE = frozenset({"expired_url", "used_url"})

Door = Callable[[Slack, web.Request], Awaitable[web.StreamResponse]]


def _other_routes(slack: Slack) -> list[web.RouteDef]:
    """Return the routes beside the Web API: sockets, response URLs and files."""

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


LARGEST_REQUEST = 4 * 1024 * 1024
"""Bytes of one request: more than any message or view that Slack takes."""


@dataclass(frozen=True, slots=True)
class WorkspaceServer:
    """Workspaces that are being served at `url`, the first of them with its page.

    `addresses` (name to URL) are shown there.
    """

    slack: Slack
    url: str
    addresses: dict[str, str] = field(default_factory=dict)

    @property
    def workspace(self) -> Workspace:
        """The first workspace."""
        return self.slack.first

    @property
    def api_url(self) -> str:
        """The base of the Web API, as an app is configured with it."""
        return f"{self.url}/api/"

    @classmethod
    @contextlib.asynccontextmanager
    async def running(
        cls,
        options: Options | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        others: Iterable[Options] = (),
    ) -> AsyncIterator["WorkspaceServer"]:
        """Serve a workspace, and `others` beside it, until the block ends.

        Port 0 takes a free one; those that are kept are kept in a folder each. Raises OSError.
        """
        slack = Slack(options or Options(), others)
        addresses: dict[str, str] = {}
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.add_routes([*api_routes(slack), *_other_routes(slack), *_consent_routes(slack)])
        add_routes(app, slack.first, addresses)
        # Connections that an app left open must not hold up the end of a test.
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port)
            await site.start()
            url = f"http://{host}:{runner.addresses[0][1]}"
            async with contextlib.AsyncExitStack() as stack:
                for each in slack.workspaces:
                    await stack.enter_async_context(kept_in(each, each.options.data))
                    each.start(url)
                    stack.push_async_callback(each.stop)
                yield cls(slack, url, addresses)
        finally:
            await runner.cleanup()
