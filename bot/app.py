"""The composition root: the only file that knows every part."""

import asyncio
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
import structlog
from aiohttp import web
from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError

from bot.checks.database import UNREADABLE, revision
from bot.checks.findings import Grade
from bot.checks.slack import sign_in
from bot.domain.manner import Manner
from bot.flows.accounts import Accounts
from bot.flows.adopting import Adopting
from bot.flows.answering import Answering
from bot.flows.archiving import Archiving
from bot.flows.asking import Asking
from bot.flows.browsing import Browsing
from bot.flows.choosing import Choosing
from bot.flows.consulting import Consulting
from bot.flows.deleting import Deleting
from bot.flows.ending import Ending
from bot.flows.following import Following
from bot.flows.forgetting import Forgetting
from bot.flows.idling import Idling
from bot.flows.permission import Permission
from bot.flows.places import Places
from bot.flows.posing import Posing
from bot.flows.queueing import Queueing
from bot.flows.rating import Rating
from bot.flows.recalling import Recalling
from bot.flows.records import Records
from bot.flows.recovering import Recovering
from bot.flows.redrawing import Redrawing
from bot.flows.regenerating import Regenerating
from bot.flows.renaming import Renaming
from bot.flows.replies import Replies
from bot.flows.reporting import Reporting
from bot.flows.resuming import Resuming
from bot.flows.revising import Revising
from bot.flows.rewriting import Rewriting
from bot.flows.sending import Sending
from bot.flows.sharing import Sharing
from bot.flows.stopping import LiveAnswers, Stopping
from bot.flows.tidying import Tidying
from bot.jobs.calendar import calendar
from bot.jobs.schedule import Job, scheduled
from bot.jobs.slots import slotted
from bot.pipeshub.auth import fixed
from bot.pipeshub.catalog import Catalog
from bot.pipeshub.client import Conversations
from bot.pipeshub.people import People
from bot.pipeshub.server import Server, http_client
from bot.settings import HOW_TO_GET, TO_LISTEN, TO_SERVE, Delivery, Settings, SettingsError
from bot.slack.assembly import Flows, assemble
from bot.slack.directory import Directory
from bot.slack.inflight import Inflight
from bot.slack.measured import MeasuredClient
from bot.slack.outbox import Outbox
from bot.slack.replies.choice import ChosenReplies, whenever_possible, where_more_is_left
from bot.slack.replies.edited import EditedReplies
from bot.slack.replies.found import FoundReplies
from bot.slack.replies.pacing import Pacing
from bot.slack.replies.posed import PosedQuestions
from bot.slack.replies.reports import ReportChannel
from bot.slack.replies.status import AnnouncedReplies
from bot.slack.replies.waiting import Placeholders
from bot.slack.server import routes, serving
from bot.store import schema
from bot.store.claims import Claims
from bot.store.database import Database
from bot.store.gaps import Gaps
from bot.store.lines import Lines
from bot.store.ratings import Ratings
from bot.store.retention import Retention
from bot.store.threads import Threads
from bot.store.turns import Turns
from bot.store.versions import Versions
from bot.store.wishes import Wishes

log = structlog.get_logger(__name__)

GRACE = 20.0
"""Seconds that live answers get to end after SIGTERM; Heroku and Kubernetes kill after 30."""

SWEEP = 10.0
"""Seconds between looks for turns whose process died."""

HEED = 1.0
"""Seconds between looks for answers that somebody stopped by way of another process."""

SCRAPE = 5.0
"""Seconds for what a scrape has to ask for; Prometheus waits for 10."""

SLACK_TIMEOUT = 30
"""Seconds for one call to Slack."""


