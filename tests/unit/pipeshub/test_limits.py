"""Whatever answers at the server's address, what the bot takes of it is bounded."""

import asyncio
import gzip
import json
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.domain.conversations import AnswerEvent, Completed, Failed, TextSoFar
from bot.domain.errors import PipesHubError, ServerFailed, TooLarge, Unreachable
from bot.pipeshub import bodies
from bot.pipeshub.client import Conversations
from bot.pipeshub.http import NO_RETRIES, Server
from bot.pipeshub.limits import MAX_BODY, MAX_FRAMES, MAX_LINES, MAX_TEXT, MAX_VALUES, as_text
from bot.pipeshub.oauth import BearerAuth, fixed_token_auth

Replay = Callable[[str | list[bytes]], Awaitable[list[AnswerEvent]]]
CHUNK = 65_536


def packed(megabytes: int) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    block = b" " * 1024 * 1024
    return b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()


def token(text: str) -> bytes:
    body = json.dumps({"type": "TEXT_MESSAGE_CONTENT", "delta": text})
    return f"event: TEXT_MESSAGE_CONTENT\ndata: {body}\n\n".encode()


def failure(events: list[AnswerEvent]) -> object:
    last = events[-1]
    return last.error if isinstance(last, Failed) else last


def in_chunks(said: bytes) -> list[bytes]:
    return [said[start : start + CHUNK] for start in range(0, len(said), CHUNK)]


