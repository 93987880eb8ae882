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

from bot.slack.client import Ratelimited

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


PAUSE = 0.5
"""Seconds between two pictures of one reply; the eye takes no more."""

TYPICAL = 20.0
"""Seconds that an answer takes, until those that were written say otherwise."""

LEARNING = 0.2
"""How much one more answer changes what is typical."""

GOES_ON = 1 / 8
"""The share of its age that an answer past what is typical is taken to go on for.

More would keep calls back that most answers have no use for; less would leave a long one without any.
"""

MOST_RESERVED = 0.6
"""The share of a limit that is kept for endings at most; what lacks goes out as new messages."""


PLENTY = 10
"""Calls to spare for each reply: with so many, first texts wait for nobody and progress is shown."""


class Urgency(IntEnum):
    """What a reply has to show, the most urgent first."""

    FIRST_TEXT = 0
    TEXT = 1
    PROGRESS = 2


@dataclass(eq=False, slots=True)
class Speaker:
    """A reply that is written. `spoke_at` is when its reader saw something new last."""

    entered_at: float
    spoke_at: float
    wish: Urgency | None = None


class Floor:
    """Spreads what a budget has left evenly over the time and over the replies.

    Each reply on the floor has one call reserved for its ending. The rest is made to last for as long as
    the answers will probably take: a lone one speaks every half second, and slower as the minute drains.
    """

    def __init__(self, budget: Budget, *, reserving: bool = True) -> None:
        """Share out `budget`; without `reserving`, endings are no matter of it."""
        self._budget = budget
        self._reserving = reserving
        self._speakers: list[Speaker] = []
        self._spoke_at = float("-inf")
        self._typical = TYPICAL

    @property
    def speakers(self) -> int:
        """How many replies are written at present."""
        return len(self._speakers)

    def enter(self, now: float) -> Speaker:
        """Let a reply take part."""
        speaker = Speaker(now, now)
        self._speakers.append(speaker)
        return speaker

    def leave(self, speaker: Speaker, now: float) -> None:
        """Let a reply go, and learn how long its answer took."""
        self._speakers.remove(speaker)
        self._typical += LEARNING * (now - speaker.entered_at - self._typical)

    def spare(self, now: float, more: int = 0) -> int:
        """Return the calls left beyond those reserved for the endings, with `more` replies than now."""
        reserve = min(self.speakers + more, int(MOST_RESERVED * self._budget.limit(now)))
        return self._budget.left(now) - (reserve if self._reserving else 0)

    def next(self, now: float) -> Speaker | None:
        """Return who speaks now, and count its call; None when nobody may or wants to."""
        spare = self.spare(now)
        if spare < 1:
            return None
        quiet = spare >= PLENTY * self.speakers
        if not quiet and now < self._due(now, spare):
            return None
        wishing = [each for each in self._speakers if _may(each, now)]
        if not wishing:
            return None
        chosen = min(wishing, key=lambda each: (each.wish, each.spoke_at))
        if not quiet and chosen.wish is Urgency.PROGRESS:
            return None
        if chosen.wish is not Urgency.FIRST_TEXT and now < self._due(now, spare):
            return None
        self._budget.spend(now)
        self._spoke_at = chosen.spoke_at = now
        chosen.wish = None
        return chosen

    def look_again(self, now: float) -> float | None:
        """Return when somebody may speak at the earliest; None where nobody wants to."""
        wishing = [each for each in self._speakers if each.wish is not None]
        if not wishing:
            return None
        spare = self.spare(now)
        if spare < 1:
            return self._budget.frees(now)
        due = max(self._due(now, spare), min(_ready(each) for each in wishing))
        # Progress that nobody has the calls for waits until the window moves on.
        return due if due > now else self._budget.frees(now)

    def _due(self, now: float, spare: int) -> float:
        """Return when the next picture falls due, whoever shows it."""
        ages = [now - each.entered_at for each in self._speakers]
        age = sum(ages) / len(ages) if ages else 0.0
        # What has come for long goes on for a while.
        expected = max(self._typical - age, age * GOES_ON)
        return self._spoke_at + expected / spare


