"""Sockets that do not open: a refused token ends the bot with one line, and Slack is waited for."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from structlog.testing import capture_logs

from bot.demo.workspace.faults import Fault
from bot.demo.workspace.options import NONE, Options
from bot.demo.workspace.server import WorkspaceServer
from bot.domain.errors import SlackError
from bot.metrics import Meters
from bot.slack.client import MeteredClient
from bot.slack.socket_mode import DeliverySocket
from tests.acceptance.bot_under_test import BotUnderTest, side_by_side
from tests.acceptance.launcher import launch
from tests.acceptance.test_restarts import LEAVE, scene

OPEN = "apps.connections.open"
NOBODY = "http://127.0.0.1:9/"  # nothing listens there
REFUSALS = (
    "invalid_auth",
    "not_authed",
    "token_revoked",
    "account_inactive",
    "not_allowed_token_type",
    "missing_scope",
    "app_uninstalled",
    "a_code_of_tomorrow",
)


@asynccontextmanager
async def slack() -> AsyncIterator[WorkspaceServer]:
    async with WorkspaceServer.running(Options(limits=NONE, time_scale=0.0)) as running:
        yield running


@asynccontextmanager
async def opening(server: WorkspaceServer) -> AsyncIterator[tuple[DeliverySocket, asyncio.Task[None]]]:
    """Give a socket that is being opened, and the task that does it."""

    async def dispatch(_: AsyncBoltRequest) -> BoltResponse:
        return BoltResponse(status=200, body="")

    async with aiohttp.ClientSession() as http:
        client = MeteredClient(Meters(), token="", base_url=server.api_url, timeout=5, session=http)
        socket = DeliverySocket(dispatch, server.workspace.options.app_token, client)
        task = asyncio.create_task(socket.run())
        try:
            yield socket, task
        finally:
            task.cancel()
            async with asyncio.timeout(3):
                await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 (a property tells nobody that it changed)
            await asyncio.sleep(0.02)


async def test_a_refused_token_ends_the_socket_at_once() -> None:
    async with slack() as server:
        for code in REFUSALS:
            server.workspace.faults.clear()
            server.workspace.faults.add(Fault(OPEN, times=None, error=code))
            with capture_logs() as logs:
                async with opening(server) as (_, task):
                    with pytest.raises(SlackError, match=code):
                        await asyncio.wait_for(task, 5)
            assert logs == [], code


async def waited_for(fault: Fault) -> None:
    async with slack() as server:
        server.workspace.faults.add(fault)
        async with opening(server) as (socket, task):
            await until(lambda: fault.struck >= 2)
            assert socket.problem, fault
            assert not task.done(), fault
            server.workspace.faults.clear()
            await until(lambda: not socket.problem)


async def test_slack_is_waited_for_and_that_is_said_once_a_minute() -> None:
    faults = (
        Fault(OPEN, times=None, status=503),
        Fault(OPEN, times=None, error="internal_error"),
        Fault(OPEN, times=None, error="team_added_to_org"),
        Fault(OPEN, times=None, body='["under maintenance"]'),
        Fault(OPEN, times=None, reset=True),
    )
    with capture_logs() as logs:
        await asyncio.gather(*(waited_for(each) for each in faults))
    assert Counter(line["event"] for line in logs) == {"socket.not_open": 5, "socket.opened": 5}
    said = [line["setting"] for line in logs if line["event"] == "socket.not_open"]
    assert said == ["SLACK_API_URL"] * 5


async def test_a_token_that_is_revoked_later_ends_the_socket_too() -> None:
    async with slack() as server, opening(server) as (socket, task):
        await until(lambda: not socket.problem)
        server.workspace.faults.add(Fault(OPEN, times=None, error="token_revoked"))
        await server.workspace.sockets.disconnect("refresh_requested")
        with pytest.raises(SlackError, match="token_revoked"):
            await asyncio.wait_for(task, 5)
        assert "token_revoked" in socket.problem


async def test_a_socket_that_slack_closes_again_and_again_is_opened_with_pauses() -> None:
    async with slack() as server, opening(server) as (socket, _):
        until_then = time.monotonic() + 2.5
        while time.monotonic() < until_then:
            await server.workspace.sockets.disconnect("refresh_requested")
            await asyncio.sleep(0.05)
        assert len(server.workspace.calls.of(OPEN)) <= 4
        await until(lambda: not socket.problem)


async def refused(tmp_path: Path, command: str, name: str, value: str) -> None:
    async with scene(tmp_path, command) as (_, bot):
        own = {"HOST": "127.0.0.1", "PORT": str(bot.port), name: value}
        process = await launch(command, tmp_path, {**bot.settings, **own}, tmp_path / "bot.log")
        assert await asyncio.wait_for(process.wait(), 30) == 1
    (line,) = bot.log.splitlines()
    assert line.startswith(f"{name}: Slack does not accept it (")
    assert "invalid_auth); " in line


async def test_a_refused_token_ends_the_bot_with_one_line(tmp_path: Path) -> None:
    await side_by_side(
        tmp_path,
        partial(refused, command="socket", name="SLACK_APP_TOKEN", value="xapp-revoked"),
        partial(refused, command="socket", name="SLACK_BOT_TOKEN", value="xoxb-wrong"),
        partial(refused, command="serve", name="SLACK_BOT_TOKEN", value="xoxb-wrong"),
    )


async def ready(bot: BotUnderTest) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.get(f"{bot.url}/readyz") as answer:
        return answer.status, await answer.text()


async def waits_and_stops(tmp_path: Path, number: signal.Signals) -> None:
    async with scene(tmp_path, "socket") as (_, bot):
        bot.settings = {**bot.settings, "SLACK_API_URL": NOBODY}
        await bot.start()
        await until(lambda: "socket.not_open" in bot.log)
        status, body = await ready(bot)
        assert status == 503
        assert "Socket Mode: the socket is not open (" in body
        assert "SLACK_API_URL: " in body
        assert bot.process is not None
        bot.process.send_signal(number)
        assert await asyncio.wait_for(bot.process.wait(), 5) == 0
        assert "Traceback" not in bot.log
        assert bot.log.count("socket.not_open") == 1


async def waits_and_answers(tmp_path: Path) -> None:
    async with scene(tmp_path, "socket", speed=200) as (here, bot):
        here.workspace.faults.add(Fault("*", times=None, status=503))
        await bot.start()
        assert (await ready(bot))[0] == 503
        here.workspace.faults.clear()
        async with asyncio.timeout(30):
            while (await ready(bot))[0] != 200:  # noqa: ASYNC110 (another process tells nobody that it is ready)
                await asyncio.sleep(0.2)
        ts = await here.ask("mara", LEAVE)
        assert "28 days" in (await here.ending(ts)).text
        assert await bot.stop() == 0
        assert "Traceback" not in bot.log


async def test_a_bot_that_waits_for_slack_says_so_stops_at_once_or_answers_when_slack_is_back(
    tmp_path: Path,
) -> None:
    await side_by_side(
        tmp_path,
        partial(waits_and_stops, number=signal.SIGTERM),
        partial(waits_and_stops, number=signal.SIGINT),
        waits_and_answers,
    )
