"""The app as installed: who it is, what it may do, where it listens, its tokens and the consents to it."""

import math
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from bot.demo.workspace.model import Json, Refusal
from bot.demo.workspace.options import Command, Options, Shortcut


@dataclass(frozen=True, slots=True)
class Given:
    """An access token; with rotation its refresh token and the whole seconds it works."""

    access: str
    refresh: str = ""
    expires_in: int = 0


class Tokens:
    """Every token there is or was. With a `lifetime` (seconds) those given from now on expire.

    As docs.slack.dev has it ("Using token rotation"): a refresh token works once, and the access token
    it replaces works until it expires.
    """

    def __init__(
        self, clock: Callable[[], float], lifetime: float | None, lasting: Iterable[str] = ()
    ) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._ends = dict.fromkeys(lasting, math.inf)
        self._refreshing: set[str] = set()
        self.revoked: set[str] = set()

    @property
    def live(self) -> set[str]:
        """The access tokens that work."""
        now = self._clock()
        return {token for token, end in self._ends.items() if end > now}

    @property
    def lasting(self) -> set[str]:
        """Those of them that never expire."""
        return {token for token, end in self._ends.items() if end == math.inf}

    def restore(self, lasting: Iterable[str], revoked: Iterable[str]) -> None:
        """Take up what worked, and what did not, when the workspace was saved."""
        self.revoked |= set(revoked)
        self._ends |= dict.fromkeys(lasting, math.inf)
        self._ends = {token: end for token, end in self._ends.items() if token not in self.revoked}

    def give(self) -> Given:
        """Return a new token, with a refresh token where tokens expire."""
        if self._lifetime is None:
            access = f"xoxb-{secrets.token_hex(16)}"
            self._ends[access] = math.inf
            return Given(access)
        given = Given(
            f"xoxe.xoxb-1-{secrets.token_hex(24)}", f"xoxe-1-{secrets.token_hex(24)}", int(self._lifetime)
        )
        self._ends[given.access] = self._clock() + self._lifetime
        self._refreshing.add(given.refresh)
        return given

    def refreshes(self, refresh_token: str) -> bool:
        """Whether this is one of the refresh tokens that work."""
        return refresh_token in self._refreshing

    def refresh(self, refresh_token: str) -> Given:
        """Exchange a refresh token; raises Refusal `invalid_refresh_token`."""
        if not self.refreshes(refresh_token):
            raise Refusal("invalid_refresh_token")
        self._refreshing.discard(refresh_token)
        return self.give()

    def knows(self, token: str) -> bool:
        """Whether the access token works here, or once did."""
        return token in self._ends or token in self.revoked

    def works(self, token: str) -> bool:
        """Whether the access token works; raises Refusal `token_expired` where its time is over."""
        if token not in self._ends:
            return False
        if self._ends[token] <= self._clock():
            raise Refusal("token_expired")
        return True

    def expire(self) -> None:
        """Let the time of every access token be over, as it is after twelve hours."""
        self._ends = dict.fromkeys(self._ends, self._clock())

    def revoke(self, token: str | None = None) -> None:
        """End one access token, or everything."""
        ended = self._ends.keys() if token is None else {token}
        self.revoked |= set(ended)
        self._ends = {each: end for each, end in self._ends.items() if each not in self.revoked}
        if token is None:
            self._refreshing.clear()


@dataclass(slots=True)
class Address:
    """Where the app listens, the same for every workspace."""

    request_url: str | None


@dataclass(slots=True)
class App:
    """One installed Slack app. Everything can be changed while the workspace runs.

    With `request_url` None the app is reached in Socket Mode. `is_org_wide` is set where it is installed
    for the whole organization of this workspace, whose workspaces then share `tokens`.
    """

    id: str
    name: str
    bot_id: str
    bot_user: str
    signing_secret: str
    verification_token: str
    client_id: str
    client_secret: str
    app_token: str
    config_token: str
    address: Address
    tokens: Tokens
    scopes: set[str]
    events: set[str]
    commands: tuple[Command, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    agent: bool = True
    assistant: bool = False
    options_url: str | None = None
    refused_blocks: set[str] = field(default_factory=set)
    streaming: bool = True
    stream_lifetime: float = 300.0
    is_installed: bool = True
    is_org_wide: bool = False

    @classmethod
    def founded(cls, options: Options, bot_user: str, address: Address) -> "App":
        """Return the app that `options` describe, with its bot user."""
        return cls(
            id=options.app_id,
            name=options.app_name,
            bot_id="B" + options.app_id.removeprefix("A"),
            bot_user=bot_user,
            signing_secret=options.signing_secret,
            verification_token=options.verification_token,
            client_id=options.client_id,
            client_secret=options.client_secret,
            app_token=options.app_token,
            config_token=options.config_token,
            address=address,
            tokens=Tokens(
                options.clock, options.token_lifetime, (options.bot_token,) if options.installed else ()
            ),
            scopes=set(options.scopes) if options.installed else set(),
            events=set(options.events),
            commands=options.commands,
            shortcuts=options.shortcuts,
            agent=options.agent,
            assistant=options.assistant,
            options_url=options.options_url,
            refused_blocks=set(options.refused_blocks),
            streaming=options.streaming,
            stream_lifetime=options.stream_lifetime,
            is_installed=options.installed,
        )

    @property
    def request_url(self) -> str | None:
        """Where events and interactions go, whichever workspace they come from."""
        return self.address.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self.address.request_url = url

    @property
    def profile(self) -> Json:
        """The `bot_profile` that Slack puts beside the app's messages."""
        return {"id": self.bot_id, "app_id": self.id, "name": self.name, "deleted": False}

    @property
    def manifest(self) -> Json:
        """The app's manifest as Slack exports it."""
        return {
            "display_information": {"name": self.name},
            "features": {
                "slash_commands": [{"command": each.name} for each in self.commands],
                "shortcuts": [
                    {
                        "name": each.name,
                        "type": "message" if each.on_messages else "global",
                        "callback_id": each.callback_id,
                    }
                    for each in self.shortcuts
                ],
            },
            "oauth_config": {"scopes": {"bot": sorted(self.scopes)}},
            "settings": {
                "event_subscriptions": {"bot_events": sorted(self.events)},
                "interactivity": {"is_enabled": True},
                "socket_mode_enabled": self.request_url is None,
            },
        }

    def revoke(self) -> None:
        """End every bot token."""
        self.tokens.revoke()


CODE_LIFETIME = 600.0
"""Seconds a code lives; it works once (docs.slack.dev, "Installing with OAuth")."""


@dataclass(slots=True)
class Consent:
    """One consent: the id of the workspace or organization, where the code went, and the scopes."""

    place: str
    redirect: str
    scopes: frozenset[str]
    until: float = 0.0
    used: bool = False


class Consents:
    """The codes given out."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._given: dict[str, Consent] = {}

    def give(self, consent: Consent) -> str:
        """Return a code that stands for a consent."""
        consent.until = self._clock() + CODE_LIFETIME
        code = secrets.token_urlsafe(24)
        self._given[code] = consent
        return code

    def redeem(self, code: str, redirect: str) -> Consent:
        """Return what a code stands for, once.

        Raises Refusal `invalid_code`, `code_already_used` or `bad_redirect_uri`.
        """
        consent = self._given.get(code)
        if consent is None or consent.until <= self._clock():
            raise Refusal("invalid_code")
        if consent.used:
            raise Refusal("code_already_used")
        if consent.redirect != redirect:
            raise Refusal("bad_redirect_uri")
        consent.used = True
        return consent
