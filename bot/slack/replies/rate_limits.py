"""Which reply may call Slack next, within the rate limits of its workspace.

Slack counts each method by itself, per app and workspace (docs.slack.dev, "Rate limits"). Replicas share
a limit without talking: each learns from Slack's refusals how much of it is its own. Times are seconds of a
monotonic clock.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum

from cachetools import LRUCache

from bot.slack.client import RateLimited

MARGIN = 1.0
"""Seconds added to a window: a call counts from its arrival at Slack, which is later than its sending."""

DECREASE = 0.7  # the factor by which a refusal lowers a limit
INCREASE = 1 / 12  # calls a second that a lowered limit rises by
MIN_LIMIT = 2  # calls in a window below which no refusal lowers a limit, so that replies can still end


@dataclass(frozen=True, slots=True)
class RateLimitTier:
    """`calls` that Slack allows within `window` seconds."""

    calls: int
    window: float


UPDATES = RateLimitTier(50, 60.0)
APPENDS = RateLimitTier(100, 60.0)
STARTS = RateLimitTier(20, 60.0)
STOPS = RateLimitTier(20, 60.0)
DELETIONS = RateLimitTier(50, 60.0)
POSTS = RateLimitTier(3, 3.0)
"""Messages to one channel: "one a second, short bursts allowed"."""


Clock = Callable[[], float]


class RateLimit:
    """The calls of one method within a moving window."""

    def __init__(self, tier: RateLimitTier, clock: Clock = time.monotonic) -> None:
        self.clock = clock
        self._window = tier.window + min(MARGIN, tier.window / 10)
        self._most = tier.calls
        self._lowered = float(tier.calls)
        self._lowered_at = 0.0
        self._closed_until = 0.0
        self._calls: deque[float] = deque()

    def limit(self) -> int:
        """Return how many calls a window has, as far as refusals have shown."""
        return int(min(self._most, self._lowered + (self.clock() - self._lowered_at) * INCREASE))

    def left(self) -> int:
        """Return how many calls may be made now."""
        now = self.clock()
        if now < self._closed_until:
            return 0
        while self._calls and self._calls[0] <= now - self._window:
            self._calls.popleft()
        return max(0, self.limit() - len(self._calls))

    def next_free(self) -> float:
        """Return the next moment at which more calls may be left than now."""
        now = self.clock()
        if now < self._closed_until:
            return self._closed_until
        return self._calls[0] + self._window if self._calls else now + 1 / INCREASE

    def spend(self) -> None:
        """Count a call that is made."""
        self._calls.append(self.clock())

    def try_spend(self) -> bool:
        """Count a call if one is left; return whether one was."""
        if not self.left():
            return False
        self.spend()
        return True

    async def wait_for_call(self) -> None:
        """Wait until a call is left, and count it."""
        while not self.try_spend():
            await self.sleep_until(self.next_free())

    async def sleep_until(self, moment: float) -> None:
        """Sleep until a moment of the clock."""
        await asyncio.sleep(max(0.01, moment - self.clock()))

    def record_refusal(self, retry_after: float) -> None:
        """Lower the limit after a refusal, and close it for the `retry_after` seconds that Slack asks for.

        Refusals of concurrent calls lower it once.
        """
        now = self.clock()
        if now >= self._closed_until:
            self._lowered = max(float(min(MIN_LIMIT, self._most)), self.limit() * DECREASE)
            self._lowered_at = now
        self._closed_until = max(self._closed_until, now + retry_after)

    @contextmanager
    def recording_refusals(self) -> Iterator[None]:
        """Record a refusal of the call in the block."""
        try:
            yield
        except RateLimited as error:
            self.record_refusal(error.retry_after)
            raise


MIN_EDIT_INTERVAL = 0.5  # seconds between two edits of one reply; more could not be read
TYPICAL_DURATION = 20.0  # seconds that an answer is expected to take before any has been written
DURATION_LEARNING_RATE = 0.2  # the weight of each finished answer in the moving average of durations
EXPECTED_REST_SHARE = 1 / 8
"""The share of its age for which an answer older than the typical one is expected to go on.

