"""A small Bolt app in Socket Mode takes the local workspace for Slack."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.workspace.options import NONE, Command, Options
from bot.demo.workspace.server import WorkspaceServer


@pytest.fixture
async def server() -> AsyncIterator[WorkspaceServer]:
    options = Options(commands=(Command("/ask"),), limits=NONE, time_scale=0.0)
    async with WorkspaceServer.running(options) as running:
        yield running


@asynccontextmanager
async def connected(server: WorkspaceServer) -> AsyncIterator[list[str]]:
    options, seen = server.workspace.options, list[str]()
    client = AsyncWebClient(token=options.bot_token, base_url=server.api_url)
    app = AsyncApp(client=client)

    async def mention(event: dict[str, Any], say: Any) -> None:
        seen.append(event["text"])
        await say(text="42", thread_ts=event["ts"])

    async def message(event: dict[str, Any]) -> None:
        seen.append(event["text"])

    async def command(ack: Any, command: dict[str, Any]) -> None:
        await ack(text=f"asked {command['text']}")

    app.event("app_mention")(mention)
    app.event("message")(message)
    app.command("/ask")(command)
    handler = AsyncSocketModeHandler(app, options.app_token)
    handler.client.web_client.base_url = server.api_url
    handler.client.ping_interval = 1
    already = len(server.workspace.sockets.connections)
    await handler.connect_async()
    await until(lambda: len(server.workspace.sockets.connections) > already)
    try:
        yield seen
    finally:
        await handler.close_async()


async def until(condition: Any) -> None:
    async with asyncio.timeout(30):  # on a busy machine
        while not condition():  # noqa: ASYNC110 - an app's own list tells nobody that it grew
            await asyncio.sleep(0.01)


async def test_a_mention_is_answered_over_the_socket(server: WorkspaceServer) -> None:
    workspace = server.workspace
    async with connected(server):
        ts = await workspace.people.post("mara", "help-desk", "@pipeshub 6 x 7?")
        thread = await workspace.until(lambda: workspace.thread("help-desk", ts)[1:])
        assert thread[0].text == "42"
        await workspace.until(workspace.deliveries.settled)
        assert all(each.acknowledged for each in workspace.deliveries.log)


async def test_a_command_is_answered_in_the_acknowledgement(server: WorkspaceServer) -> None:
    async with connected(server):
        await server.workspace.people.slash("mara", "general", "/ask", "why")
    assert server.workspace.ephemerals("mara")[0].text == "asked why"


async def test_each_event_goes_to_one_of_several_connections(server: WorkspaceServer) -> None:
    workspace = server.workspace
    async with connected(server) as first, connected(server) as second:
        for number in range(4):
            await workspace.people.post("mara", "general", f"{number}")
        await until(lambda: len(first) + len(second) == 4)
        assert sorted(first + second) == ["0", "1", "2", "3"]
        assert len(first) == len(second) == 2


async def test_an_app_that_is_asked_to_reconnect_comes_back(server: WorkspaceServer) -> None:
    workspace = server.workspace
    async with connected(server) as seen:
        old = workspace.sockets.connections[0]
        await workspace.sockets.disconnect("refresh_requested")
        await until(lambda: [c for c in workspace.sockets.connections if c is not old])
        await workspace.people.post("mara", "general", "still there?")
        await until(lambda: seen)


async def test_an_event_whose_socket_dies_is_delivered_on_another(server: WorkspaceServer) -> None:
    workspace = server.workspace
    async with aiohttp.ClientSession() as session:
        ticket = workspace.sockets.ticket()
        dying = await session.ws_connect(f"{server.url}/socket-mode?ticket={ticket}")
        assert (await dying.receive_json())["type"] == "hello"
        await workspace.people.post("mara", "general", "hello")
        envelope = await dying.receive_json()
        assert envelope["type"] == "events_api"
        ticket = workspace.sockets.ticket()
        other = await session.ws_connect(f"{server.url}/socket-mode?ticket={ticket}")
        await other.receive_json()
        await dying.close()
        again = await other.receive_json()
        assert again["payload"]["event_id"] == envelope["payload"]["event_id"]
        assert again["retry_attempt"] == 1
        await other.send_json({"envelope_id": again["envelope_id"]})
        await workspace.until(workspace.deliveries.settled)
        await other.close()
    assert workspace.deliveries.log[0].acknowledged


async def test_a_ticket_opens_one_connection(server: WorkspaceServer) -> None:
    ticket = server.workspace.sockets.ticket()
    async with aiohttp.ClientSession() as session:
        socket = await session.ws_connect(f"{server.url}/socket-mode?ticket={ticket}")
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{server.url}/socket-mode?ticket={ticket}")
        await socket.close()
