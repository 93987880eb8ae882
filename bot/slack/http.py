"""The web server: what Slack delivers, the OAuth pages that people see, health and metrics."""

import asyncio
import hmac
import re
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from ipaddress import IPv6Network, ip_address
from typing import cast
from urllib.parse import urlsplit

import prometheus_client
import structlog
from aiohttp import web
from markupsafe import escape
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from bot.domain.errors import BotError, Reason, Refused, TooManyInstallations, Unforeseen
from bot.domain.people import LinkedAccount
from bot.flows.accounts.installation import (
    INSTALL_PATH,
    INSTALL_REDIRECT_PATH,
    INSTALL_STATE_SECONDS,
    InstallationService,
)
from bot.flows.accounts.link import CALLBACK_PATH, CONNECT_PATH, LINK_STATE_SECONDS, AccountLinkingService
from bot.log import new_incident
from bot.sentences import sentence
from bot.slack.connections import (
    BACKLOG,
    HEAD_TIMEOUT,
    KEEP_ALIVE,
    MAX_CONNECTIONS,
    Connection,
    OpenConnections,
)
from bot.slack.payloads.events import NO_RETRY

log = structlog.get_logger(__name__)

STYLE = """
:root { color-scheme: light dark; --ink: #1d1c1d; --quiet: #616061; --page: #f6f6f6; --card: #fff;
  --line: #ddd; --good: #0f766e; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --quiet: #a5a5a8; --page: #141619;
  --card: #1f2328; --line: #3a3d42; --good: #2dd4bf; --bad: #f97066; } }
body { align-items: center; background: var(--page); color: var(--ink); display: flex;
  font: 1rem/1.5 system-ui, sans-serif; justify-content: center; margin: 0; min-height: 100vh; }
main { background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  border-top: 4px solid var(--bad); margin: 1rem; max-width: 28rem; padding: 1.75rem; }
main.good { border-top-color: var(--good); }
h1 { font-size: 1.35rem; line-height: 1.25; margin: 0 0 .75rem; }
p { margin: 0; overflow-wrap: anywhere; }
small { color: var(--quiet); display: block; margin-top: 1.25rem; }
"""

_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()

HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""For every page and redirect: nothing is loaded, framed, cached or told to the next site."""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main class="{kind}">
<h1>{title}</h1>
<p>{sentence}</p>
<small>PipesHub in Slack</small>
</main>
</body>
</html>
"""


def page(title: str, sentence: str, status: int = 200) -> web.Response:
    """Return a page with a title and a sentence, both plain text; a status from 400 on marks a failure."""
    kind = "good" if status < web.HTTPBadRequest.status_code else "bad"
    text = _PAGE.format(title=escape(title), sentence=escape(sentence), style=STYLE, kind=kind)
    return web.Response(text=text, content_type="text/html", status=status, headers=HEADERS)


MAX_PARAMETER_LENGTH = 4_096
"""Characters of a parameter: codes of real servers have a few hundred at most."""

_COOKIE_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")


