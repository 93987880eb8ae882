"""What is left of the calls that Slack allows an app in one workspace. Pure: time is an argument.

Slack counts each method by itself, per app and workspace (docs.slack.dev, "Rate limits"). Replicas share
an allowance without talking: each learns from Slack's refusals how much of it is its own.
"""

from collections import deque
from dataclasses import dataclass

MARGIN = 1.0
"""Seconds added to a window: a call counts from its arrival at Slack, which is later than its sending."""

DECREASE = 0.7
"""What is left of a limit that Slack refused a call under."""

INCREASE = 1 / 12
"""Calls a second that a lowered limit rises by."""

LEAST = 2
"""Calls in a window that no refusal takes away; fewer would leave replies without their endings."""


@dataclass(frozen=True, slots=True)
class Tier:
    """`calls` that Slack allows within `window` seconds."""

    calls: int
    window: float


UPDATES = Tier(50, 60.0)
APPENDS = Tier(100, 60.0)
STARTS = Tier(20, 60.0)
STOPS = Tier(20, 60.0)
DELETIONS = Tier(50, 60.0)
POSTS = Tier(3, 3.0)
"""Messages to one channel: "one a second, short bursts allowed"."""


class Budget:
    """The calls of one method. Times are seconds of any clock that never goes back."""

    def __init__(self, tier: Tier) -> None:
        self._window = tier.window + min(MARGIN, tier.window / 10)
        self._most = tier.calls
        self._lowered = float(tier.calls)
        self._lowered_at = 0.0
        self._closed_until = 0.0
        self._calls: deque[float] = deque()

    def limit(self, now: float) -> int:
        """Return how many calls a window has, as far as is known."""
        return int(min(self._most, self._lowered + (now - self._lowered_at) * INCREASE))

    def left(self, now: float) -> int:
        """Return how many calls may be made now."""
        if now < self._closed_until:
            return 0
        self._forget(now)
        return max(0, self.limit(now) - len(self._calls))

    def frees(self, now: float) -> float:
        """Return the next moment at which more calls may be left than now."""
        if now < self._closed_until:
            return self._closed_until
        self._forget(now)
        return self._calls[0] + self._window if self._calls else now + 1 / INCREASE

    def spend(self, now: float) -> None:
        """Count a call that is made."""
        self._calls.append(now)

    def take(self, now: float) -> bool:
        """Count a call if one is left; return whether it may be made."""
        if not self.left(now):
            return False
        self.spend(now)
        return True

    def refused(self, now: float, retry_after: float) -> None:
        """Learn from a refusal that asks to wait `retry_after` seconds.

        Refusals of calls that were under way together lower the limit once.
        """
        if now >= self._closed_until:
            self._lowered = max(float(min(LEAST, self._most)), self.limit(now) * DECREASE)
            self._lowered_at = now
        self._closed_until = max(self._closed_until, now + retry_after)

    def _forget(self, now: float) -> None:
        while self._calls and self._calls[0] <= now - self._window:
            self._calls.popleft()
