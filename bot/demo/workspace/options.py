"""What a workspace is started with: its people and channels, the app's scopes and events, rate limits."""

import math
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.demo.workspace.model import Kind, Team

WINDOW = 60.0
"""Seconds that a tier counts calls over (docs.slack.dev, "Rate limits")."""

TIER_1, TIER_2, TIER_3, TIER_4 = 1, 20, 50, 100
"""Calls a minute of the tiers (docs.slack.dev, "Rate limits")."""

HUNDREDS = 600
"""Calls a minute of methods whose page says "hundreds per minute" or 600."""

# Each method's tier is the one its page on docs.slack.dev names.
TIERS: Mapping[str, int] = {
    "api.test": TIER_4,
    "auth.revoke": TIER_3,
    "auth.test": HUNDREDS,
    "agents.sessions.rename": TIER_3,
    "agents.sessions.setStatus": TIER_3,
    "apps.connections.open": TIER_1,
    "apps.uninstall": TIER_1,
    "assistant.threads.setStatus": HUNDREDS,
    "assistant.threads.setSuggestedPrompts": HUNDREDS,
    "assistant.threads.setTitle": HUNDREDS,
    "bots.info": TIER_3,
    "chat.appendStream": TIER_4,
    "chat.delete": TIER_3,
    "chat.getPermalink": HUNDREDS,
    "chat.postEphemeral": TIER_4,
    "chat.postMessage": HUNDREDS,
    "chat.startStream": TIER_2,
    "chat.stopStream": TIER_2,
    "chat.unfurl": TIER_3,
    "chat.update": TIER_3,
    "conversations.history": TIER_3,
    "conversations.info": TIER_3,
    "conversations.join": TIER_3,
    "conversations.leave": TIER_3,
    "conversations.list": TIER_2,
    "conversations.members": TIER_4,
    "conversations.open": TIER_3,
    "conversations.replies": TIER_3,
    "files.info": TIER_4,
    "oauth.v2.access": TIER_4,
    "reactions.add": TIER_3,
    "reactions.get": TIER_3,
    "reactions.remove": TIER_2,
    "team.info": TIER_3,
    "users.conversations": TIER_3,
    "users.info": TIER_4,
    "users.list": TIER_2,
    "users.lookupByEmail": TIER_3,
    "users.profile.get": TIER_4,
    "views.open": TIER_4,
    "views.publish": TIER_4,
    "views.push": TIER_4,
    "views.update": TIER_4,
}


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Numbers to hold an app to; an empty `per_minute` and `posts_per_second` 0 limit nothing.

    `burst` is what a method may be called beyond its number within a minute: the tiers are published
    as "50+". `post_burst` is how many messages a channel takes at once before one a second counts.
    """

    per_minute: Mapping[str, int] = field(default_factory=dict)
    burst: int = 0
    posts_per_second: float = 0.0
    post_burst: int = 1


PUBLISHED = RateLimits(TIERS, burst=3, posts_per_second=1.0, post_burst=4)
"""Slack's numbers: the tiers; `chat.postMessage` one a second per channel, short bursts allowed."""

NONE = RateLimits()


class Allowance:
    """Counts the calls of one app in one workspace. `limits` can be replaced while it runs."""

    def __init__(self, limits: RateLimits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self._clock = clock
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)
        self._posts: dict[str, tuple[float, float]] = {}

    def spend(self, method: str, channel: str = "") -> int | None:
        """Count a call; returns None where it is allowed, else the whole seconds to wait."""
        now = self._clock()
        wait = self._tier_wait(method, now)
        if not wait and method == "chat.postMessage" and self.limits.posts_per_second:
            wait = self._post_wait(channel, now)
        if wait:
            return math.ceil(wait)
        self._calls[method].append(now)
        return None

    def _tier_wait(self, method: str, now: float) -> float:
        allowed = self.limits.per_minute.get(method)
        calls = self._calls[method]
        while calls and calls[0] <= now - WINDOW:
            calls.popleft()
        if allowed is None or len(calls) < allowed + self.limits.burst:
            return 0.0
        return calls[0] + WINDOW - now

    def _post_wait(self, channel: str, now: float) -> float:
        left, since = self._posts.get(channel, (float(self.limits.post_burst), now))
        left = min(float(self.limits.post_burst), left + (now - since) * self.limits.posts_per_second)
        if left < 1.0:
            self._posts[channel] = (left, now)
            return (1.0 - left) / self.limits.posts_per_second
        self._posts[channel] = (left - 1.0, now)
        return 0.0


EVENTS = frozenset(
    {
        "agent_session_stopped",
        "app_context_changed",
        "app_home_opened",
        "app_mention",
        "app_uninstalled",
        "assistant_thread_context_changed",
        "assistant_thread_started",
        "channel_archive",
        "channel_unarchive",
        "member_joined_channel",
        "member_left_channel",
        "message.channels",
        "message.groups",
        "message.im",
        "message.mpim",
        "reaction_added",
        "reaction_removed",
        "tokens_revoked",
    }
)
"""Every event the workspace can send."""

