"""When replies may call Slack: one pace per workspace, shared by everything this process writes there."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto

from bot.slack.api_errors import Ratelimited
from bot.slack.replies.budget import APPENDS, DELETIONS, POSTS, STARTS, STOPS, UPDATES, Budget
from bot.slack.replies.floor import Floor, Speaker, Urgency

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
