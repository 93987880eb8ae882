"""Which reply may call Slack next, within the rate limits of its workspace.

Slack counts each method by itself, per app and workspace (docs.slack.dev, "Rate limits"). Replicas share
an allowance without talking: each learns from Slack's refusals how much of it is its own. Budget and
scheduling are pure: time is an argument.
"""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, IntEnum, auto

from bot.slack.client import RateLimited

MARGIN = 1.0
"""Seconds added to a window: a call counts from its arrival at Slack, which is later than its sending."""

DECREASE = 0.7
"""What is left of a limit that Slack refused a call under."""

INCREASE = 1 / 12
"""Calls a second that a lowered limit rises by."""

MIN_LIMIT = 2
"""Calls in a window that no refusal takes away; fewer would leave replies without their endings."""


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


class RateLimit:
    """The calls of one method. Times are seconds of any clock that never goes back."""

    def __init__(self, tier: RateLimitTier) -> None:
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

    def next_free(self, now: float) -> float:
        """Return the next moment at which more calls may be left than now."""
        if now < self._closed_until:
            return self._closed_until
        self._forget(now)
        return self._calls[0] + self._window if self._calls else now + 1 / INCREASE

    def spend(self, now: float) -> None:
        """Count a call that is made."""
        self._calls.append(now)

    def try_spend(self, now: float) -> bool:
        """Count a call if one is left; return whether it may be made."""
        if not self.left(now):
            return False
        self.spend(now)
        return True

    def record_refusal(self, now: float, retry_after: float) -> None:
        """Learn from a refusal that asks to wait `retry_after` seconds.

        Refusals of calls that were under way together lower the limit once.
        """
        if now >= self._closed_until:
            self._lowered = max(float(min(MIN_LIMIT, self._most)), self.limit(now) * DECREASE)
            self._lowered_at = now
        self._closed_until = max(self._closed_until, now + retry_after)

    def _forget(self, now: float) -> None:
        while self._calls and self._calls[0] <= now - self._window:
            self._calls.popleft()


MIN_EDIT_INTERVAL = 0.5
"""Seconds between two pictures of one reply; the eye takes no more."""

TYPICAL_DURATION = 20.0
"""Seconds that an answer takes, until those that were written say otherwise."""

DURATION_LEARNING_RATE = 0.2
"""How much one more answer changes what is typical."""

EXPECTED_REST_SHARE = 1 / 8
"""The share of its age that an answer past what is typical is taken to go on for.

More would keep calls back that most answers have no use for; less would leave a long one without any.
"""

MAX_RESERVED_SHARE = 0.6
"""The share of a limit that is kept for endings at most; what lacks goes out as new messages."""


PLENTY_PER_REPLY = 10
"""Calls to spare for each reply: with so many, first texts wait for nobody and progress is shown."""


class Urgency(IntEnum):
    """What a reply has to show, the most urgent first."""

    FIRST_TEXT = 0
    TEXT = 1
    PROGRESS = 2


@dataclass(eq=False, slots=True)
class ReplySlot:
    """A reply that is written. `spoke_at` is when its reader saw something new last."""

    entered_at: float
    edited_at: float
    pending: Urgency | None = None


class EditScheduler:
    """Spreads what a budget has left evenly over the time and over the replies.

    Each reply on the floor has one call reserved for its ending. The rest is made to last for as long as
    the answers will probably take: a lone one speaks every half second, and slower as the minute drains.
    """

    def __init__(self, rate_limit: RateLimit, *, reserving: bool = True) -> None:
        """Share out `budget`; without `reserving`, endings are no matter of it."""
        self._rate_limit = rate_limit
        self._reserving = reserving
        self._slots: list[ReplySlot] = []
        self._edited_at = float("-inf")
        self._typical_duration = TYPICAL_DURATION

    @property
    def slot_count(self) -> int:
        """How many replies are written at present."""
        return len(self._slots)

    def add_slot(self, now: float) -> ReplySlot:
        """Let a reply take part."""
        slot = ReplySlot(now, now)
        self._slots.append(slot)
        return slot

    def remove_slot(self, slot: ReplySlot, now: float) -> None:
        """Let a reply go, and learn how long its answer took."""
        self._slots.remove(slot)
        self._typical_duration += DURATION_LEARNING_RATE * (now - slot.entered_at - self._typical_duration)

    def spare_calls(self, now: float, more: int = 0) -> int:
        """Return the calls left beyond those reserved for the endings, with `more` replies than now."""
        reserve = min(self.slot_count + more, int(MAX_RESERVED_SHARE * self._rate_limit.limit(now)))
        return self._rate_limit.left(now) - (reserve if self._reserving else 0)

    def next_slot(self, now: float) -> ReplySlot | None:
        """Return who speaks now, and count its call; None when nobody may or wants to."""
        spare = self.spare_calls(now)
        if spare < 1:
            return None
        quiet = spare >= PLENTY_PER_REPLY * self.slot_count
        if not quiet and now < self._next_edit_at(now, spare):
            return None
        pending = [each for each in self._slots if _is_ready(each, now)]
        if not pending:
            return None
        chosen = min(pending, key=lambda each: (each.pending, each.edited_at))
        if not quiet and chosen.pending is Urgency.PROGRESS:
            return None
        if chosen.pending is not Urgency.FIRST_TEXT and now < self._next_edit_at(now, spare):
            return None
        self._rate_limit.spend(now)
        self._edited_at = chosen.edited_at = now
        chosen.pending = None
        return chosen

    def next_time(self, now: float) -> float | None:
        """Return when somebody may speak at the earliest; None where nobody wants to."""
        pending = [each for each in self._slots if each.pending is not None]
        if not pending:
            return None
        spare = self.spare_calls(now)
        if spare < 1:
            return self._rate_limit.next_free(now)
        due = max(self._next_edit_at(now, spare), min(_ready_at(each) for each in pending))
        # Progress that nobody has the calls for waits until the window moves on.
        return due if due > now else self._rate_limit.next_free(now)

    def _next_edit_at(self, now: float, spare: int) -> float:
        """Return when the next picture falls due, whoever shows it."""
        ages = [now - each.entered_at for each in self._slots]
        age = sum(ages) / len(ages) if ages else 0.0
        # What has come for long goes on for a while.
        expected = max(self._typical_duration - age, age * EXPECTED_REST_SHARE)
        return self._edited_at + expected / spare


