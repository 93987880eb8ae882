"""A process from its start to its end."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError

from bot.jobs import run_jobs
from bot.pipeshub.http import Server, http_client
from bot.settings import HOW_TO_GET, TO_LISTEN, TO_SERVE, Settings, SettingsError, secret_value
from bot.slack.bolt_app import SocketApp
from bot.slack.http import make_web_app, serve_http
from bot.store import database as schema
from bot.store.database import Database
from bot.wiring.bot import Bot
from bot.wiring.process import SLACK_TIMEOUT

log = structlog.get_logger(__name__)


@asynccontextmanager
async def running(settings: Settings, hurry: asyncio.Event | None = None) -> AsyncIterator[Bot]:
    """Run a bot, its database and its scheduled work while the block runs; then shut down gracefully.

    When `hurry` is set, unfinished work is left to the next process at once.
    """
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SLACK_TIMEOUT))
        )
        pipeshub = await stack.enter_async_context(http_client(settings.max_live_answers))
        bot = Bot(settings, http, Server(pipeshub, settings.pipeshub_server_url or ""))
        stack.push_async_callback(bot.database.dispose)
        if settings.sqlite_file is not None:
            # A SQLite file is used by one process alone, so migrating it disturbs no other one.
            await _migrate_to_head(bot.database, settings)
        stack.push_async_callback(bot.background_tasks.drain, settings.grace_seconds, hurry)
        stack.callback(bot.live_answer_slots.close)
        await stack.enter_async_context(run_jobs(bot.jobs))
        yield bot


async def serve(settings: Settings) -> None:
    """Serve Slack's deliveries over HTTP until SIGTERM or SIGINT; a second one cuts the grace short."""
    settings.require(TO_SERVE)
    async with _serving(settings, takes_deliveries=True) as (_, port, stop):
        log.info("process.started", port=port, mode="http")
        await stop.wait()
        log.info("process.stop_requested")


async def listen(settings: Settings) -> None:
    """Receive Slack's deliveries over Socket Mode until SIGTERM or SIGINT; a second one cuts it short."""
    settings.require(TO_LISTEN)
    async with _serving(settings, takes_deliveries=False) as (bot, port, stop):
        handler = AsyncSocketModeHandler(
            SocketApp(bot.dispatch), secret_value(settings.slack_app_token), web_client=bot.client("")
        )
        try:
            await handler.client.connect()
        except SlackApiError as error:
            refusal = error.response.get("error")
            mend = HOW_TO_GET["SLACK_APP_TOKEN"]
            raise SettingsError(f"SLACK_APP_TOKEN: Slack answers {refusal}; {mend}") from None
        log.info("process.started", port=port, mode="socket")
        try:
            await stop.wait()
            log.info("process.stop_requested")
        finally:
            await handler.client.close()


async def migrate(settings: Settings) -> None:
    """Bring the database to head."""
    database = Database(settings.database_url)
    try:
        await _migrate_to_head(database, settings)
    finally:
        await database.dispose()
    log.info("database.migrated", revision=schema.newest_revision())


@asynccontextmanager
async def _serving(
    settings: Settings, *, takes_deliveries: bool
) -> AsyncIterator[tuple[Bot, int, asyncio.Event]]:
    """Run a bot with its web server; yield it, the port, and the event that the first signal sets."""
    stop, hurry = _stop_signals()
    async with running(settings, hurry) as bot, AsyncExitStack() as stack:
        web_app = make_web_app(
            bot.not_ready_reasons,
            bot.metrics_text,
            bot.dispatch if takes_deliveries else None,
            secret_value(settings.slack_signing_secret),
            bot.browser_routes,
        )
        try:
            port = await stack.enter_async_context(serve_http(web_app, settings.host, settings.port))
        except OSError as error:
            raise SettingsError(
                f"HOST, PORT: cannot listen on {settings.host}:{settings.port} ({error.strerror}); "
                "stop what uses it or set PORT to another number"
            ) from None
        yield bot, port, stop


async def _migrate_to_head(database: Database, settings: Settings) -> None:
    file = settings.sqlite_file
    if file is not None and not file.absolute().parent.is_dir():
        raise SettingsError(
            f"DATABASE_URL: the database cannot be opened: there is no folder {file.parent}; "
            "make it or name another"
        )
    try:
        await schema.migrate(database)
    except (SQLAlchemyError, OSError) as error:
        raise SettingsError(
            f"DATABASE_URL: the database cannot be opened ({type(error).__name__}); "
            "check that it runs, that the path or name exists and that the user may write to it"
        ) from error


def _stop_signals() -> tuple[asyncio.Event, asyncio.Event]:
    """Return the events that the first SIGTERM or SIGINT sets, and any further one."""
    stop, hurry = asyncio.Event(), asyncio.Event()

    def ask() -> None:
        (hurry if stop.is_set() else stop).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ask)
    return stop, hurry