class Bot:
    """Everything of one process, put together."""

    def __init__(self, settings: Settings, http: aiohttp.ClientSession, server: Server) -> None:
        """Build the parts from `settings`; whoever passes `http` and `server` closes them."""
        auth = fixed(_secret(settings.pipeshub_bearer_auth))
        conversations = Conversations(server, auth)
        self.meters = server.meters
        self.database = Database(settings.database_url)
        self.conversations = conversations
        self.inflight = Inflight()
        self.client = MeasuredClient(
            self.meters,
            token=_secret(settings.slack_bot_token),
            base_url=settings.slack_api_url,
            timeout=SLACK_TIMEOUT,
            session=http,
        )
        outbox = Outbox(self.client)
        directory = Directory(self.client)
        self.turns = turns = Turns(self.database)
        threads = Threads(self.database)
        self.paces = defaultdict[str, Pacing](Pacing)
        replies = _replies(settings, outbox, self.paces, turns)
        live = LiveAnswers()
        records = Records(turns, threads, conversations)
        people = People(server, auth)
        accounts = Accounts(people, directory.member)
        versions = Versions(self.database)
        redrawing = Redrawing(turns, threads, versions, replies)
        recovering = Recovering(conversations, threads)
        rewriting = Rewriting(conversations, recovering, versions)
        manner = Manner(settings.pipeshub_chat_mode, settings.pipeshub_model_key)
        consulting = Consulting(
            Sending(conversations, streaming=settings.pipeshub_streaming),
            recovering,
            rewriting,
            threads,
            directory.plain,
            manner,
        )
        self.tidying = Tidying(turns, replies)
        ending = Ending(turns, threads, conversations, redrawing, rewriting, self.tidying, self.meters)
        adopting = Adopting(turns, FoundReplies(outbox).left)
        placeholders = Placeholders(outbox, self.paces, _frontend(settings))
        queueing = Queueing(Lines(self.database), placeholders.tell)
        wishes = Wishes(self.database)
        self.stopping = Stopping(turns, wishes, live, replies, self.meters)
        self.places = places = Places(consulting, turns, settings.max_live_answers)
        self.meters.live.set_function(lambda: places.taken)
        self.meters.waiting.set_function(lambda: len(live.reads) - places.taken)
        answering = Answering(places, ending, turns, replies, live, adopting, self.meters)
        claims = Claims(self.database)
        self.asking = Asking(turns, threads, claims, replies, answering, adopting, queueing, self.meters)
        posing = Posing(self.asking, threads, PosedQuestions(outbox, directory).write)
        archiving = Archiving(records, conversations, threads, redrawing)
        self.slack: AsyncApp = assemble(
            self.client,
            Flows(
                asking=self.asking,
                posing=posing,
                choosing=Choosing(Catalog(server, auth), manner),
                recalling=Recalling(threads, conversations),
                stopping=self.stopping,
                resuming=Resuming(records, turns, self.asking),
                revising=Revising(turns, wishes, self.stopping, posing),
                following=Following(records, claims, posing),
                regenerating=Regenerating(
                    Permission(records, accounts), records, turns, versions, self.asking
                ),
                archiving=archiving,
                renaming=Renaming(records, conversations, outbox.name_thread),
                deleting=Deleting(records, conversations, threads, redrawing),
                browsing=Browsing(records, conversations, threads, turns, accounts, outbox.permalink),
                sharing=Sharing(records, conversations, people, directory.member),
                rating=Rating(records, turns, conversations, Ratings(self.database)),
            ),
            outbox,
            self.inflight,
            _frontend(settings),
            claims,
        )
        days, channel = settings.archive_after_days, settings.report_channel
        self.work = calendar(
            Forgetting(Retention(self.database), claims, settings.retention_days),
            Idling(archiving, threads, days) if days is not None else None,
            Reporting(
                Gaps(self.database),
                conversations,
                directory.workspace,
                directory.is_public,
                outbox.permalink,
                directory.readable,
                ReportChannel(outbox, directory, channel).post,
            )
            if channel is not None
            else None,
        )
        # Every process looks for abandoned turns by itself: leases decide who takes one up, and more often
        # than they end, since somebody waits for the answer. The calendar's work one of them does.
        self.jobs = [
            Job("recovery", SWEEP, self.resume),
            Job("stops", HEED, self.stopping.heed),
            *(slotted(each, claims) for each in self.work),
        ]

    async def resume(self) -> None:
        """Take up every turn that was left by a process that is no more, and what replies left behind."""
        for name, work in await self.asking.abandoned():
            self.inflight.start(work, name)
        await self.tidying.sweep()

    async def reasons(self) -> Sequence[str]:
        """Return why the bot is not ready, nothing when it is."""
        found = [await revision(self.database), await sign_in(self.client)]
        return [each.text for each in found if each.grade is Grade.FAIL]

    async def scrape(self) -> bytes:
        """Return what is counted, in Prometheus' text format, without the turns while no database tells."""
        try:
            async with asyncio.timeout(SCRAPE):
                turns = await self.turns.unfinished()
        except UNREADABLE as error:
            log.warning("turns cannot be counted", error=type(error).__name__)
            turns = {}
        left = [pacing.left() for pacing in self.paces.values()]
        methods = {method for each in left for method in each}
        return self.meters.text(
            turns, {method: min(each[method] for each in left if method in each) for method in methods}
        )


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Bot]:
    """Keep a bot, its database and its scheduled work up while the block runs; end them gently."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SLACK_TIMEOUT))
        )
        server = await stack.enter_async_context(_server(settings))
        bot = Bot(settings, http, server)
        stack.push_async_callback(bot.database.dispose)
        if settings.sqlite_file is not None:
            # One file is one machine's: nobody else migrates it, and nobody else is disturbed.
            await _brought_to_head(bot.database, settings)
        stack.push_async_callback(bot.inflight.drain, GRACE)
        stack.callback(bot.places.close)
        await stack.enter_async_context(scheduled(bot.jobs))
        yield bot


async def serve(settings: Settings) -> None:
    """Serve Slack's deliveries over HTTP until SIGTERM or SIGINT."""
    settings.needed(*TO_SERVE)
    stop = _stop_signal()
    async with (
        running(settings) as bot,
        _serving(
            settings, routes(bot.reasons, bot.scrape, bot.slack, _secret(settings.slack_signing_secret))
        ) as port,
    ):
        log.info("serving", port=port, mode="http")
        await stop.wait()
        log.info("stopping")


