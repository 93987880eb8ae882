"""A Slack that apps are installed in, as an admin's browser and an app's code meet it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.workspace.model import Json, Team
from bot.demo.workspace.options import NONE, Command, Options
from bot.demo.workspace.server import WorkspaceServer

BACK = "http://127.0.0.1:9/slack/oauth_redirect"
SCOPES = "app_mentions:read,channels:history,channels:read,chat:write,users:read"
GLOBEX = Team("T0GLOBEX1", "Globex", "globex")


class Moment:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_760_000_000.0

    def __call__(self) -> float:
        return self.now


class Installing:
    """A served Slack, and what admins and the app do to it."""

    def __init__(self, server: WorkspaceServer, clock: Moment) -> None:
        self.server = server
        self.clock = clock
        self.app = server.workspace.app

    def client(self, token: str | None = None) -> AsyncWebClient:
        return AsyncWebClient(token=token, base_url=self.server.api_url)

    async def consent(self, place: str, decision: str = "allow", scope: str = SCOPES) -> dict[str, str]:
        """Decide on the consent page; returns what the app's address is told."""
        query = {"client_id": self.app.client_id, "redirect_uri": BACK, "state": "s", "scope": scope}
        async with httpx.AsyncClient() as browser:
            address = httpx.URL(f"{self.server.url}/oauth/v2/authorize", params=query)
            assert (await browser.get(address)).status_code == 200
            sent = await browser.post(address, data={"team": place, "decision": decision})
        there = urlsplit(sent.headers["Location"])
        assert there.geturl().startswith(BACK)
        return {name: value for name, (value,) in parse_qs(there.query).items()}

    async def exchange(self, **arguments: Any) -> Json:
        answer = await self.client().oauth_v2_access(
            client_id=self.app.client_id,
            client_secret=self.app.client_secret,
            **{"redirect_uri": BACK} | arguments,
        )
        assert isinstance(answer.data, dict)
        return answer.data

    async def install(self, place: str, scope: str = SCOPES) -> Json:
        return await self.exchange(code=(await self.consent(place, scope=scope))["code"])

    async def refused(self, **arguments: Any) -> str:
        with pytest.raises(SlackApiError) as caught:
            await self.exchange(**arguments)
        return str(caught.value.response["error"])

    async def says(self, token: str, method: str = "auth.test", **arguments: Any) -> Json:
        """Call a method and return its answer, an error's too."""
        try:
            answer = await self.client(token).api_call(method, params=arguments)
        except SlackApiError as error:
            answer = error.response
        assert isinstance(answer.data, dict)
        return answer.data


@asynccontextmanager
async def served(*others: Json, **changes: Any) -> AsyncIterator[Installing]:
    """Serve Larkfield and other workspaces, the app in none of them."""
    clock = Moment()
    first = Options(
        clock=clock, installed=False, limits=NONE, time_scale=0.001, commands=(Command("/ask"),), **changes
    )
    beside = [replace(first, **each) for each in others]
    async with WorkspaceServer.running(first, others=beside) as server:
        yield Installing(server, clock)


@asynccontextmanager
async def listening(slack: Installing) -> AsyncIterator[list[Json]]:
    """Be the app's request URL; returns the events that come in."""
    came: list[Json] = []

    async def take(request: web.Request) -> web.Response:
        came.append(await request.json() if request.content_type == "application/json" else {})
        return web.Response()

    app = web.Application()
    app.router.add_post("/slack/events", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.app.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield came
    finally:
        await runner.cleanup()
