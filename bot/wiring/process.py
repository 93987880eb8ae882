"""What a process has once for all its workspaces."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from functools import cached_property
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

from bot.domain.people import SlackUser
from bot.domain.turns import QuestionOptions
from bot.flows.accounts.identity import AccountSigner, Identities
from bot.flows.accounts.link import CALLBACK_PATH, AccountLinkingService
from bot.flows.answers.leases import TurnLeases
from bot.flows.answers.source import LiveAnswers, LiveAnswerSlots
from bot.pipeshub.http import Server
from bot.pipeshub.oauth import PipesHubOAuth
from bot.settings import Settings
from bot.slack.client import MeteredClient
from bot.slack.replies.rate_limits import WorkspaceRateLimits
from bot.store.accounts import AccountStore, PendingLinkStore, TokenCipher
from bot.store.channels import ChannelSettingsStore
from bot.store.claims import ClaimStore
from bot.store.database import Database
from bot.store.threads import ThreadStore
from bot.store.turn_queue import TurnQueue
from bot.store.turns import AnswerVersionStore, PendingRequestStore, TurnStore
from bot.tasks import BackgroundTasks

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
        self.turns = TurnStore(self.database)
        self.queue = TurnQueue(self.database)
        self.leases = TurnLeases(self.queue)
        self.channel_settings = ChannelSettingsStore(self.database)
        self.threads = ThreadStore(self.database)
        self.claims = ClaimStore(self.database)
        self.answer_versions = AnswerVersionStore(self.database)
        self.pending_requests = PendingRequestStore(self.database)
        self.background_tasks = BackgroundTasks()
        self.live_answers = live_answers = LiveAnswers()
        self.live_answer_slots = live_answer_slots = LiveAnswerSlots(self.queue, settings.max_live_answers)
        self.rate_limits = defaultdict[str, WorkspaceRateLimits](WorkspaceRateLimits)
        self.meters.live.set_function(lambda: live_answer_slots.in_use)
        self.meters.waiting.set_function(lambda: len(live_answers.turn_ids) - live_answer_slots.in_use)

    @cached_property
    def token_cipher(self) -> TokenCipher:
        """What encrypts stored tokens. Raises ValueError where no key is set."""
        return TokenCipher(self.settings.encryption_keys)

    def client(self, token: str) -> MeteredClient:
        """Return what calls Slack with a token."""
        return MeteredClient(
            self.meters,
            token=token,
            base_url=self.settings.slack_api_url,
            timeout=SLACK_TIMEOUT,
            session=self.http,
        )

    @property
    def default_options(self) -> QuestionOptions:
        """How questions are asked where nobody chose otherwise."""
        return QuestionOptions(self.settings.pipeshub_chat_mode, self.settings.pipeshub_model_key)

    @property
    def frontend_url(self) -> str:
        """Where people read records: the server's origin where nobody says otherwise."""
        if self.settings.pipeshub_frontend_url:
            return self.settings.pipeshub_frontend_url
        parts = urlsplit(self.settings.pipeshub_server_url or "")
        return f"{parts.scheme}://{parts.netloc}"


def secret_value(value: SecretStr | None) -> str:
    """Return what is behind a setting that is never shown, empty where it is not set."""
    return value.get_secret_value() if value else ""


WorkspaceIdLookup = Callable[[], Awaitable[str]]
"""Tells the id of the workspace that an installation is in."""


class AccountLinking:
    """Connects accounts, and asks as them."""

    def __init__(self, process: Process, member: Callable[[str, str], Awaitable[SlackUser]]) -> None:
        """Build the parts; `member` tells who a Slack user of a workspace is."""
        settings = process.settings
        public_url = settings.public_url or ""
        account_store = AccountStore(process.database, process.token_cipher)
        oauth = PipesHubOAuth(
            process.server,
            settings.pipeshub_client_id or "",
            secret_value(settings.pipeshub_client_secret),
            f"{public_url}{CALLBACK_PATH}",
        )
        self.service = AccountLinkingService(
            account_store,
            PendingLinkStore(process.database, process.token_cipher),
            oauth,
            public_url,
            member,
            any_email=settings.allow_email_mismatch,
        )
        self._server = process.server
        self._account_signer = AccountSigner(account_store, oauth, self.service)

    def identities(self, workspace: WorkspaceIdLookup) -> Identities:
        """Return the people of a workspace, each as themselves."""

        async def linked(person: str) -> None:
            await self.service.linked_account(await workspace(), person)

        return Identities(self._server, lambda person: self._account_signer.auth(workspace, person), linked)


def remember_workspace_id(workspace: WorkspaceIdLookup) -> WorkspaceIdLookup:
    """Return what asks for a workspace's id once, and remembers it."""
    found: list[str] = []

    async def tell() -> str:
        if not found:
            found.append(await workspace())
        return found[0]

    return tell
