"""How often an app may call: Slack's published tiers, none, or other numbers."""

import math
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

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
