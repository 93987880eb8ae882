"""The bot of one process: its workspaces and its scheduled work."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot import manifest
from bot.checks.findings import Grade
from bot.checks.local import UNREADABLE, revision
from bot.checks.slack import sign_in
from bot.domain.errors import BotError
from bot.domain.people import Installation, Linked, Member, NotInstalled
from bot.domain.turns import Turn
from bot.flows.accounts.identity import Identities
from bot.flows.accounts.installation import REDIRECT, CurrentToken, Installing, Leaving
from bot.flows.conversations.manage import Archiving
from bot.flows.scheduled.retention import Forgetting, Idling
from bot.jobs import Job, calendar, slotted
from bot.pipeshub.http import Server
from bot.pipeshub.oauth import fixed
from bot.settings import Settings
from bot.slack import http as connecting
from bot.slack.client import MeasuredClient, RenewedClient, SlackOAuth
from bot.slack.directory import Directory
from bot.slack.payloads.events import departure, origin
from bot.store.accounts import Links
from bot.store.installations import Installations
from bot.store.retention import Retention
from bot.wiring.process import SLACK_TIMEOUT, Linkage, Process, known, secret
from bot.wiring.workspace import Installed

log = structlog.get_logger(__name__)


def installed(
    process: Process,
    client: MeasuredClient,
    linkage: Linkage | None,
    workspace: Callable[[], Awaitable[str]] | None = None,
) -> Installed:
    """Return the bot where `client` has a token of; Slack is asked where that is, if not `workspace`."""
    if linkage is not None:
        identities = linkage.identities(workspace or known(Directory(client).workspace))
        return Installed(process, client, identities, linkage.linking)
    auth = fixed(secret(process.settings.pipeshub_bearer_auth))
    return Installed(process, client, Identities(process.server, lambda _: auth))


class Workspaces:
    """Those that installed the bot from its own page."""

    def __init__(self, process: Process, linkage: Linkage | None) -> None:
        """Build the parts; where there is a `linkage`, people connect accounts of their own."""
        settings = process.settings
        self._process = process
        self._linkage = linkage
        self.installations = Installations(process.database, process.vault)
        self._oauth = SlackOAuth(
            process.client(""),
            (settings.slack_client_id or "", secret(settings.slack_client_secret)),
            manifest.load().scopes,
            f"{settings.public_url}{REDIRECT}",
        )
        self.installing = Installing(self.installations, Links(process.database, process.vault), self._oauth)
        self.leaving = Leaving(self.installations, linkage.linking.unlink if linkage else None)
        self._known: dict[str, tuple[float, Installed]] = {}

    async def of(self, workspace: str, enterprise: str | None = None) -> Installed:
        """Return the bot as it is installed in a workspace now. Raises NotInstalled.

        `enterprise` is the organization by whose installation the workspace was heard of.
        """
        since = await self.installations.since(workspace)
        if since is None and enterprise is not None:
            await self.installations.reach(workspace, enterprise)
        elif (kept := self._kept(workspace, since)) is not None:
            return kept
        installation = await self.installations.find(workspace)
        if installation is None:
            self._known.pop(workspace, None)
            raise NotInstalled(f"not installed in {workspace or 'no workspace'}")
        # Of deliveries that come at once the first one makes it.
        return self._kept(workspace, installation.installed_at) or self._made(workspace, installation)

    def _kept(self, workspace: str, since: float | None) -> Installed | None:
        """Return the bot as it was made for the installation of that moment, None where it was not."""
        installed_at, found = self._known.get(workspace, (None, None))
        return found if since is not None and installed_at == since else None

    def _made(self, workspace: str, installation: Installation) -> Installed:
        made = installed(self._process, self._client(installation), self._linkage, partial(_told, workspace))
        self._known[workspace] = installation.installed_at, made
        return made

    def _client(self, installation: Installation) -> MeasuredClient:
        process = self._process
        return RenewedClient(
            process.meters,
            token=CurrentToken(installation, self.installations, self._oauth.refresh),
            base_url=process.settings.slack_api_url,
            timeout=SLACK_TIMEOUT,
            session=process.http,
        )


async def _told(workspace: str) -> str:
    return workspace


SWEEP = 10.0
"""Seconds between looks for turns whose process died."""

HEED = 1.0
"""Seconds between looks for answers that somebody stopped by way of another process."""

SCRAPE = 5.0
"""Seconds for what a scrape has to ask for; Prometheus waits for 10."""


class Bot(Process):
    """A process with its workspaces."""

    def __init__(self, settings: Settings, http: aiohttp.ClientSession, server: Server) -> None:
        """Build the parts from `settings`; whoever passes `http` and `server` closes them."""
        super().__init__(settings, http, server)
        self.linkage = Linkage(self, self._member) if settings.links_accounts else None
        self.workspaces = Workspaces(self, self.linkage) if settings.installs else None
        self.installed = (
            None
            if self.workspaces
            else installed(self, self.client(secret(settings.slack_bot_token)), self.linkage)
        )
        days, channel = settings.archive_after_days, settings.report_channel
        self.work = calendar(
            Forgetting(Retention(self.database), self.claims, settings.retention_days),
            Idling(self._archiving, self.threads, days) if days is not None else None,
            self.installed.reporting(channel) if channel is not None and self.installed else None,
        )
        # Every process looks for abandoned turns by itself: leases decide who takes one up, and more often
        # than they end, since somebody waits for the answer. The calendar's work one of them does.
        self.jobs = [
            Job("recovery", SWEEP, self.resume),
            Job("stops", HEED, partial(self.live.heed, self.wishes)),
            *(slotted(each, self.claims) for each in self.work),
        ]

    @property
    def pages(self) -> Sequence[web.AbstractRouteDef]:
        """What people's browsers are shown."""
        public_url, pages = self.settings.public_url or "", list[web.AbstractRouteDef]()
        if self.linkage is not None:
            pages += connecting.account_routes(self.linkage.linking, self._connected, public_url)
        if self.workspaces is not None:
            pages += connecting.install_routes(self.workspaces.installing, public_url)
        return pages

    async def of(self, workspace: str, enterprise: str | None = None) -> Installed:
        """Return the bot as it is installed in a workspace; one token is one workspace's.

        `enterprise` is the organization by whose installation it was heard of. Raises NotInstalled.
        """
        return await self.workspaces.of(workspace, enterprise) if self.workspaces else self._only

    @property
    def _only(self) -> Installed:
        if self.installed is None:
            raise NotInstalled("in many workspaces, and in none of them by a token")
        return self.installed

    async def dispatch(self, delivery: AsyncBoltRequest) -> BoltResponse:
        """Hand a delivery to the workspace that it belongs to; one of nobody's is dropped."""
        if (left := departure(delivery.body)) is not None:
            if self.workspaces is not None:
                await self.workspaces.leaving.leave(left.holder, left.at)
            return BoltResponse(status=200, body="")
        try:
            place = origin(delivery)
            found = await self.of(place.workspace, place.enterprise)
        except NotInstalled as error:
            log.warning("a delivery is dropped", reason=error.detail)
            return BoltResponse(status=200, body="")
        return await found.slack.async_dispatch(delivery)

    async def resume(self) -> None:
        """Take up every turn that was left by a process that is no more, and what replies left behind."""
        for turn in await self.queue.abandoned():
            if (found := await self._home(turn)) is not None:
                self.inflight.start(found.working.take_up(turn), f"abandoned {turn.id}")
        for turn in await self.turns.with_leftovers():
            if (found := await self._home(turn)) is not None:
                await found.tidying.clear(turn)

    async def _home(self, turn: Turn) -> Installed | None:
        """Return the bot where a turn belongs, None where it cannot be just now: others go on."""
        try:
            return await self.of(turn.question.thread.workspace)
        except BotError as error:
            log.warning(
                "a turn cannot be taken up", workspace=turn.question.thread.workspace, reason=error.detail
            )
            return None

    async def reasons(self) -> Sequence[str]:
        """Return why the bot is not ready, nothing when it is."""
        found = [await revision(self.database)]
        if self.installed is not None:  # one of many that does not work is that workspace's matter
            found.append(await sign_in(self.installed.client))
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

    def _connected(self, account: Linked) -> None:
        """Have what waited for an account answered."""

        async def go_on() -> None:
            found = await self.of(account.workspace)
            await found.postponing.go_on(account.workspace, account.person)

        self.inflight.start(go_on(), f"connected {account.person}")

    async def _member(self, workspace: str, person: str) -> Member:
        return await (await self.of(workspace)).member(person)

    async def _archiving(self, workspace: str) -> Archiving:
        return (await self.of(workspace)).archiving