def with_error_page(
    title: str, handler: Callable[[web.Request], Awaitable[web.Response]]
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return a handler that answers an error with a page: what went wrong, and what to do next."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refused as error:
            log.info("web.request_refused", title=title, refusal=error.reason, reason=error.detail)
            return page(title, error.sentence, 429 if isinstance(error, TooManyInstallations) else 400)
        except BotError as error:
            log.warning("web.request_failed", title=title, error=error.reason, reason=error.detail)
            return page(title, error.sentence, 502)
        except Exception:
            code = new_incident()
            log.exception("web.request_crashed", title=title, incident=code)
            return page(title, Unforeseen(code).sentence, 500)

    return handle


def query_parameter(request: web.Request, name: str, otherwise: Reason) -> str:
    """Return a parameter, empty where it is missing. Raises `otherwise` where there are several."""
    found = request.query.getall(name, [""])
    if len(found) > 1 or len(found[0]) > MAX_PARAMETER_LENGTH:
        raise Refused(otherwise)
    return found[0]


AuthorizationUrl = Callable[[web.Request, str], Awaitable[str]]
"""Returns where a browser is sent, for a request and the browser's cookie."""

Complete = Callable[[str, str, str, str], Awaitable[web.Response]]
"""Returns the last page, for what a browser comes back with: code, state, cookie and error, maybe empty."""


@dataclass(frozen=True, slots=True)
class _OAuthFlow:
    """The way of a browser to an authorization server and back, tied to that browser by a cookie.

    The cookie is sent to the addresses under `below` only and lasts for `seconds`; a flow that comes back in
    another browser raises `expired`. Pages of errors have the title `failed`.
    """

    cookie: str
    below: str
    seconds: float
    expired: Reason
    failed: str

    def routes(
        self, start: str, authorization_url: AuthorizationUrl, callback: str, complete: Complete
    ) -> list[web.AbstractRouteDef]:
        """Return the routes of both ends."""

        async def begin(request: web.Request) -> web.Response:
            browser = self._cookie_of(request) or secrets.token_urlsafe(32)
            location = {"Location": await authorization_url(request, browser)}
            response = web.Response(status=web.HTTPFound.status_code, headers=HEADERS | location)
            address = urlsplit(self.below)
            response.set_cookie(
                self.cookie,
                browser,
                max_age=round(self.seconds),
                path=address.path,
                httponly=True,
                secure=address.scheme == "https",
                samesite="Lax",
            )
            return response

        async def end(request: web.Request) -> web.Response:
            code, state, error = (
                query_parameter(request, name, self.expired) for name in ("code", "state", "error")
            )
            return await complete(code, state, self._cookie_of(request), error)

        # A HEAD request must not use a ticket up.
        return [
            web.get(start, with_error_page(self.failed, begin), allow_head=False),
            web.get(callback, with_error_page(self.failed, end), allow_head=False),
        ]

    def _cookie_of(self, request: web.Request) -> str:
        found = request.cookies.get(self.cookie, "")
        return found if _COOKIE_VALUE.fullmatch(found) else ""


FORWARDED = "X-Forwarded-For"
IPV6_PREFIX = 64  # bits that one caller's IPv6 addresses have in common


def caller(request: web.Request, trusted_proxies: int) -> str:
    """Return the address that a request comes from, as the outermost of the operator's proxies saw it.

    Each proxy adds an address at the end; what stands before those of the trusted ones can be forged.
    """
    header = ",".join(request.headers.getall(FORWARDED, []))
    if not trusted_proxies or not header:
        return _network(request.remote or "")
    return _network(header.rsplit(",", trusted_proxies)[-trusted_proxies:][0])


def _network(address: str) -> str:
    """Return an IPv4 address, or the network of an IPv6 one; some proxies add a port to it."""
    bare = address.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare)
    except ValueError:
        return "unknown"
    if found.version == 4:  # noqa: PLR2004
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Network((found.packed, IPV6_PREFIX), strict=False))


ACCOUNT_COOKIE = "pipeshub_connecting"
INSTALL_COOKIE = "slack_installing"


def account_routes(
    account_linking: AccountLinkingService, linked: Callable[[LinkedAccount], None], public_url: str
) -> list[web.AbstractRouteDef]:
    """Return the routes that connect an account; `linked` is called with each new one.

    `public_url` is the address at which browsers find the bot.
    """

    async def authorization_url(request: web.Request, browser: str) -> str:
        ticket = query_parameter(request, "ticket", Reason.LINK_EXPIRED)
        return await account_linking.authorization_url(ticket, browser)

    async def complete(code: str, state: str, browser: str, error: str) -> web.Response:
        account = await account_linking.complete(code, state, browser, error)
        linked(account)
        who = account.owner.email or sentence("account.without_email")
        return page(sentence("page.connected"), sentence("page.connected.text", who=who))

    below, failed = f"{public_url}/pipeshub/", sentence("page.not_connected")
    flow = _OAuthFlow(ACCOUNT_COOKIE, below, LINK_STATE_SECONDS, Reason.LINK_EXPIRED, failed)
    return flow.routes(CONNECT_PATH, authorization_url, CALLBACK_PATH, complete)


def install_routes(
    installation_service: InstallationService, public_url: str, trusted_proxies: int = 0
) -> list[web.AbstractRouteDef]:
    """Return the routes that install the bot; `public_url` is the address at which browsers find it."""

    async def authorization_url(request: web.Request, browser: str) -> str:
        return await installation_service.authorization_url(browser, caller(request, trusted_proxies))

    async def complete(code: str, state: str, browser: str, error: str) -> web.Response:
        granted = await installation_service.complete(code, state, browser, error)
        where = granted.name or sentence("page.installed.workspace")
        return page(sentence("page.installed"), sentence("page.installed.text", where=where))

    below, failed = f"{public_url}/slack/", sentence("page.not_installed")
    flow = _OAuthFlow(INSTALL_COOKIE, below, INSTALL_STATE_SECONDS, Reason.INSTALL_EXPIRED, failed)
    return flow.routes(INSTALL_PATH, authorization_url, INSTALL_REDIRECT_PATH, complete)


MAX_DELIVERY_BYTES = 1024 * 1024
"""Slack's largest deliveries, submitted forms with everything filled in, are far smaller."""

BODY_TIMEOUT = 10.0
"""Seconds for the body of a delivery to arrive; Slack itself waits 3 for an answer to all of it."""

