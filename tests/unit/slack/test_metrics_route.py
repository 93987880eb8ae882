"""Who may read the metrics."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
import pytest

from bot.slack.http import make_web_app, serve_http

TOKEN = "a-token-for-metrics"


async def ready() -> list[str]:
    return []


async def scrape() -> bytes:
    return b"pipeshub_bot_questions_total 1\n"


@asynccontextmanager
async def served(token: str = "", *, elsewhere: bool = False) -> AsyncIterator[str]:
    app = make_web_app(ready, None if elsewhere else scrape, None, metrics_token=token)
    async with serve_http(app, "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}"


async def status(address: str, headers: Mapping[str, str] | None = None) -> tuple[int, bool]:
    async with aiohttp.ClientSession() as http, http.get(f"{address}/metrics", headers=headers) as answer:
        return answer.status, b"questions_total" in await answer.read()


async def test_without_a_token_they_are_open() -> None:
    async with served() as address:
        assert await status(address) == (200, True)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer guessed",
        f"Bearer {TOKEN}x",
        f"Basic {TOKEN}",
        TOKEN,
    ],
)
async def test_with_a_token_they_are_for_those_who_send_it(header: str) -> None:
    async with served(TOKEN) as address:
        assert await status(address, {"Authorization": header} if header else {}) == (401, False)
        assert await status(address, {"Authorization": f"Bearer {TOKEN}"}) == (200, True)


async def test_where_they_are_served_elsewhere_there_are_none() -> None:
    async with served(elsewhere=True) as address:
        assert await status(address) == (404, False)