@asynccontextmanager
async def answering(
    body: bytes, headers: dict[str, str], status: int = 200
) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """Run a server that answers everything with the same bytes."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=status, body=body, headers=headers)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with httpx.AsyncClient(verify=False) as http:
            yield http, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def client(http: httpx.AsyncClient, url: str, auth: BearerAuth | None = None) -> Conversations:
    return Conversations(Server(http, url), auth or fixed_token_auth("a-token"), NO_RETRIES)


async def test_a_body_that_unpacks_without_an_end_is_given_up_and_the_setting_named() -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    async with answering(packed(200), headers) as (http, url):
        with capture_logs() as logs, pytest.raises(TooLarge):
            await client(http, url).list()
    assert [each["setting"] for each in logs if each["event"] == "pipeshub.too_much_sent"] == [
        "PIPESHUB_SERVER_URL"
    ]


async def test_a_stream_that_unpacks_without_an_end_is_given_up() -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "text/event-stream"}
    async with (
        answering(packed(200), headers) as (http, url),
        client(http, url).create_with_streaming(query="q") as events,
    ):
        assert isinstance(failure([each async for each in events]), TooLarge)


async def test_a_refused_token_is_renewed_only_after_a_bounded_body() -> None:
    async def token_of() -> str:
        return "old"

    async def renew(_: str) -> str:
        return "new"

    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    async with answering(packed(200), headers, 401) as (http, url):
        with pytest.raises(TooLarge):
            await client(http, url, BearerAuth(token_of, renew)).list()


async def test_a_failure_counts_by_its_status_however_much_it_says() -> None:
    async with answering(packed(100), {"Content-Encoding": "gzip"}, 502) as (http, url):
        with pytest.raises(ServerFailed):
            await client(http, url).list()
    nested = b"[" * 1_000_000
    async with answering(nested, {"Content-Type": "application/json"}, 503) as (http, url):
        with pytest.raises(ServerFailed):
            await client(http, url).list()


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "made-up"])
async def test_what_is_packed_in_another_way_is_not_read(encoding: str) -> None:
    headers = {"Content-Encoding": encoding, "Content-Type": "application/json"}
    async with answering(b"{}", headers) as (http, url):
        with pytest.raises(Unreachable):
            await client(http, url).list()


async def test_what_is_packed_with_gzip_is_read() -> None:
    body = gzip.compress(json.dumps({"conversations": [{"_id": "c", "title": "T" * 100}]}).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    async with answering(body, headers) as (http, url):
        (row,) = (await client(http, url).list()).conversations
    assert row.title == "T" * 100


@pytest.mark.parametrize("piece", [b"x" * CHUNK, b"\ndata: " + b"x" * 10_000, b"\n:" * 30_000])
async def test_a_frame_without_an_end_is_given_up(replayed: Replay, piece: bytes) -> None:
    pieces = [b"event: complete\ndata: ", *[piece] * (MAX_BODY // len(piece) + 2), b"\n\n"]
    assert isinstance(failure(await replayed(pieces)), TooLarge)
    assert isinstance(failure(await replayed([b"".join(pieces)])), TooLarge)


async def test_lines_of_a_frame_without_an_end_are_given_up(replayed: Replay) -> None:
    assert isinstance(failure(await replayed([b"data:xy\n" * 8_192] * (MAX_LINES // 8_192 + 1))), TooLarge)


async def test_frames_without_an_end_are_given_up(replayed: Replay) -> None:
    assert isinstance(failure(await replayed([b":\n\n" * 10_000] * (MAX_FRAMES // 10_000 + 1))), TooLarge)


@pytest.mark.parametrize(
    "value", ["[" * 3_000, '{"a":' * 3_000 + "1" + "}" * 3_000, f"[{'1,' * (MAX_VALUES + 1)}1]"]
)
async def test_nesting_and_values_are_bounded(replayed: Replay, value: str) -> None:
    frame = f"event: complete\ndata: {value}\n\n".encode()
    assert not isinstance((await replayed([frame]))[-1], Completed)
    async with answering(value.encode(), {"Content-Type": "application/json"}) as (http, url):
        with pytest.raises(PipesHubError):
            await client(http, url).list()


def test_text_that_takes_much_memory_is_bounded_sooner() -> None:
    assert len(as_text(b"x" * 20_000_000, "a test")) == 20_000_000
    for wide in ("\U0001f600" * 4_000_000, '"\\ud83d\\ude00' + "x" * 20_000_000):
        with pytest.raises(TooLarge):
            as_text(wide.encode(), "a test")


async def test_an_answer_without_an_end_is_given_up_with_its_text(replayed: Replay) -> None:
    pieces = [token("word " * 1000)] * (MAX_TEXT // 5000 + 2)
    events = await replayed(pieces)
    assert isinstance(failure(events), TooLarge)
    texts = [each.text for each in events if isinstance(each, TextSoFar)]
    assert len(texts[-1]) > MAX_TEXT * 0.9


async def test_a_long_text_that_breaks_off_is_whole_as_far_as_it_came(replayed: Replay) -> None:
    words = [f"word{number}" for number in range(3000)]
    for frames in (
        [token(f"{word} ") for word in words],
        [f'event: chunk\ndata: {{"chunk": "{word} "}}\n\n'.encode() for word in words],
    ):
        events = await replayed(frames)
        texts = [each.text for each in events if isinstance(each, TextSoFar)]
        assert texts[-1].split() == words
        assert len(texts) < len(words) / 2


@pytest.mark.parametrize("kind", ["tokens", "chunks", "deltas"])
def test_a_token_costs_the_same_however_long_the_text_is(replayed: Replay, kind: str) -> None:
    operations = [{"path": "/normalizedAnswer", "value": "A"}, {"path": "/rawLength", "value": 0}]
    delta = json.dumps({"delta": operations})
    one = {
        "tokens": token("word "),
        "chunks": b'event: chunk\ndata: {"chunk": "word "}\n\n',
        "deltas": token("word ") + f"event: STATE_DELTA\ndata: {delta}\n\n".encode(),
    }[kind]

    async def replay(count: int) -> None:
        await replayed(in_chunks(one * count))

    def seconds(count: int) -> float:
        taken = []
        for _ in range(2):
            began = time.process_time()
            asyncio.run(replay(count))
            taken.append(time.process_time() - began)
        return min(taken)

    assert seconds(20_000) / seconds(5_000) < 2.6**2  # over two doublings


def test_what_a_conversation_holds_is_bounded() -> None:
    citation = {"content": "c"}
    message = {"messageType": "bot_response", "content": "x", "citations": [citation] * 1500}
    read = bodies.parse_conversation({"_id": "c", "title": f"&#{'9' * 5000};", "messages": [message] * 1200})
    assert read is not None
    assert len(read.messages) == bodies.MAX_MESSAGES
    assert sum(len(each.citations) for each in read.messages) == bodies.MAX_ALL_CITATIONS
    assert len(read.messages[-1].citations) == bodies.MAX_CITATIONS
