"""The bot between two servers that share nothing with the demo's: as small as the two APIs allow."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.acceptance.bot_under_test import BotUnderTest, started

SECRET = "a signing secret"
TOKEN = "xoxb-a-token"
BEARER = "a-bearer-token"
QUESTION = "how many days of leave do I have?"
ANSWER = "You have 28 days [1]."
CONVERSATION = {
    "_id": "507f1f77bcf86cd799439011",
    "title": QUESTION,
    "status": "COMPLETED",
    "messages": [
        {"_id": "507f1f77bcf86cd799439012", "messageType": "user_query", "content": QUESTION},
        {
            "_id": "507f1f77bcf86cd799439013",
            "messageType": "bot_response",
            "content": ANSWER,
            "citations": [
                {
                    "citationId": "507f1f77bcf86cd799439014",
                    "citationData": {
                        "content": "28 days a year",
                        "chunkIndex": 1,
                        "metadata": {"recordName": "Leave", "webUrl": "https://docs.example.com/leave"},
                    },
                }
            ],
        },
    ],
}

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


class SmallSlack:
    """Knows three methods and nothing else."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        fields: dict[str, Any] = dict(request.query) | dict(await request.post())
        if request.content_type == "application/json":
            fields |= await request.json()
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        if method == "auth.test":
            return web.json_response({"ok": True, "team_id": "T1", "user_id": "UBOT", "bot_id": "B1"})
        self.calls.append((method, fields))
        if method == "chat.postMessage":
            posts = sum(method == "chat.postMessage" for method, _ in self.calls)
            return web.json_response({"ok": True, "channel": fields["channel"], "ts": f"20.{posts:06}"})
        if method == "chat.update":
            return web.json_response({"ok": True, "channel": fields["channel"], "ts": fields["ts"]})
        return web.json_response({"ok": False, "error": "unknown_method"})

    async def until(self, found: Callable[[str, dict[str, Any]], bool]) -> dict[str, Any]:
        async with asyncio.timeout(30):
            while True:
                for method, fields in self.calls:
                    if found(method, fields):
                        return fields
                await asyncio.sleep(0.02)


def small_pipeshub(frames: list[tuple[str, Any]]) -> tuple[Handle, list[tuple[str, dict[str, Any]]]]:
    asked: list[tuple[str, dict[str, Any]]] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {BEARER}":
            return web.json_response(
                {"error": {"code": "HTTP_UNAUTHORIZED", "message": "Invalid token"}}, status=401
            )
        if request.method != "POST":
            return web.json_response(
                {"error": {"code": "HTTP_NOT_FOUND", "message": "not found"}}, status=404
            )
        asked.append((request.path, await request.json()))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for event, data in frames:
            await response.write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())
            await asyncio.sleep(0.05)
        return response

    return handle, asked


@asynccontextmanager
async def served(path: str, handle: Handle) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", path, handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def deliver(bot: BotUnderTest, event: dict[str, Any]) -> int:
    body = json.dumps({"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event": event})
    now = str(int(time.time()))
    signature = hmac.new(SECRET.encode(), f"v0:{now}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": f"v0={signature}",
    }
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{bot.url}/slack/events", data=body, headers=headers) as got,
    ):
        return got.status


def mention(text: str = QUESTION, ts: str = "10.000001") -> dict[str, Any]:
    return {"type": "app_mention", "user": "U1", "text": f"<@UBOT> {text}", "ts": ts, "channel": "C1"}


@pytest.fixture
async def slack() -> AsyncIterator[tuple[SmallSlack, str]]:
    small = SmallSlack()
    async with served("/api/{method}", small.handle) as url:
        yield small, f"{url}/api"


def settings(slack_url: str, pipeshub_url: str) -> dict[str, str]:
    return {
        "SLACK_API_URL": slack_url,
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "PIPESHUB_SERVER_URL": pipeshub_url,
        "PIPESHUB_BEARER_AUTH": BEARER,
    }


async def an_unsigned_delivery_is_refused(bot: BotUnderTest) -> None:
    address = f"{bot.url}/slack/events"
    async with aiohttp.ClientSession() as http:
        async with http.post(address, json={"type": "event_callback"}) as got:
            assert got.status == 401
        async with http.post(address, data=b"\xff\xfe", headers={"Content-Type": "text/plain"}) as got:
            assert got.status in {400, 401}


async def test_a_mention_is_answered_with_its_source(slack: tuple[SmallSlack, str], tmp_path: Path) -> None:
    small, slack_url = slack
    handle, asked = small_pipeshub(
        [
            ("connected", {"message": "SSE connection established"}),
            ("chunk", {"chunk": "You have "}),
            ("chunk", {"chunk": "28 days [1]."}),
            ("complete", {"conversation": CONVERSATION}),
        ]
    )
    async with (
        served("/api/v1/{path:.*}", handle) as url,
        started(settings(slack_url, f"{url}/api/v1/"), tmp_path, forked=False) as bot,
    ):
        await an_unsigned_delivery_is_refused(bot)
        assert await deliver(bot, mention()) == 200
        end = await small.until(
            lambda method, fields: method == "chat.update" and "Leave" in str(fields["blocks"])
        )
        assert await deliver(bot, mention()) == 200
        assert "<https://docs.example.com/leave|Leave>" in str(end["blocks"])
        assert end["text"] == "You have 28 days. 1 source"
        posted = [fields for method, fields in small.calls if method == "chat.postMessage"]
        assert [(fields["channel"], fields["thread_ts"]) for fields in posted] == [("C1", "10.000001")]
        assert end["ts"] == "20.000001"
        assert [path for path, _ in asked] == ["/api/v1/conversations/stream"]
        assert asked[0][1]["query"] == QUESTION
        for secret in (TOKEN, BEARER, SECRET, QUESTION, ANSWER):
            assert secret not in bot.log
        for place in ("workspace=T1", "channel=C1", "thread=10.000001", "turn="):
            assert any(place in line for line in bot.log.splitlines() if "answer.finished" in line)
        assert await bot.stop() == 0


async def test_a_stream_that_ends_in_the_middle_says_so_and_can_be_tried_again(
    slack: tuple[SmallSlack, str], tmp_path: Path
) -> None:
    small, slack_url = slack
    handle, _ = small_pipeshub([("connected", {}), ("answer_chunk", {"accumulated": "You have"})])
    async with served("/api/v1/{path:.*}", handle) as url, started(settings(slack_url, url), tmp_path) as bot:
        await deliver(bot, mention())
        end = await small.until(
            lambda method, fields: method == "chat.update" and "Try again" in str(fields["blocks"])
        )
        assert "broke in the middle" in end["text"]
        assert "You have" in str(end["blocks"])


async def test_a_pipeshub_that_is_down_is_said_so(slack: tuple[SmallSlack, str], tmp_path: Path) -> None:
    small, slack_url = slack
    async with started(settings(slack_url, "http://127.0.0.1:9"), tmp_path) as bot:
        await deliver(bot, mention())
        end = await small.until(
            lambda method, fields: method == "chat.update" and "Reconnecting" in str(fields["blocks"])
        )
        assert "Reconnecting to PipesHub" in end["text"]
