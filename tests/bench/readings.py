"""From the pictures of one thread to what its reader went through. Pure: every moment is an argument."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tests.bench.pipeshub import Course
from tests.bench.watching import Picture

LEFT_OVER = 90.0
"""Seconds after its completion from which an unfinished message counts as left behind."""

Tooth = tuple[float, float]
"""Staleness that grows from the first number to the second, a second a second."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One question: when its event reached the bot, what PipesHub said, what was seen in its thread.

    `words` is how many words the whole answer has, `until` when the watching ended. Moments are seconds
    on one clock; `arrived` and `course` are None where the event or the question never came through.
    """

    arrived: float | None
    course: Course | None
    pictures: Sequence[Picture]
    words: int
    until: float

    @property
    def placeholder(self) -> float | None:
        """Seconds from the event to the first sign in the thread."""
        if self.arrived is None or not self.pictures:
            return None
        return self.pictures[0].at - self.arrived

    @property
    def first_text(self) -> float | None:
        """Seconds from the first word's leaving PipesHub to the first picture with any word."""
        if self.course is None or not self.course.words:
            return None
        seen = next((each.at for each in self.pictures if each.newest >= 0), None)
        return None if seen is None else seen - self.course.words[0]

    @property
    def ended_at(self) -> float | None:
        """The moment from which the thread shows the last word and, under it, the buttons of an ending."""
        for at, standing in _states(self.pictures):
            whole = max((each.newest for each in standing), default=-1) == self.words - 1
            if whole and any(each.finished for each in standing):
                return at
        return None

    @property
    def ending(self) -> float | None:
        """Seconds from the last event of the stream to the finished answer."""
        if self.course is None or self.course.completed is None or self.ended_at is None:
            return None
        return self.ended_at - self.course.completed

    @property
    def finished_messages(self) -> int:
        """How many finished messages stand in the thread at last."""
        return sum(each.finished for each in self._standing())

    @property
    def failed(self) -> bool:
        """Whether the thread says at last that the answer failed."""
        return any(each.failed for each in self._standing())

    @property
    def leftovers(self) -> int:
        """How many messages stood unfinished `LEFT_OVER` seconds after the completion.

        Where the watching ended earlier, because all was done or time was up: how many did then.
        """
        completed = self.course.completed if self.course else None
        late = self.until if completed is None else min(self.until, completed + LEFT_OVER)
        return sum(each.unfinished for each in self._standing(late))

    @property
    def settled(self) -> bool:
        """Whether nothing more is to come: a whole ending stands, and nothing unfinished beside it."""
        standing = self._standing()
        whole = max((each.newest for each in standing), default=-1) == self.words - 1
        done = (whole and any(each.finished for each in standing)) or any(each.failed for each in standing)
        return done and not any(each.unfinished for each in standing)

    @property
    def teeth(self) -> list[Tooth]:
        """How stale the text was that the reader saw, from the first word's leaving to the completion.

        At a moment t it is t minus the moment of the newest picture; the moment of a picture is when the
        newest word in it left PipesHub, and before there is one, when the first word did.
        """
        if self.course is None or not self.course.words or self.course.completed is None:
            return []
        words, end = self.course.words, self.course.completed
        teeth, moment, since = list[Tooth](), words[0], words[0]
        newest = -1
        for each in self.pictures:
            if each.newest <= newest or each.at >= end:
                continue
            teeth.append((since - moment, each.at - moment))
            newest, since, moment = each.newest, each.at, words[each.newest]
        return [*teeth, (since - moment, end - moment)]

    def _standing(self, late: float = float("inf")) -> list[Picture]:
        standing: list[Picture] = []
        for at, state in _states(self.pictures):
            if at > late:
                break
            standing = state
        return standing


def _states(pictures: Iterable[Picture]) -> Iterator[tuple[float, list[Picture]]]:
    """Yield each moment at which something changed, with the messages that stood from then on."""
    standing: dict[str, Picture] = {}
    for each in pictures:
        standing[each.ts] = each
        yield each.at, [known for known in standing.values() if not known.gone]