SCOPES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "channels:join",
        "channels:read",
        "channels:write",
        "chat:write",
        "chat:write.customize",
        "chat:write.public",
        "commands",
        "files:read",
        "groups:history",
        "groups:read",
        "groups:write",
        "im:history",
        "im:read",
        "im:write",
        "links:write",
        "mpim:history",
        "mpim:read",
        "mpim:write",
        "reactions:read",
        "reactions:write",
        "team:read",
        "users.profile:read",
        "users:read",
        "users:read.email",
    }
)
"""Every bot scope that a method of this workspace asks for."""

GRANTED = SCOPES - {"chat:write.public"}
"""What a bot is given unless told otherwise: without `chat:write.public` it must be in a channel."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person who works here; `name` is the handle typed after `@`."""

    name: str
    real_name: str
    title: str = ""
    color: str = "#4a154b"
    is_admin: bool = False
    is_guest: bool = False
    team_id: str = ""
    """Another workspace's id, for a person who is here by Slack Connect."""


@dataclass(frozen=True, slots=True)
class Room:
    """A channel to start with: `members` are handles, the bot is in it where `with_bot`."""

    name: str
    topic: str = ""
    kind: Kind = Kind.PUBLIC
    members: tuple[str, ...] | None = None
    """None for all people."""
    with_bot: bool = True
    is_ext_shared: bool = False
    """Whether it is shared with another workspace (Slack Connect)."""


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command of the app; `name` begins with the slash."""

    name: str
    description: str = ""
    usage_hint: str = ""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut of the app, on messages or global."""

    callback_id: str
    name: str
    on_messages: bool = False


PEOPLE = (
    Person("mara", "Mara Lindqvist", "Head of Operations", "#1264a3", is_admin=True),
    Person("tomasz", "Tomasz Wieczorek", "Platform Engineer", "#2eb67d"),
    Person("amina", "Amina Okafor", "People Partner", "#e01e5a"),
    Person("jonas", "Jonas Brandt", "Support Lead", "#ecb22e"),
)

ROOMS = (
    Room("general", "Company-wide announcements and work-based matters"),
    Room("help-desk", "Ask anything about how we work"),
    Room("engineering", "Builds, releases, incidents", members=("mara", "tomasz")),
    Room("random", "Everything else", with_bot=False),
    Room("leads", "Leads only", Kind.PRIVATE, members=("mara", "jonas")),
)


@dataclass(slots=True)
class Options:
    """What a workspace is started with; what is left out is a believable small company.

    `time_scale` stretches the waits between redeliveries (1.0 is Slack's pace); `ack_timeout`
    is in seconds. `clock` returns seconds since 1970 and is what every lifetime is measured with.
    """

    signing_secret: str = "local-signing-secret"  # noqa: S105 - opens nothing but this local server
    bot_token: str = "xoxb-local-workspace"  # noqa: S105 - opens nothing but this local server
    app_token: str = "xapp-local-workspace"  # noqa: S105 - opens nothing but this local server
    config_token: str = "xoxe.xoxp-local-workspace"  # noqa: S105 - opens nothing but this local server
    client_id: str = "1000.2000"
    client_secret: str = "local-client-secret"  # noqa: S105 - opens nothing but this local server
    verification_token: str = "local-verification"  # noqa: S105 - opens nothing but this local server
    app_id: str = "A0PIPES001"
    app_name: str = "PipesHub"
    bot_name: str = "pipeshub"
    team: Team = field(default_factory=Team)
    people: tuple[Person, ...] = PEOPLE
    rooms: tuple[Room, ...] = ROOMS
    commands: tuple[Command, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    events: frozenset[str] = EVENTS
    scopes: frozenset[str] = GRANTED
    agent: bool = True
    """Whether the Messages tab is an agent's (`agent_view`)."""
    assistant: bool = False
    """Whether the older `assistant_view` is on: threads begin with `assistant_thread_started`."""
    request_url: str | None = None
    """Where events and interactions go; None for Socket Mode."""
    options_url: str | None = None
    """Where external selects load their options; None for `request_url`."""
    refused_blocks: frozenset[str] = frozenset()
    """Block types this workspace does not know, as an older one."""
    streaming: bool = True
    """Whether `chat.startStream` and its kin are there."""
    limits: RateLimits = PUBLISHED
    time_scale: float = 1.0
    ack_timeout: float = 3.0
    trigger_lifetime: float = 3.0
    """Seconds a trigger id lives (docs.slack.dev, "Handling user interaction")."""
    stream_lifetime: float = 300.0
    """Seconds after which Slack ends a stream by itself, as people report it."""
    clock: Callable[[], float] = time.time
    data: Path | None = None
    """A folder that keeps the workspace between runs."""
    installed: bool = True
    """Whether the app is there beforehand, with `bot_token` and `scopes`, or waits for an OAuth install."""
    token_lifetime: float | None = None
    """Seconds a token of an OAuth install works, with token rotation (Slack's: 43,200); None for ever."""
    first_id: int = 0
    """Where ids begin to be counted: workspaces that begin alike share them."""
