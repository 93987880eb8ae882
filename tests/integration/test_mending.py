"""What the bot mends by itself: a gateway that gives up, a server that is away, an answer that breaks off."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.model import Kind
from bot.pipeshub.http import API_PATH, CircuitBreaker
from tests.house import OPENING, House, house, labels, shown
from tests.ports import free_port

LEAVE = "@pipeshub how many days of annual leave do I have?"
TURN = [Kind.QUESTION, Kind.ANSWER]
GATEWAY_STATUSES = [500, 502, 503, 504]


class NoFilesLeft(httpx.AsyncBaseTransport):
    """Opens no connection, as in a process without a free file descriptor: httpx raises a bare OSError."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), str(request.url))


@dataclass
class Gateway:
    """Stands before the server; gives up on the next questions after the server took them, or before."""

    target: str
    url: str = ""
    after: list[int] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    reading: int = 0
    """The status of everything that is no question, 0 for what the server says."""
    questions: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body, is_question = await request.read(), request.path.endswith("/stream")
        if self.reading and not is_question:
            return web.Response(status=self.reading, text="<html>gateway</html>", content_type="text/html")
        if is_question and self.before:
            return web.Response(status=self.before.pop(0), text="<html>gateway</html>")
        self.questions += is_question
        headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
        upstream = httpx.Request(
            request.method, f"{self.target}{request.path_qs}", headers=headers, content=body
        )
        if is_question and self.after:
            taken = asyncio.Event()
            task = asyncio.create_task(self._keep_reading(upstream, taken))
            self.tasks.add(task)
            await taken.wait()
            return web.Response(status=self.after.pop(0), text="<html>gateway</html>")
        async with httpx.AsyncClient(verify=False, timeout=30) as http:
            said = await http.send(upstream, stream=True)
            response = web.StreamResponse(
                status=said.status_code, headers={"Content-Type": said.headers.get("content-type", "")}
            )
            await response.prepare(request)
            async for chunk in said.aiter_bytes():
                await response.write(chunk)
        return response

    async def _keep_reading(self, upstream: httpx.Request, taken: asyncio.Event) -> None:
        async with httpx.AsyncClient(verify=False, timeout=30) as http:
            said = await http.send(upstream, stream=True)
            async for _ in said.aiter_bytes():
                taken.set()