async def listen(settings: Settings) -> None:
    """Receive Slack's deliveries over Socket Mode until SIGTERM or SIGINT."""
    settings.needed(*TO_LISTEN)
    stop = _stop_signal()
    async with running(settings) as bot, _serving(settings, routes(bot.reasons, bot.scrape, None)) as port:
        handler = AsyncSocketModeHandler(bot.slack, _secret(settings.slack_app_token), web_client=bot.client)
        try:
            await handler.client.connect()
        except SlackApiError as error:
            refusal = error.response.get("error")
            mend = HOW_TO_GET["SLACK_APP_TOKEN"]
            raise SettingsError(f"SLACK_APP_TOKEN: Slack answers {refusal}; {mend}") from None
        log.info("serving", port=port, mode="socket")
        try:
            await stop.wait()
            log.info("stopping")
        finally:
            await handler.client.close()


async def migrate(settings: Settings) -> None:
    """Bring the database to head."""
    database = Database(settings.database_url)
    try:
        await _brought_to_head(database, settings)
    finally:
        await database.dispose()
    log.info("migrated", revision=schema.head())


@asynccontextmanager
async def _server(settings: Settings) -> AsyncIterator[Server]:
    async with http_client(settings.max_live_answers) as http:
        yield Server(http, settings.pipeshub_server_url or "")


@asynccontextmanager
async def _serving(settings: Settings, paths: web.Application) -> AsyncIterator[int]:
    async with AsyncExitStack() as stack:
        try:
            port = await stack.enter_async_context(serving(paths, settings.host, settings.port))
        except OSError as error:
            raise SettingsError(
                f"HOST, PORT: cannot listen on {settings.host}:{settings.port} ({error.strerror}); "
                "stop what uses it or set PORT to another number"
            ) from None
        yield port


async def _brought_to_head(database: Database, settings: Settings) -> None:
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


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def _replies(settings: Settings, outbox: Outbox, paces: defaultdict[str, Pacing], turns: Turns) -> Replies:
    """Return replies as an operator wants them delivered."""
    frontend = _frontend(settings)
    edited = EditedReplies(outbox, paces, frontend, turns.grown)
    if settings.answer_delivery is Delivery.EDIT:
        return AnnouncedReplies(edited, outbox)
    wish = whenever_possible if settings.answer_delivery is Delivery.STREAM else where_more_is_left
    return AnnouncedReplies(ChosenReplies(outbox, paces, frontend, edited, wish), outbox)


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


def _frontend(settings: Settings) -> str:
    """Return where people read records: the server's origin where nobody says otherwise."""
    if settings.pipeshub_frontend_url:
        return settings.pipeshub_frontend_url
    parts = urlsplit(settings.pipeshub_server_url or "")
    return f"{parts.scheme}://{parts.netloc}"
