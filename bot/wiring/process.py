"""What a process has once for all its workspaces."""

from functools import cached_property
from urllib.parse import urlsplit

import aiohttp
from cachetools import LRUCache

from bot.flows.accounts.identity import PersonalAccounts
from bot.flows.accounts.link import CALLBACK_PATH, AccountLinkingService
from bot.flows.answers.live import LiveAnswers, LiveAnswerSlots
from bot.flows.answers.worker import TurnLeases
from bot.flows.ports import Directory, Members
from bot.flows.questions.inbox import QuestionInbox
from bot.pipeshub.http import Server
from bot.pipeshub.oauth import PipesHubOAuth
from bot.settings import Settings, secret_value
from bot.slack.client import MeteredClient, RenewableToken
from bot.slack.replies.rate_limits import WorkspaceRateLimits
from bot.store.accounts import AccountStore, PendingLinkStore, TokenCipher
from bot.store.answers import AnswerStore
from bot.store.channels import ChannelSettingsStore
from bot.store.claims import ClaimStore
from bot.store.database import Database
from bot.store.inbox import InboxStore
from bot.store.threads import ThreadStore
from bot.store.turn_queue import TurnQueue
from bot.store.turns import TurnStore
from bot.store.workers import LeaseStore, Worker, new_lease
from bot.tasks import BackgroundTasks

SLACK_TIMEOUT = 30  # seconds for one call to Slack
MAX_WORKSPACES = 10_000  # workspaces whose bots and rate limits are kept at once


class RateLimits(LRUCache[str, WorkspaceRateLimits]):
    """The calls that Slack allows, by workspace."""

    def __missing__(self, workspace: str) -> WorkspaceRateLimits:
        limits = self[workspace] = WorkspaceRateLimits()
        return limits


class Process:
    """The settings, the way out to Slack and PipesHub, the store, and the work that goes on."""

    def __init__(self, settings: Settings, http: aiohttp.ClientSession, server: Server) -> None:
        """Build the parts from `settings`; the caller closes `http` and `server`."""
        self.settings = settings
        self.http = http
        self.server = server
        self.meters = server.meters
        self.database = Database(settings.database_url)
        self.worker = worker = Worker(settings.database_url)
        self.lease_store = LeaseStore(self.database)

        def owned_lease() -> str:
            return new_lease(worker.owner)

        self.turns = TurnStore(self.database, settings.lease_seconds, owned_lease)
        self.queue = TurnQueue(self.database, settings.lease_seconds, owned_lease)
        self.leases = TurnLeases(self.queue)
        self.channel_settings = ChannelSettingsStore(self.database)
        self.threads = ThreadStore(self.database)
        self.claims = ClaimStore(self.database)
        self.answers = AnswerStore(self.database)
        self.background_tasks = BackgroundTasks()
        self.inbox = QuestionInbox(InboxStore(self.database, lambda: worker.owner), self.background_tasks)
        self.live_answers = live_answers = LiveAnswers()
        self.live_answer_slots = live_answer_slots = LiveAnswerSlots(self.queue, settings.max_live_answers)
        self.rate_limits = RateLimits(MAX_WORKSPACES)
        self.meters.live.set_function(lambda: live_answer_slots.in_use)
        self.meters.waiting.set_function(lambda: len(live_answers.turn_ids) - live_answer_slots.in_use)

    @cached_property
    def token_cipher(self) -> TokenCipher:
        """What encrypts stored tokens. Raises ValueError where no key is set."""
        return TokenCipher(self.settings.encryption_keys)

    def client(self, token: str | RenewableToken) -> MeteredClient:
        """Return what calls Slack with a token."""
        return MeteredClient(
            self.meters,
            token=token,
            base_url=self.settings.slack_api_url,
            timeout=SLACK_TIMEOUT,
            session=self.http,
        )

    @property
    def frontend_url(self) -> str:
        """Where people read records: by default at the server's origin."""
        if self.settings.pipeshub_frontend_url:
            return self.settings.pipeshub_frontend_url
        parts = urlsplit(self.settings.pipeshub_server_url or "")
        return f"{parts.scheme}://{parts.netloc}"


class AccountLinking:
    """What a process needs so that people ask with PipesHub accounts of their own."""

    def __init__(self, process: Process, members: Members) -> None:
        settings = process.settings
        public_url = settings.public_url or ""
        self._store = AccountStore(process.database, process.token_cipher)
        self._oauth = PipesHubOAuth(
            process.server,
            settings.pipeshub_client_id or "",
            secret_value(settings.pipeshub_client_secret),
            f"{public_url}{CALLBACK_PATH}",
        )
        self.service = AccountLinkingService(
            self._store,
            PendingLinkStore(process.database, process.token_cipher),
            self._oauth,
            public_url,
            members,
            any_email=settings.allow_email_mismatch,
        )

    def accounts(self, directory: Directory) -> PersonalAccounts:
        """Return the accounts of a workspace's people."""
        return PersonalAccounts(self._store, self._oauth, self.service, directory)