More would keep back calls that most answers do not need; less would leave a long one without any.
"""

MAX_RESERVED_SHARE = 0.6
"""The largest share of a limit that is reserved for endings; further endings are posted as new messages."""

PLENTY_PER_REPLY = 10  # spare calls for each reply from which first texts do not wait and progress is shown


class Urgency(IntEnum):
    """What a reply has to show, the most urgent first."""

    FIRST_TEXT = 0
    TEXT = 1
    PROGRESS = 2


@dataclass(eq=False, slots=True)
class ReplySlot:
    """The place of a reply in the scheduler; `pending` is the urgency of what it waits to show."""

    entered_at: float
    edited_at: float
    pending: Urgency | None = None


class EditScheduler:
    """Spreads the calls left of a rate limit evenly over the time and over the replies.

    Each slot has one call reserved for its reply's ending. The rest is made to last for as long as the
    answers will probably take: a single reply is edited every half second, and slower as the window fills.
    """

    def __init__(self, rate_limit: RateLimit, *, reserving: bool = True) -> None:
        """Schedule within `rate_limit`; without `reserving`, endings use another limit."""
        self._rate_limit = rate_limit
        self._clock = rate_limit.clock
        self._reserving = reserving
        self._slots: list[ReplySlot] = []
        self._edited_at = float("-inf")
        self._typical_duration = TYPICAL_DURATION

    @property
    def slot_count(self) -> int:
        """How many replies are being written."""
        return len(self._slots)

    @property
    def spare_calls(self) -> int:
        """The calls left beyond those reserved for the endings."""
        reserve = min(self.slot_count, int(MAX_RESERVED_SHARE * self._rate_limit.limit()))
        return self._rate_limit.left() - (reserve if self._reserving else 0)

    def add_slot(self) -> ReplySlot:
        """Add a reply until `remove_slot`."""
        slot = ReplySlot(self._clock(), self._clock())
        self._slots.append(slot)
        return slot

    def remove_slot(self, slot: ReplySlot) -> None:
        """Remove a reply, and learn how long its answer took; the call reserved for it is free."""
        self._slots.remove(slot)
        duration = self._clock() - slot.entered_at
        self._typical_duration += DURATION_LEARNING_RATE * (duration - self._typical_duration)

    def next_slot(self) -> ReplySlot | None:
        """Return the slot that may edit now, and count its call; None when none may or none is pending."""
        now, spare = self._clock(), self.spare_calls
        if spare < 1:
            return None
        quiet = spare >= PLENTY_PER_REPLY * self.slot_count
        if not quiet and now < self._next_edit_at(now, spare):
            return None
        pending = [each for each in self._slots if each.pending is not None and now >= _ready_at(each)]
        if not pending:
            return None
        chosen = min(pending, key=lambda each: (each.pending, each.edited_at))
        if not quiet and chosen.pending is Urgency.PROGRESS:
            return None
        if chosen.pending is not Urgency.FIRST_TEXT and now < self._next_edit_at(now, spare):
            return None
        self._rate_limit.spend()
        self._edited_at = chosen.edited_at = now
        chosen.pending = None
        return chosen

    def next_time(self) -> float | None:
        """Return when a slot may edit at the earliest; None where none is pending."""
        pending = [each for each in self._slots if each.pending is not None]
        if not pending:
            return None
        now, spare = self._clock(), self.spare_calls
        if spare < 1:
            return self._rate_limit.next_free()
        due = max(self._next_edit_at(now, spare), min(_ready_at(each) for each in pending))
        # Progress that there are no calls for waits until the window moves on.
        return due if due > now else self._rate_limit.next_free()

    def _next_edit_at(self, now: float, spare: int) -> float:
        """Return when the next edit is due, of any slot."""
        ages = [now - each.entered_at for each in self._slots]
        age = sum(ages) / len(ages) if ages else 0.0
        expected = max(self._typical_duration - age, age * EXPECTED_REST_SHARE)
        return self._edited_at + expected / spare


def _ready_at(slot: ReplySlot) -> float:
    return slot.entered_at if slot.pending is Urgency.FIRST_TEXT else slot.edited_at + MIN_EDIT_INTERVAL


class AsyncEditScheduler(EditScheduler):
    """Lets replies wait for their edits."""

    def __init__(self, rate_limit: RateLimit, *, reserving: bool = True) -> None:
        super().__init__(rate_limit, reserving=reserving)
        self._waiting: dict[ReplySlot, asyncio.Future[None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def remove_slot(self, slot: ReplySlot) -> None:
        """Remove a reply, and let others have the call reserved for it."""
        super().remove_slot(slot)
        self._release_ready()

    async def wait_for_edit(self, slot: ReplySlot, urgency: Urgency) -> None:
        """Wait until a reply may make an edit, which is counted then."""
        slot.pending = urgency
        released = self._waiting[slot] = asyncio.get_running_loop().create_future()
        try:
            self._release_ready()
            await released
        finally:
            slot.pending = None
            del self._waiting[slot]

    def raise_urgency(self, slot: ReplySlot, urgency: Urgency) -> None:
        """Let a waiting reply have something more urgent to show than before."""
        if slot.pending is not None and urgency < slot.pending:
            slot.pending = urgency
            self._release_ready()

    def _release_ready(self) -> None:
        while chosen := self.next_slot():
            waiting = self._waiting[chosen]
            if not waiting.done():
                waiting.set_result(None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        again = self.next_time()
        if again is not None:
            delay = max(0.0, again - self._clock())
            self._timer = asyncio.get_running_loop().call_later(delay, self._release_ready)


MAX_CHANNELS = 10_000  # channels whose posts are counted; a channel that is dropped had none for long


class WorkspaceRateLimits:
    """The rate limits of one workspace for the calls that show replies."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self.updates = RateLimit(UPDATES, clock)
        self.deletions = RateLimit(DELETIONS, clock)
        self._posts: LRUCache[str, RateLimit] = LRUCache(MAX_CHANNELS)
        self.edits = AsyncEditScheduler(self.updates)
        self.starts = RateLimit(STARTS, clock)
        self.appends = RateLimit(APPENDS, clock)
        self.stops = RateLimit(STOPS, clock)
        self.streams = AsyncEditScheduler(self.appends, reserving=False)

    def posts(self, channel: str) -> RateLimit:
        """Return the rate limit of the messages to one channel."""
        return self._posts.setdefault(channel, RateLimit(POSTS, self._clock))

    def calls_left(self) -> dict[str, int]:
        """Return the calls that are left now, by method; of posts, those to the channel that has fewest."""
        limits = {
            "chat.update": [self.updates],
            "chat.delete": [self.deletions],
            "chat.startStream": [self.starts],
            "chat.appendStream": [self.appends],
            "chat.stopStream": [self.stops],
            "chat.postMessage": list(self._posts.values()),
        }
        return {method: min(each.left() for each in those) for method, those in limits.items() if those}

    async def wait_for_edit_or_post(self, channel: str) -> bool:
        """Wait for the first way to show an ending, and count its call; return whether it is an edit.

        It is an edit where both are possible.
        """
        posts = self.posts(channel)
        while True:
            if self.updates.try_spend():
                return True
            if posts.try_spend():
                return False
            await posts.sleep_until(min(self.updates.next_free(), posts.next_free()))