def _ready(speaker: Speaker) -> float:
    return speaker.entered_at if speaker.wish is Urgency.FIRST_TEXT else speaker.spoke_at + PAUSE


def _may(speaker: Speaker, now: float) -> bool:
    return speaker.wish is not None and now >= _ready(speaker)


Clock = Callable[[], float]


class Way(Enum):
    """How an ending reaches its reader."""

    EDIT = auto()
    POST = auto()


class Turnstile:
    """Lets the replies on a floor through, one call after the other."""

    def __init__(self, floor: Floor, clock: Clock = time.monotonic) -> None:
        self._floor = floor
        self._clock = clock
        self._waiting: dict[Speaker, asyncio.Future[None]] = {}
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def speakers(self) -> int:
        """How many replies take part at present."""
        return self._floor.speakers

    @property
    def spare(self) -> int:
        """The calls left beyond those reserved for the endings."""
        return self._floor.spare(self._clock())

    def enter(self) -> Speaker:
        """Let a reply take part, until it leaves."""
        return self._floor.enter(self._clock())

    def leave(self, speaker: Speaker) -> None:
        """Let a reply go; what was reserved for it is free."""
        self._floor.leave(speaker, self._clock())
        self._let_through()

    async def pass_with(self, speaker: Speaker, urgency: Urgency) -> None:
        """Wait until a reply may show something; its call is counted then."""
        speaker.wish = urgency
        through = self._waiting[speaker] = asyncio.get_running_loop().create_future()
        try:
            self._let_through()
            await through
        finally:
            speaker.wish = None
            del self._waiting[speaker]

    def hurry(self, speaker: Speaker, urgency: Urgency) -> None:
        """Let a reply that waits have something more urgent to show than before."""
        if speaker.wish is not None and urgency < speaker.wish:
            speaker.wish = urgency
            self._let_through()

    def _let_through(self) -> None:
        while chosen := self._floor.next(self._clock()):
            waiting = self._waiting[chosen]
            if not waiting.done():
                waiting.set_result(None)
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        again = self._floor.look_again(self._clock())
        if again is not None:
            delay = max(0.0, again - self._clock())
            self._alarm = asyncio.get_running_loop().call_later(delay, self._let_through)


class Pacing:
    """The calls of one workspace that show replies."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self.updates = Budget(UPDATES)
        self.deletions = Budget(DELETIONS)
        self._posts: defaultdict[str, Budget] = defaultdict(lambda: Budget(POSTS))
        self.edits = Turnstile(Floor(self.updates), clock)
        self.starts = Budget(STARTS)
        self.appends = Budget(APPENDS)
        self.stops = Budget(STOPS)
        self.streams = Turnstile(Floor(self.appends, reserving=False), clock)

    def posts(self, channel: str) -> Budget:
        """Return what is left of the messages that a channel takes."""
        return self._posts[channel]

    @contextmanager
    def learning(self, budget: Budget) -> Iterator[None]:
        """Let a budget learn from a refusal of the call in the block."""
        try:
            yield
        except Ratelimited as error:
            budget.refused(self._clock(), error.retry_after)
            raise

    def left(self) -> dict[str, int]:
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

    async def room(self, budget: Budget) -> None:
        """Wait until a call is left, and count it."""
        while not budget.take(self._clock()):
            await self._until(budget.frees(self._clock()))

    async def ending(self, channel: str) -> Way:
        """Wait for the first way to show an ending, and count its call; an edit where there is the choice."""
        posts = self._posts[channel]
        while True:
            if self.updates.take(self._clock()):
                return Way.EDIT
            if posts.take(self._clock()):
                return Way.POST
            now = self._clock()
            await self._until(min(self.updates.frees(now), posts.frees(now)))

    async def _until(self, moment: float) -> None:
        await asyncio.sleep(max(0.01, moment - self._clock()))