UNREADABLE_BODY_EXCEPTIONS = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What Bolt raises for a body that is no JSON, has an unknown character set, or lacks the ids it reads."""

Reasons = Callable[[], Awaitable[Sequence[str]]]
Scrape = Callable[[], Awaitable[bytes]]
Dispatch = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]


def metrics_route(scrape: Scrape, token: str = "") -> web.AbstractRouteDef:
    """Return the route of the metrics, for those who send `token` where there is one."""
    expected = f"Bearer {token}".encode()

    async def metrics(request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "").encode(errors="replace")
        if token and not hmac.compare_digest(given, expected):
            raise web.HTTPUnauthorized(
                text="send METRICS_TOKEN as a bearer token", headers={"WWW-Authenticate": "Bearer"}
            )
        return web.Response(
            body=await scrape(), headers={"Content-Type": prometheus_client.CONTENT_TYPE_LATEST}
        )

    return web.get("/metrics", metrics)


def make_web_app(
    reasons: Reasons,
    scrape: Scrape | None,
    dispatch: Dispatch | None,
    signing_secret: str = "",
    pages: Iterable[web.AbstractRouteDef] = (),
    arriving: float = BODY_TIMEOUT,
    metrics_token: str = "",
) -> web.Application:
    """Return the web application.

    `reasons` returns why the bot is not ready, `scrape` the metrics, None where they are served elsewhere;
    `dispatch` takes deliveries and is None in Socket Mode. `pages` are the routes for people's browsers.
    `arriving` is how many seconds the body of a delivery may take.
    """

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_request: web.Request) -> web.Response:
        found = list(await reasons())
        return web.json_response(
            {"status": "not ready" if found else "ready", "reasons": found}, status=503 if found else 200
        )

    app = web.Application(client_max_size=MAX_DELIVERY_BYTES)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    if scrape is not None:
        app.router.add_routes([metrics_route(scrape, metrics_token)])
    app.router.add_routes(pages)
    if dispatch is not None:
        deliver = _delivery_handler(dispatch, SignatureVerifier(signing_secret), arriving)
        app.router.add_post("/slack/events", deliver)
    return app


def _delivery_handler(
    dispatch: Dispatch, verifier: SignatureVerifier, arriving: float
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def deliver(request: web.Request) -> web.StreamResponse:
        try:
            async with asyncio.timeout(arriving):
                body = await request.read()
        except TimeoutError:
            raise web.HTTPRequestTimeout(text="too slow") from None
        if not _is_signed(verifier, body, request.headers):
            raise web.HTTPUnauthorized(text="not signed by Slack")
        try:
            delivery = await to_bolt_request(request)
        except UNREADABLE_BODY_EXCEPTIONS:
            raise web.HTTPBadRequest(text="not a delivery of Slack's", headers={NO_RETRY: "1"}) from None
        # Where handling fails, a refusal makes Slack deliver the event again.
        response = BoltResponse(status=500, body="")
        try:
            response = await dispatch(delivery)
        except BotError as error:
            log.warning("delivery.postponed", reason=error.detail)
        except Exception:
            log.exception("delivery.crashed", incident=new_incident())
        return await to_aiohttp_response(response)

    return deliver


def _is_signed(verifier: SignatureVerifier, body: bytes, headers: Mapping[str, str]) -> bool:
    timestamp = headers.get("X-Slack-Request-Timestamp", "")
    signature = headers.get("X-Slack-Signature", "")
    if not (timestamp.isascii() and timestamp.isdecimal() and signature.isascii()):
        return False
    try:
        return verifier.is_valid(body=body, timestamp=timestamp, signature=signature)
    except UnicodeDecodeError:  # Slack signs text only
        return False


@asynccontextmanager
async def serve_http(
    app: web.Application,
    host: str,
    port: int,
    *,
    head_timeout: float = HEAD_TIMEOUT,
    max_connections: int = MAX_CONNECTIONS,
) -> AsyncIterator[int]:
    """Serve `app` while the block runs, and yield the port, which 0 leaves to the system."""
    runner, loop = web.AppRunner(app, handle_signals=False, shutdown_timeout=5), asyncio.get_running_loop()
    await runner.setup()
    try:
        connection = partial(
            Connection,
            OpenConnections(head_timeout, max_connections),
            cast(web.Server, runner.server),
            loop=loop,
            access_log=None,
            keepalive_timeout=KEEP_ALIVE,
        )
        listening = await loop.create_server(connection, host, port, backlog=BACKLOG)
        try:
            yield listening.sockets[0].getsockname()[1]
        finally:
            listening.close()
    finally:
        await runner.cleanup()
