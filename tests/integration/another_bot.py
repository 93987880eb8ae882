"""One more bot in a house: on the same database, between the same Slack and the same PipesHub."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from bot.jobs import run_jobs
from bot.pipeshub.http import Server, http_client
from bot.slack.http import make_web_app, serve_http
from bot.wiring.bot import Bot
from bot.wiring.process import SLACK_TIMEOUT
from tests.house import House


@asynccontextmanager
async def another(home: House, slack_timeout: float = SLACK_TIMEOUT) -> AsyncIterator[tuple[Bot, str]]:
    """Give one more bot and its request URL; it waits `slack_timeout` seconds for an answer of Slack's."""
    settings = home.bot.settings
    timeout = aiohttp.ClientTimeout(total=slack_timeout)
    async with (
        aiohttp.ClientSession(timeout=timeout) as http,
        http_client(settings.max_live_answers) as pipeshub,
    ):
        bot = Bot(settings, http, Server(pipeshub, settings.pipeshub_server_url or ""))
        secret = home.workspace.options.signing_secret
        async with (
            run_jobs(bot.jobs),
            serve_http(
                make_web_app(bot.not_ready_reasons, bot.metrics_text, bot.dispatch, secret), "127.0.0.1", 0
            ) as port,
        ):
            yield bot, f"http://127.0.0.1:{port}/slack/events"
        await bot.background_tasks.drain(10)
        await bot.database.dispose()
