"""Who may speak next, among all replies that are written at once. Pure: time is an argument."""

from dataclasses import dataclass
from enum import IntEnum

from bot.slack.replies.budget import Budget

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