def _ready_at(slot: ReplySlot) -> float:
    return slot.entered_at if slot.pending is Urgency.FIRST_TEXT else slot.edited_at + MIN_EDIT_INTERVAL


def _is_ready(slot: ReplySlot, now: float) -> bool:
    return slot.pending is not None and now >= _ready_at(slot)


Clock = Callable[[], float]


class EndingDelivery(Enum):
    """How an ending reaches its reader."""

    EDIT = auto()
    POST = auto()


class AsyncEditScheduler:
    """Lets the replies on a floor through, one call after the other."""

    def __init__(self, scheduler: EditScheduler, clock: Clock = time.monotonic) -> None:
        self._scheduler = scheduler
        self._clock = clock
        self._waiting: dict[ReplySlot, asyncio.Future[None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def slot_count(self) -> int:
        """How many replies take part at present."""
        return self._scheduler.slot_count

    @property
    def spare_calls(self) -> int:
        """The calls left beyond those reserved for the endings."""
        return self._scheduler.spare_calls(self._clock())

    def add_slot(self) -> ReplySlot:
        """Let a reply take part, until it leaves."""
        return self._scheduler.add_slot(self._clock())

    def remove_slot(self, slot: ReplySlot) -> None:
        """Let a reply go; what was reserved for it is free."""
        self._scheduler.remove_slot(slot, self._clock())
        self._release_ready()

    async def wait_for_edit(self, slot: ReplySlot, urgency: Urgency) -> None:
        """Wait until a reply may show something; its call is counted then."""
        slot.pending = urgency
        through = self._waiting[slot] = asyncio.get_running_loop().create_future()
        try:
            self._release_ready()
            await through
        finally:
            slot.pending = None
            del self._waiting[slot]

    def raise_urgency(self, slot: ReplySlot, urgency: Urgency) -> None:
        """Let a reply that waits have something more urgent to show than before."""
        if slot.pending is not None and urgency < slot.pending:
            slot.pending = urgency
            self._release_ready()

    def _release_ready(self) -> None:
        while chosen := self._scheduler.next_slot(self._clock()):
            waiting = self._waiting[chosen]
            if not waiting.done():
                waiting.set_result(None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        again = self._scheduler.next_time(self._clock())
        if again is not None:
            delay = max(0.0, again - self._clock())
            self._timer = asyncio.get_running_loop().call_later(delay, self._release_ready)


class WorkspaceRateLimits:
    """The calls of one workspace that show replies."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self.updates = RateLimit(UPDATES)
        self.deletions = RateLimit(DELETIONS)
        self._posts: defaultdict[str, RateLimit] = defaultdict(lambda: RateLimit(POSTS))
        self.edits = AsyncEditScheduler(EditScheduler(self.updates), clock)
        self.starts = RateLimit(STARTS)
        self.appends = RateLimit(APPENDS)
        self.stops = RateLimit(STOPS)
        self.streams = AsyncEditScheduler(EditScheduler(self.appends, reserving=False), clock)

    def posts(self, channel: str) -> RateLimit:
        """Return what is left of the messages that a channel takes."""
        return self._posts[channel]

    @contextmanager
    def recording_refusals(self, rate_limit: RateLimit) -> Iterator[None]:
        """Let a budget learn from a refusal of the call in the block."""
        try:
            yield
        except RateLimited as error:
            rate_limit.record_refusal(self._clock(), error.retry_after)
            raise

    def calls_left(self) -> dict[str, int]:
        """Return the calls that are left now, by method; of posts, those to the channel that has fewest."""
        now = self._clock()
        budgets = {
            "chat.update": [self.updates],
            "chat.delete": [self.deletions],
            "chat.startStream": [self.starts],
            "chat.appendStream": [self.appends],
            "chat.stopStream": [self.stops],
            "chat.postMessage": list(self._posts.values()),
        }
        return {method: min(each.left(now) for each in those) for method, those in budgets.items() if those}

    def now(self) -> float:
        """Return the time that budgets are asked with."""
        return self._clock()

    async def wait_for_call(self, rate_limit: RateLimit) -> None:
        """Wait until a call is left, and count it."""
        while not rate_limit.try_spend(self._clock()):
            await self._sleep_until(rate_limit.next_free(self._clock()))

    async def wait_for_ending(self, channel: str) -> EndingDelivery:
        """Wait for the first way to show an ending, and count its call; an edit where there is the choice."""
        posts = self._posts[channel]
        while True:
            if self.updates.try_spend(self._clock()):
                return EndingDelivery.EDIT
            if posts.try_spend(self._clock()):
                return EndingDelivery.POST
            now = self._clock()
            await self._sleep_until(min(self.updates.next_free(now), posts.next_free(now)))

    async def _sleep_until(self, moment: float) -> None:
        await asyncio.sleep(max(0.01, moment - self._clock()))
