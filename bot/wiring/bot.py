"""The bot of one process: its workspaces and its scheduled work."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import aiohttp
import structlog
from aiohttp import web
from cachetools import LRUCache
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot import manifest
from bot.checks.findings import Grade, KeptFinding, fail
from bot.checks.local import DATABASE_LATE, UNREADABLE, database_in_use, lost_database_files
from bot.checks.slack import SLACK_LATE, bot_token
from bot.domain.errors import BotError
from bot.domain.people import LinkedAccount, NotInstalled, SlackUser
from bot.domain.turns import Question
from bot.flows.accounts.installation import (
    INSTALL_REDIRECT_PATH,
    InstallationService,
    InstallationToken,
    UninstallService,
)
from bot.flows.conversations.manage import ManageService
from bot.flows.scheduled.retention import AutoArchiveService, RetentionService
from bot.jobs import Job, claimed_job, scheduled_work
from bot.pipeshub.http import Server
from bot.settings import Settings, secret_value
from bot.slack import http as connecting
from bot.slack.client import SlackOAuth
from bot.slack.payloads.events import delivery_origin, uninstalled
from bot.slack.socket_mode import DeliverySocket
from bot.store.accounts import InstallationStore, PendingLinkStore
from bot.store.inbox import INBOX_LEASE
from bot.store.retention import RetentionStore
from bot.wiring.process import MAX_WORKSPACES, AccountLinking, Process
from bot.wiring.workspace import WorkspaceBot

log = structlog.get_logger(__name__)


class Workspaces:
    """Those that installed the bot from its own page."""

    def __init__(self, process: Process, account_linking: AccountLinking | None) -> None:
        settings = process.settings
        self._process = process
        self._account_linking = account_linking
        self.installations = InstallationStore(process.database, process.token_cipher)
        self._oauth = SlackOAuth(
            process.client(""),
            (settings.slack_client_id or "", secret_value(settings.slack_client_secret)),
            manifest.load().scopes,
            f"{settings.public_url}{INSTALL_REDIRECT_PATH}",
        )
        self.installation_service = InstallationService(
            self.installations, PendingLinkStore(process.database, process.token_cipher), self._oauth
        )
        self.uninstall_service = UninstallService(
            self.installations, account_linking.service if account_linking else None
        )
        self._cached = LRUCache[str, tuple[float, WorkspaceBot]](MAX_WORKSPACES)

    async def workspace_bot(self, workspace: str, enterprise: str | None = None) -> WorkspaceBot:
        """Return the bot as it is installed in a workspace now. Raises NotInstalled.

        `enterprise` is the organization by whose installation the workspace was heard of.
        """
        since = await self.installations.installed_at(workspace)
        if since is None and enterprise is not None:
            await self.installations.add_workspace(workspace, enterprise)
        elif (kept := self._cached_bot(workspace, since)) is not None:
            return kept
        installation = await self.installations.find(workspace)
        if installation is None:
            self._cached.pop(workspace, None)
            raise NotInstalled(f"not installed in {workspace or 'no workspace'}")
        # Of deliveries that come at once the first one makes it.
        kept = self._cached_bot(workspace, installation.installed_at)
        if kept is not None:
            return kept
        token = InstallationToken(
            installation.tenant_id, installation.tokens, self.installations, self._oauth
        )
        made = WorkspaceBot(self._process, self._process.client(token), self._account_linking, workspace)
        self._cached[workspace] = installation.installed_at, made
        return made

    def _cached_bot(self, workspace: str, since: float | None) -> WorkspaceBot | None:
        """Return the bot as it was made for the installation of that moment, None where it was not."""
        installed_at, found = self._cached.get(workspace, (None, None))
        return found if since is not None and installed_at == since else None


RECOVERIES_PER_LEASE = 1.5  # how often it is looked for expired leases, while one lasts
DEATHS_INTERVAL = 1.0  # seconds between looks for processes that died
STOP_REQUEST_INTERVAL = 1.0  # seconds between looks for answers that were stopped by way of another process
DATABASE_KEPT = (
    1.0  # seconds for which /readyz does not write to the database again, however often it is asked
)
SLACK_KEPT = 10.0  # seconds for which it does not ask Slack again
SCRAPE_TIMEOUT = 5.0  # seconds for what a scrape has to ask for; Prometheus waits for 10


class Bot(Process):
    """A process with its workspaces."""

    def __init__(self, settings: Settings, http: aiohttp.ClientSession, server: Server) -> None:
        """Build the parts from `settings`; the caller closes `http` and `server`."""
        super().__init__(settings, http, server)
        self.socket: DeliverySocket | None = None
        self.account_linking = AccountLinking(self, self) if settings.links_accounts else None
        self.workspaces = (
            Workspaces(self, self.account_linking) if settings.installs_in_many_workspaces else None
        )
        self.single_workspace = (
            None
            if self.workspaces
            else WorkspaceBot(self, self.client(secret_value(settings.slack_bot_token)), self.account_linking)
        )
        self.database_check = KeptFinding(
            partial(database_in_use, self.database), DATABASE_KEPT, DATABASE_LATE
        )
        # One of many workspaces that does not work is that workspace's matter.
        self.token_check = (
            KeptFinding(partial(bot_token, self.single_workspace.client), SLACK_KEPT, SLACK_LATE)
            if self.single_workspace
            else None
        )
        days, channel = settings.archive_after_days, settings.report_channel
        self.scheduled_work = scheduled_work(
            RetentionService(RetentionStore(self.database), self.claims, settings.retention_days),
            AutoArchiveService(self, self.threads, days) if days is not None else None,
            self.single_workspace.weekly_report_service(channel)
            if channel is not None and self.single_workspace
            else None,
        )
        # Every process looks for abandoned turns, more often than leases expire, since people wait for the
        # answers; the leases decide which one resumes a turn. Scheduled work is done by one process.
        self.jobs = [
            Job("deaths", DEATHS_INTERVAL, self.resume_after_deaths),
            Job(
                "recovery",
                min(settings.lease_seconds, INBOX_LEASE) / RECOVERIES_PER_LEASE,
                self.resume_abandoned,
            ),
            Job(
                "stops",
                STOP_REQUEST_INTERVAL,
                partial(self.live_answers.apply_stop_requests, self.turns),
            ),
            *(claimed_job(each, self.claims) for each in self.scheduled_work),
        ]

    @property
    def browser_routes(self) -> Sequence[web.AbstractRouteDef]:
        """What people's browsers are shown."""
        public_url, pages = self.settings.public_url or "", list[web.AbstractRouteDef]()
        if self.account_linking is not None:
            pages += connecting.account_routes(self.account_linking.service, self._on_linked, public_url)
        if self.workspaces is not None:
            pages += connecting.install_routes(
                self.workspaces.installation_service, public_url, self.settings.trusted_proxies
            )
        return pages

    async def workspace_bot(self, workspace: str, enterprise: str | None = None) -> WorkspaceBot:
        """Return the bot as it is installed in a workspace; one token is one workspace's.

        `enterprise` is the organization by whose installation it was heard of. Raises NotInstalled.
        """
        if self.workspaces is not None:
            return await self.workspaces.workspace_bot(workspace, enterprise)
        if self.single_workspace is None:
            raise NotInstalled("in many workspaces, and in none of them by a token")
        return self.single_workspace

    async def dispatch(self, delivery: AsyncBoltRequest) -> BoltResponse:
        """Pass a delivery to its workspace; it is dropped where the bot is not installed."""
        if (left := uninstalled(delivery.body)) is not None:
            if self.workspaces is not None:
                await self.workspaces.uninstall_service.uninstall(*left)
            return BoltResponse(status=200, body="")
        try:
            found = await self.workspace_bot(*delivery_origin(delivery))
        except NotInstalled as error:
            log.warning("delivery.dropped", reason=error.detail)
            return BoltResponse(status=200, body="")
        return await found.slack.async_dispatch(delivery)

    @asynccontextmanager
    async def holding_worker_lock(self) -> AsyncIterator[None]:
        """Hold the lock of this worker while the block runs; alone, it waits for no lease to expire."""
        async with self.worker.holding():
            if self.worker.is_alone:
                await self.lease_store.void_short()
            yield

    async def resume_after_deaths(self) -> None:
        """Resume at once what workers that died were working on."""
        if not self.worker.owner:
            return
        try:
            owners = await self.lease_store.owners()
        except UNREADABLE as error:  # which the look for expired leases reports
            log.debug("worker.owners_unknown", error=type(error).__name__)
            return
        await self.worker.look()
        died = self.worker.dead(owners)
        if died:
            log.warning("worker.died", workers=len(died))
            await self.lease_store.void(died)
            await self._resume()

    async def resume_abandoned(self) -> None:
        """Resume every question and turn whose process died, and delete the leftover messages of replies."""
        await self._resume()
        for turn in await self.turns.with_leftovers():
            if (found := await self._workspace_bot_of(turn.question)) is not None:
                await found.reply_recovery.delete_leftovers(turn)

    async def _resume(self) -> None:
        """Resume questions and turns whose leases have expired, without waiting for Slack."""
        for received in await self.inbox.abandoned():
            if (found := await self._workspace_bot_of(received.question)) is not None:
                self.inbox.resume(received, found.incoming_service.taker)
        for turn in await self.queue.find_abandoned():
            if (found := await self._workspace_bot_of(turn.question)) is not None:
                found.turn_worker.resume(turn)

    async def _workspace_bot_of(self, question: Question) -> WorkspaceBot | None:
        """Return the bot of a question's workspace, None where there is none, so that others go on."""
        try:
            return await self.workspace_bot(question.thread.workspace)
        except BotError as error:
            log.warning("turn.resume_failed", workspace=question.thread.workspace, reason=error.detail)
            return None

    async def not_ready_reasons(self) -> Sequence[str]:
        """Return why the bot is not ready, nothing when it is."""
        checks = [self.database_check, *([self.token_check] if self.token_check else [])]
        found = [*await asyncio.gather(*(each.get() for each in checks)), *lost_database_files(self.database)]
        if self.socket is not None and self.socket.problem:
            says = f"the socket is not open ({self.socket.problem})"
            found.append(fail("Socket Mode", says, "check the network and the proxy; the bot goes on trying"))
        return [each.text for each in found if each.grade is Grade.FAIL]

    async def metrics_text(self) -> bytes:
        """Return the metrics in Prometheus' text format, without the turns while the database is away."""
        try:
            async with asyncio.timeout(SCRAPE_TIMEOUT):
                turns = await self.turns.count_unfinished()
        except UNREADABLE as error:
            log.warning("metrics.turns_not_counted", error=type(error).__name__)
            turns = {}
        left = [limits.calls_left() for limits in self.rate_limits.values()]
        methods = {method for each in left for method in each}
        return self.meters.text(
            turns, {method: min(each[method] for each in left if method in each) for method in methods}
        )

    def _on_linked(self, account: LinkedAccount) -> None:
        """Have the questions that waited for an account answered."""

        async def go_on() -> None:
            found = await self.workspace_bot(account.workspace)
            await found.ask_service.resume(account.workspace, account.person)

        self.background_tasks.start(go_on(), f"connected {account.person}")

    async def member(self, workspace: str, person: str) -> SlackUser:
        """Return who a Slack user of a workspace is. Raises NotInstalled and SlackError."""
        return await (await self.workspace_bot(workspace)).directory.find_user(person)

    async def manage_service(self, workspace: str) -> ManageService:
        """Return what archives conversations in a workspace. Raises NotInstalled."""
        return (await self.workspace_bot(workspace)).manage_service