@asynccontextmanager
async def gateway(home: House) -> AsyncIterator[Gateway]:
    """Put a gateway between the bot and its server."""
    target = home.bot.server.url.removesuffix(API_PATH)
    gate = Gateway(target)
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", gate.answer)
    runner = web.AppRunner(application, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gate.url = f"http://127.0.0.1:{runner.addresses[0][1]}{API_PATH}"
    home.bot.server.url = gate.url
    try:
        yield gate
    finally:
        for task in gate.tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await runner.cleanup()


@pytest.mark.parametrize("status", GATEWAY_STATUSES)
async def test_what_a_gateway_gives_up_on_is_looked_up_and_not_asked_again(
    tmp_path: Path, status: int
) -> None:
    async with house(tmp_path) as home, gateway(home) as gate:
        gate.after = [status]
        ts = await home.ask("mara", LEAVE)
        first = await home.ending(ts, patience=20)
        assert "28 days" in shown(first)
        assert "Try again" not in labels(first)
        gate.after = [status]
        await home.ask("mara", "and for interns?", thread_ts=ts)
        assert "20 days" in shown(await home.ending(ts, 2, patience=20))
        (conversation,) = await home.knowledge.conversations()
        assert [each.kind for each in conversation.messages] == TURN * 2
        assert gate.questions == 2


async def test_two_who_ask_the_same_at_once_get_a_conversation_each(tmp_path: Path) -> None:
    async with house(tmp_path) as home, gateway(home) as gate:
        gate.after = [502, 502]
        asked = [await home.ask(who, LEAVE) for who in ("mara", "tomasz")]
        for ts in asked:
            assert "28 days" in shown(await home.ending(ts, patience=20))
        for ts in asked:
            await home.ask("mara", "@pipeshub and for interns?", thread_ts=ts)
            assert "20 days" in shown(await home.ending(ts, 2, patience=20))
        conversations = await home.knowledge.conversations()
        assert [[each.kind for each in one.messages] for one in conversations] == [TURN * 2] * 2


async def test_what_a_gateway_kept_from_the_server_is_asked_again_once(tmp_path: Path) -> None:
    async with house(tmp_path) as home, gateway(home) as gate:
        gate.before = [502, 504]
        ts = await home.ask("mara", LEAVE)
        reply = await home.ending(ts, patience=30)
        assert "28 days" in shown(reply)
        (conversation,) = await home.knowledge.conversations()
        assert [each.kind for each in conversation.messages] == TURN
        assert gate.questions == 1


async def test_try_again_looks_up_what_a_gateway_gave_up_on(tmp_path: Path) -> None:
    async with house(tmp_path) as home, gateway(home) as gate:
        home.bot.server.timeouts = replace(home.bot.server.timeouts, give_up=2)
        gate.after, gate.reading = [504], 502
        ts = await home.ask("mara", LEAVE)
        reply = await home.ending(ts, patience=20)
        assert "a problem of its own" in shown(reply)
        assert "Try again" in labels(reply)
        gate.reading, home.bot.server.circuit_breaker = 0, CircuitBreaker()
        await home.press("mara", reply, "Try again")
        await home.workspace.until(lambda: "28 days" in shown(reply) or None, 20)
        (conversation,) = await home.knowledge.conversations()
        assert [each.kind for each in conversation.messages] == TURN
        assert gate.questions == 1


async def test_a_refused_connection_delays_the_answer_and_is_told_meanwhile(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        url = home.bot.server.url
        home.bot.server.url = f"http://127.0.0.1:{free_port()}{API_PATH}"
        ts = await home.ask("mara", LEAVE)
        reply = await home.reply(ts)
        await home.workspace.until(lambda: "Reconnecting" in shown(reply) or None, 20)
        assert "Stop" in labels(reply)
        home.bot.server.url = url
        assert "28 days" in shown(await home.ending(ts, patience=30))
        assert len(await home.knowledge.conversations()) == 1


async def test_stop_ends_the_reconnecting(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.bot.server.url = f"http://127.0.0.1:{free_port()}{API_PATH}"
        ts = await home.ask("mara", LEAVE)
        reply = await home.reply(ts)
        await home.workspace.until(lambda: "Reconnecting" in shown(reply) or None, 20)
        await home.press("mara", reply, "Stop")
        await home.ending(ts)
        assert "Stopped by" in shown(reply)


@pytest.mark.parametrize("fault", [Fault(Trouble.STATUS, path="stream", status=429, retry_after=6)])
async def test_a_wait_that_the_server_asks_for_is_kept_under_the_same_reply(
    tmp_path: Path, fault: Fault
) -> None:
    async with house(tmp_path) as home:
        home.knowledge.faults.add(fault)
        ts = await home.ask("mara", LEAVE)
        assert "28 days" in shown(await home.ending(ts, patience=30))
        assert len(home.replies(ts)) == 1


async def test_a_broken_answer_keeps_its_text_while_the_server_is_away(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.knowledge.faults.add(Fault(Trouble.RESET, path="stream", after_words=8))
        home.knowledge.faults.add(Fault(Trouble.STATUS, method="GET", status=503, times=4))
        ts = await home.ask("mara", LEAVE)
        reply = await home.reply(ts)
        await home.workspace.until(lambda: "Reconnecting" in shown(reply) or None, 20)
        assert OPENING in shown(reply)
        assert "28 days" in shown(await home.ending(ts, patience=40))
        (conversation,) = await home.knowledge.conversations()
        assert [each.kind for each in conversation.messages] == TURN


async def test_an_outage_ends_in_words_when_the_patience_is_over(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.bot.server.timeouts = replace(home.bot.server.timeouts, give_up=2)
        home.knowledge.faults.add(Fault(Trouble.STATUS, path="stream", status=503, times=None))
        ts = await home.ask("mara", LEAVE)
        reply = await home.ending(ts, patience=30)
        assert "a problem of its own" in shown(reply)
        assert "Try again" in labels(reply)


async def test_too_many_open_files_delay_the_answer_and_no_more(tmp_path: Path) -> None:
    async with house(tmp_path) as home, httpx.AsyncClient(transport=NoFilesLeft()) as exhausted:
        working, home.bot.server.http = home.bot.server.http, exhausted
        ts = await home.ask("mara", LEAVE)
        reply = await home.reply(ts)
        await home.workspace.until(lambda: "Reconnecting" in shown(reply) or None, 20)
        home.bot.server.http = working
        assert "28 days" in shown(await home.ending(ts, patience=30))
        assert len(await home.knowledge.conversations()) == 1
