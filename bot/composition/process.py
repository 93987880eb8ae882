"""What a process has once, for all workspaces together."""

from collections import defaultdict
from functools import cached_property
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

from bot.domain.turns import Manner
from bot.flows.answers.leases import Leases
from bot.flows.answers.source import LiveAnswers, Places
from bot.pipeshub.http import Server
from bot.settings import Settings
from bot.slack.client import MeasuredClient
from bot.slack.replies.rate_limits import Pacing
from bot.store.accounts import Vault
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
