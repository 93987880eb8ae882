"""`/oauth/v2/authorize`: where an admin lets the app into a workspace, and is sent back to it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web
from yarl import URL

from bot.demo.workspace.consents import Consent
from bot.demo.workspace.options import SCOPES
from bot.demo.workspace.page.render.html import filled
from bot.demo.workspace.page.routes import check_host
from bot.demo.workspace.slack import Slack

PATH = "/oauth/v2/authorize"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an app asks for: the scopes, and where the browser goes afterwards."""

    scopes: frozenset[str]
    redirect: str
    state: str
    team: str

    def back(self, **answer: str) -> web.HTTPFound:
        """Return the way back to the app, with its answer."""
        return web.HTTPFound(URL(self.redirect).update_query(answer | {"state": self.state}))


def routes(slack: Slack) -> list[web.RouteDef]:
    """Return the routes of the page."""

    async def ask(request: web.Request) -> web.StreamResponse:
        check_host(request)
        return _page(slack, _asked(slack, request))

    async def decide(request: web.Request) -> web.StreamResponse:
        check_host(request)
        return await _decided(slack, _asked(slack, request), request)

    return [web.get(PATH, ask), web.post(PATH, decide)]


def _asked(slack: Slack, request: web.Request) -> _Asked:
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
    return _Asked(scopes, redirect, query.get("state", ""), query.get("team", ""))


def _page(slack: Slack, asked: _Asked) -> web.Response:
    places = slack.places
    page = filled(
        "consent.html",
        app=slack.first.app.name,
        scopes=sorted(asked.scopes),
        places=[places[asked.team]] if asked.team in places else list(places.values()),
    )
    return web.Response(text=page, content_type="text/html", headers=_policy(asked))


async def _decided(slack: Slack, asked: _Asked, request: web.Request) -> web.Response:
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


def _policy(asked: _Asked) -> dict[str, str]:
    """Return headers under which the form can lead back to the app, and the page do nothing else."""
    there = urlsplit(asked.redirect)
    rules = (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        f"form-action 'self' {there.scheme}://{there.netloc}",
        "frame-ancestors 'none'",
    )
    return {"Content-Security-Policy": "; ".join(rules), "Cache-Control": "no-store"}
