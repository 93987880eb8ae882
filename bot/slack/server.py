"""The web server: Slack's deliveries, health and metrics."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import prometheus_client
import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from bot.domain.errors import BotError
from bot.slack.inbound.envelopes import NO_RETRY

log = structlog.get_logger(__name__)

LARGEST_DELIVERY = 1024 * 1024
"""Bytes. Slack's largest deliveries, submissions with everything filled in, stay far below."""

ARRIVING = 10.0
"""Seconds for the body of a delivery to arrive; Slack itself waits 3 for an answer to all of it."""

UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What Bolt raises for a body that is no JSON, in no such character set, or without ids where it looks."""

Reasons = Callable[[], Awaitable[Sequence[str]]]
Scrape = Callable[[], Awaitable[bytes]]
Dispatch = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]


def routes(
    reasons: Reasons,
    scrape: Scrape,
    dispatch: Dispatch | None,
    signing_secret: str = "",
    pages: Iterable[web.AbstractRouteDef] = (),
    arriving: float = ARRIVING,
) -> web.Application:
    """Return the paths of the bot.

    `reasons` tells why it is not ready, `scrape` what is counted; `dispatch` takes
    deliveries and is None in Socket Mode. `pages` are for people's browsers.
    `arriving` are the seconds that the body of a delivery gets.
    """

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_request: web.Request) -> web.Response:
        found = list(await reasons())
        return web.json_response(
            {"status": "not ready" if found else "ready", "reasons": found}, status=503 if found else 200
        )

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(
            body=await scrape(), headers={"Content-Type": prometheus_client.CONTENT_TYPE_LATEST}
        )

    app = web.Application(client_max_size=LARGEST_DELIVERY)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    app.router.add_routes(pages)
    if dispatch is not None:
        deliver = _deliveries(dispatch, SignatureVerifier(signing_secret), arriving)
        app.router.add_post("/slack/events", deliver)
    return app


def _deliveries(
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
        except UNREADABLE:
            raise web.HTTPBadRequest(text="not a delivery of Slack's", headers={NO_RETRY: "1"}) from None
        return await to_aiohttp_response(await _dispatched(dispatch, delivery))

    return deliver


async def _dispatched(dispatch: Dispatch, delivery: AsyncBoltRequest) -> BoltResponse:
    """Return the app's answer; what Bolt itself cannot handle is refused, so that Slack sends it again."""
    try:
        return await dispatch(delivery)
    except BotError as error:
        log.warning("a delivery cannot be taken now", reason=error.detail)
    except Exception:
        log.exception("a delivery failed", incident=uuid4().hex[:8])
    return BoltResponse(status=500, body="")


def _is_signed(verifier: SignatureVerifier, body: bytes, headers: Mapping[str, str]) -> bool:
    timestamp = headers.get("X-Slack-Request-Timestamp", "")
    signature = headers.get("X-Slack-Signature", "")
    if not (timestamp.isascii() and timestamp.isdecimal() and signature.isascii()):
        return False
    try:
        return verifier.is_valid(body=body, timestamp=timestamp, signature=signature)
    except UnicodeDecodeError:  # what Slack signs is text
        return False


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve `app` while the block runs, and yield the port, which 0 leaves to the system."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=5)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
