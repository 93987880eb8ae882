"""A process from its start to its end."""

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.errors import SlackError, SlackUnreachable
from bot.jobs import run_jobs
from bot.pipeshub.http import Server, http_client
from bot.settings import HOW_TO_GET, Settings, SettingsError, secret_value
from bot.slack.client import SlackClient
from bot.slack.http import make_web_app, metrics_route, serve_http
from bot.slack.socket_mode import DeliverySocket
from bot.store import database as schema
from bot.store.database import Database
from bot.wiring.bot import Bot
from bot.wiring.process import SLACK_TIMEOUT

log = structlog.get_logger(__name__)

TOKEN_CHECK_TIMEOUT = 5.0  # seconds that the start waits for Slack to say whether it accepts the tokens


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
        await stack.enter_async_context(bot.holding_worker_lock())
        stack.push_async_callback(bot.background_tasks.drain, settings.grace_seconds, hurry)
        stack.callback(bot.live_answer_slots.close)
        await stack.enter_async_context(run_jobs(bot.jobs))
        yield bot


async def serve(settings: Settings) -> None:
    """Serve Slack's deliveries over HTTP until SIGTERM or SIGINT; a second one cuts the grace short."""
    async with _serving(settings, takes_deliveries=True) as (_, port, stop):
        log.info("process.started", port=port, mode="http")
        await stop.wait()
        log.info("process.stop_requested")


async def listen(settings: Settings) -> None:
    """Receive Slack's deliveries over Socket Mode until SIGTERM or SIGINT; a second one cuts it short."""
    async with _serving(settings, takes_deliveries=False) as (bot, port, stop):
        bot.socket = DeliverySocket(bot.dispatch, secret_value(settings.slack_app_token), bot.client(""))
        log.info("process.started", port=port, mode="socket")
        try:
            await _until(stop, bot.socket.run())
        except SlackError as error:
            raise _token_refused("SLACK_APP_TOKEN", error) from None
        log.info("process.stop_requested")


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
    await _until(stop, _check_tokens(settings, opens_socket=not takes_deliveries))
    elsewhere, token = settings.metrics_host_and_port, secret_value(settings.metrics_token)
    async with running(settings, hurry) as bot, AsyncExitStack() as stack:
        web_app = make_web_app(
            bot.not_ready_reasons,
            None if elsewhere else bot.metrics_text,
            bot.dispatch if takes_deliveries else None,
            secret_value(settings.slack_signing_secret),
            bot.browser_routes,
            metrics_token=token,
        )
        port = await stack.enter_async_context(_listening(web_app, settings.host, settings.port, "PORT"))
        if elsewhere is not None:
            metrics_app = web.Application()
            metrics_app.router.add_routes([metrics_route(bot.metrics_text, token)])
            await stack.enter_async_context(_listening(metrics_app, *elsewhere, "METRICS_ADDRESS"))
        yield bot, port, stop


@asynccontextmanager
async def _listening(web_app: web.Application, host: str, port: int, setting: str) -> AsyncIterator[int]:
    """Serve a web application where `setting` says. Raises SettingsError."""
    async with AsyncExitStack() as stack:
        try:
            served = await stack.enter_async_context(serve_http(web_app, host, port))
        except OSError as error:
            names = "HOST, PORT" if setting == "PORT" else setting
            raise SettingsError(
                f"{names}: cannot listen on {host}:{port} ({error.strerror}); "
                f"stop what uses it or set {setting} to another number"
            ) from None
        yield served


async def _check_tokens(settings: Settings, *, opens_socket: bool) -> None:
    """Raise SettingsError where Slack refuses a token; where Slack does not answer, the bot starts anyway."""
    setting, app_token = "SLACK_BOT_TOKEN", secret_value(settings.slack_app_token)
    async with aiohttp.ClientSession() as http:
        bot_token = secret_value(settings.slack_bot_token)
        client = SlackClient(bot_token, settings.slack_api_url, SLACK_TIMEOUT, session=http)
        try:
            async with asyncio.timeout(TOKEN_CHECK_TIMEOUT):
                if bot_token:
                    await client.auth_test()
                setting = "SLACK_APP_TOKEN"
                if opens_socket:
                    await client.apps_connections_open(app_token=app_token)
        except (SlackUnreachable, TimeoutError) as error:
            log.warning(
                "slack.unreachable",
                setting="SLACK_API_URL",
                fix="check the address, the network and the proxy; the bot starts all the same",
                reason=error.detail if isinstance(error, SlackError) else "no answer in time",
            )
        except SlackError as error:
            raise _token_refused(setting, error) from None


def _token_refused(setting: str, error: SlackError) -> SettingsError:
    return SettingsError(f"{setting}: Slack does not accept it ({error.detail}); {HOW_TO_GET[setting]}")


async def _until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do `work` until it ends, or cancel it when `stop` is set. Raises what `work` raises."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        working.cancel()
        stopping.cancel()
        await asyncio.wait({working, stopping})
    if not working.cancelled():
        working.result()


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
