"""Connections that send the head of a request slowly, without end, or not at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

import aiohttp
import pytest
from aiohttp import web

from bot.slack.connections import MAX_HEAD_BYTES
from bot.slack.http import make_web_app, serve_http

WHOLE = b"GET /healthz HTTP/1.1\r\nHost: bot\r\n\r\n"
SOON = 0.3  # seconds for a head in these tests, instead of ten


async def ready() -> list[str]:
    return []


async def no_metrics() -> bytes:
    return b""


async def echo(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


@asynccontextmanager
async def served(most: int = 100) -> AsyncIterator[int]:
    app = make_web_app(ready, no_metrics, None, pages=[web.post("/echo", echo)])
    async with serve_http(app, "127.0.0.1", 0, head_timeout=SOON, max_connections=most) as port:
        yield port


async def is_healthy(port: int) -> bool:
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/healthz") as answer:
        return answer.status == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /healthz HT",
        b"GET /healthz HTTP/1.1\r\nHost: bot\r\nX-Half: ",
        b"POST /slack/events HTTP/1.1\r\nContent-Length: 9\r\n",
    ],
    ids=["nothing", "half a line", "half a header", "no end"],
)
async def test_a_head_that_does_not_arrive_is_not_waited_for(sent: bytes) -> None:
    async with served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        began = monotonic()
        assert await asyncio.wait_for(reader.read(), 5) == b""
        assert SOON / 2 < monotonic() - began < 3
        writer.close()


async def test_a_head_that_comes_byte_by_byte_gets_no_longer() -> None:
    async with served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        closed = asyncio.create_task(reader.read())
        began = monotonic()
        while not closed.done() and monotonic() - began < 5:
            writer.write(b"G")
            await asyncio.sleep(SOON / 6)
        assert closed.done()
        assert monotonic() - began < 3
        assert closed.exception() is None or isinstance(closed.exception(), ConnectionResetError)
        writer.close()


async def test_the_second_head_of_a_connection_has_to_arrive_too() -> None:
    async with served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(WHOLE)
        assert b"200 OK" in await reader.readuntil(b"}")
        await asyncio.sleep(2 * SOON)  # idle, which proxies are between two requests
        writer.write(WHOLE)
        assert b"200 OK" in await reader.readuntil(b"}")
        writer.write(WHOLE[:20])
        began = monotonic()
        assert await asyncio.wait_for(reader.read(), 5) == b""
        assert monotonic() - began < 3
        writer.close()


@pytest.mark.parametrize("line", [b"X-Padding: " + b"x" * 4_000 + b"\r\n", b"X: y\r\n"], ids=["long", "many"])
async def test_a_head_without_end_is_refused(line: bytes) -> None:
    async with served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(WHOLE[:-2])
        sent = 0
        while sent <= 2 * MAX_HEAD_BYTES:
            writer.write(line)
            sent += len(line)
        assert b" 400 " in await asyncio.wait_for(reader.readline(), 5)
        writer.close()
        assert await is_healthy(port)


async def test_a_body_may_take_longer_and_be_larger_than_a_head() -> None:
    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield b"x" * MAX_HEAD_BYTES
            await asyncio.sleep(SOON / 2)

    async with (
        served() as port,
        aiohttp.ClientSession() as http,
        http.post(f"http://127.0.0.1:{port}/echo", data=slowly()) as answer,
    ):
        assert await answer.text() == str(4 * MAX_HEAD_BYTES)


async def test_of_too_many_connections_those_that_wait_longest_are_closed() -> None:
    async with served(most=3) as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        for _, writer in held:
            writer.write(b"GET /he")
        assert await is_healthy(port)
        reader, _ = held[0]
        assert await asyncio.wait_for(reader.read(), SOON) == b""
        for _, writer in held:
            writer.close()


async def test_a_request_that_is_being_handled_is_not_closed_for_others() -> None:
    async with served(most=2) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /echo HTTP/1.1\r\nHost: bot\r\nContent-Length: 4\r\n\r\nab")
        await asyncio.sleep(0.05)
        others = [await asyncio.open_connection("127.0.0.1", port) for _ in range(6)]
        await asyncio.sleep(0.05)
        writer.write(b"cd")
        assert b"200 OK" in await asyncio.wait_for(reader.readline(), 5)
        for _, each in [*others, (reader, writer)]:
            each.close()
