"""The web server: Slack's deliveries, health and metrics."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import prometheus_client
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

LARGEST_DELIVERY = 1024 * 1024
"""Bytes. Slack's largest deliveries, submissions with everything filled in, stay far below."""

Reasons = Callable[[], Awaitable[Sequence[str]]]


def routes(reasons: Reasons, slack: AsyncApp | None) -> web.Application:
    """Return the paths of the bot; `reasons` tells why it is not ready, `slack` is None in Socket Mode."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_request: web.Request) -> web.Response:
        found = list(await reasons())
        return web.json_response(
            {"status": "not ready" if found else "ready", "reasons": found}, status=503 if found else 200
        )

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(
            body=prometheus_client.generate_latest(),
            headers={"Content-Type": prometheus_client.CONTENT_TYPE_LATEST},
        )

    app = web.Application(client_max_size=LARGEST_DELIVERY)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    if slack is not None:
        app.router.add_post("/slack/events", _deliveries(slack))
    return app


def _deliveries(slack: AsyncApp) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def deliver(request: web.Request) -> web.StreamResponse:
        try:
            delivery = await to_bolt_request(request)
        except (ValueError, json.JSONDecodeError):
            raise web.HTTPBadRequest(text="not a delivery of Slack's") from None
        return await to_aiohttp_response(await slack.async_dispatch(delivery))

    return deliver


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
