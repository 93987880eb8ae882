"""A server that answers what a test tells it to, as PipesHub might."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from aiohttp import web

from bot.domain.conversations import AnswerEvent, Failed
from bot.domain.errors import BotError
from bot.pipeshub.client import Conversations, Stream
from bot.pipeshub.http import RetryPolicy, Server, Timeouts
from bot.pipeshub.oauth import fixed_token_auth

ID = "68b0c1d2e3f4a5b6c7d8e9f0"
MESSAGE = "68b0c1d2e3f4a5b6c7d8e9f2"
ANSWERED = {
    "conversation": {
        "_id": ID,
        "status": "Complete",
        "messages": [
            {"_id": "q", "messageType": "user_query", "content": "How many?"},
            {"_id": MESSAGE, "messageType": "bot_response", "content": "Thirty."},
        ],
    }
}
CREATED = {"type": "CUSTOM", "name": "conversation_created", "value": {"conversationId": ID}}
OPENING = b"event: CUSTOM\ndata: " + json.dumps(CREATED).encode() + b"\n\n"
TOKEN = b'event: TEXT_MESSAGE_CONTENT\ndata: {"type":"TEXT_MESSAGE_CONTENT","delta":"Thir"}\n\n'
LEGACY_TOKEN = b'event: answer_chunk\ndata: {"accumulated":"Thir"}\n\n'
DONE = b"event: RUN_FINISHED\ndata: " + json.dumps({"result": ANSWERED}).encode() + b"\n\n"
GAVE_UP = {"error": {"code": "HTTP_INTERNAL_SERVER_ERROR", "message": "Failed to get AI response"}}
QUICK = Timeouts(
    connect=2, call=2, plain_answer=2, idle_with_heartbeats=2, idle_without_heartbeats=2, whole_answer=5
)
AT_ONCE = RetryPolicy(attempts=3, max_wait=0.01)


@dataclass
class Say:
    """One answer: JSON, text, or frames. `then` says how a stream of frames ends."""

    status: int = 200
    body: object = None
    frames: tuple[bytes, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    then: str = "end"


@dataclass
class Seen:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


class Scripted:
    """Answers each request by the next `Say`, the last one again and again."""

    def __init__(self) -> None:
        self.script: list[Say] = [Say()]
        self.seen: list[Seen] = []
        self.url = ""
        self.http: httpx.AsyncClient
        self.closing = asyncio.Event()

    def says(self, *script: Say) -> None:
        self.script = list(script)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        query, headers = dict(request.query), dict(request.headers)
        body = json.loads(raw) if raw else None
        self.seen.append(Seen(request.method, request.path, query, headers, body))
        say = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if say.then == "drop":
            return self._dropped(request)
        if say.then == "hang":
            await self.closing.wait()
        if say.frames:
            return await self._streamed(request, say)
        if isinstance(say.body, str):
            return web.Response(
                status=say.status, text=say.body, content_type="text/html", headers=say.headers
            )
        text = None if say.body is None else json.dumps(say.body)
        return web.Response(
            status=say.status, text=text, content_type="application/json", headers=say.headers
        )

    def _dropped(self, request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _streamed(self, request: web.Request, say: Say) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for frame in say.frames:
            await response.write(frame)
        if say.then == "silence":
            await self.closing.wait()
        if say.then == "comments":
            while not self.closing.is_set():
                await response.write(b": still here\n\n")
                await asyncio.sleep(0.02)
        if say.then == "reset":
            self._dropped(request)
        return response


@asynccontextmanager
async def scripted() -> AsyncIterator[Scripted]:
    """Run a scripted server on a port of the system's choice."""
    server = Scripted()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(application, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        # Loading certificates takes longer than most of the tests, and nothing here is encrypted.
        async with httpx.AsyncClient(verify=False) as server.http:
            yield server
    finally:
        server.closing.set()
        await runner.cleanup()


def asking(server: Scripted, timeouts: Timeouts = QUICK) -> Conversations:
    """Return a client of the server that tries again at once."""
    return Conversations(Server(server.http, server.url, timeouts), fixed_token_auth("a-token"), AT_ONCE)


async def heard(stream: Stream) -> list[AnswerEvent]:
    """Return everything a stream says."""
    async with stream as events:
        return [event async for event in events]


async def failure(stream: Stream) -> BotError:
    """Return the error a stream ends with."""
    last = (await heard(stream))[-1]
    assert isinstance(last, Failed)
    return last.error
