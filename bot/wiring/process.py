"""What a process has once for all its workspaces."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from functools import cached_property
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

from bot.domain.people import Member
from bot.domain.turns import Manner
from bot.flows.accounts.identity import Identities, Signing
from bot.flows.accounts.link import CALLBACK, Linking
from bot.flows.answers.leases import Leases
from bot.flows.answers.source import LiveAnswers, Places
from bot.pipeshub.http import Server
from bot.pipeshub.oauth import OAuth
from bot.settings import Settings
from bot.slack.client import MeasuredClient
from bot.slack.replies.rate_limits import Pacing
from bot.store.accounts import LinkedAccounts, Links, Vault
from bot.store.channels import Channels
from bot.store.claims import Claims
from bot.store.database import Database
from bot.store.threads import Threads
from bot.store.turn_queue import Queue
from bot.store.turns import Turns, Versions, Wishes
from bot.tasks import Inflight

SLACK_TIMEOUT = 30
"""Seconds for one call to Slack."""


class Process:
    """The settings, the way out to Slack and PipesHub, the store, and the work that goes on."""

    def __init__(self, settings: Settings, http: aiohttp.ClientSession, server: Server) -> None:
        """Build the parts from `settings`; whoever passes `http` and `server` closes them."""
        self.settings = settings
        self.http = http
        self.server = server
        self.meters = server.meters
        self.database = Database(settings.database_url)
        self.turns = Turns(self.database)
        self.queue = Queue(self.database)
        self.leases = Leases(self.queue)
        self.channels = Channels(self.database)
        self.threads = Threads(self.database)
        self.claims = Claims(self.database)
        self.versions = Versions(self.database)
        self.wishes = Wishes(self.database)
        self.inflight = Inflight()
        self.live = live = LiveAnswers()
        self.places = places = Places(self.queue, settings.max_live_answers)
        self.paces = defaultdict[str, Pacing](Pacing)
        self.meters.live.set_function(lambda: places.taken)
        self.meters.waiting.set_function(lambda: len(live.reads) - places.taken)

    @cached_property
    def vault(self) -> Vault:
        """What encrypts stored tokens. Raises ValueError where no key is set."""
        return Vault(self.settings.encryption_keys)

    def client(self, token: str) -> MeasuredClient:
        """Return what calls Slack with a token."""
        return MeasuredClient(
            self.meters,
            token=token,
            base_url=self.settings.slack_api_url,
            timeout=SLACK_TIMEOUT,
            session=self.http,
        )

    @property
    def manner(self) -> Manner:
        """How questions are asked where nobody chose otherwise."""
        return Manner(self.settings.pipeshub_chat_mode, self.settings.pipeshub_model_key)

    @property
    def frontend(self) -> str:
        """Where people read records: the server's origin where nobody says otherwise."""
        if self.settings.pipeshub_frontend_url:
            return self.settings.pipeshub_frontend_url
        parts = urlsplit(self.settings.pipeshub_server_url or "")
        return f"{parts.scheme}://{parts.netloc}"


def secret(value: SecretStr | None) -> str:
    """Return what is behind a setting that is never shown, empty where it is not set."""
    return value.get_secret_value() if value else ""


Workspace = Callable[[], Awaitable[str]]
"""Tells the id of the workspace that an installation is in."""


class Linkage:
    """Connects accounts, and asks as them."""

    def __init__(self, process: Process, member: Callable[[str, str], Awaitable[Member]]) -> None:
        """Build the parts; `member` tells who a Slack user of a workspace is."""
        settings = process.settings
        public_url = settings.public_url or ""
        accounts = LinkedAccounts(process.database, process.vault)
        oauth = OAuth(
            process.server,
            settings.pipeshub_client_id or "",
            secret(settings.pipeshub_client_secret),
            f"{public_url}{CALLBACK}",
        )
        self.linking = Linking(
            accounts,
            Links(process.database, process.vault),
            oauth,
            public_url,
            member,
            any_email=settings.allow_email_mismatch,
        )
        self._server = process.server
        self._signing = Signing(accounts, oauth, self.linking)

    def identities(self, workspace: Workspace) -> Identities:
        """Return the people of a workspace, each as themselves."""

        async def linked(person: str) -> None:
            await self.linking.account(await workspace(), person)

        return Identities(self._server, lambda person: self._signing.auth(workspace, person), linked)


def known(workspace: Workspace) -> Workspace:
    """Return what asks for a workspace's id once, and remembers it."""
    found: list[str] = []

    async def tell() -> str:
        if not found:
            found.append(await workspace())
        return found[0]

    return tell
