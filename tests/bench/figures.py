"""What a run comes to: readings of single answers, how they spread, and what the allowance permits."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.pipeshub import Course
from tests.bench.process import Usage
from tests.bench.scenarios import Scenario
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


PRECISION = 1e-4
"""Seconds to which a percentile over time is found."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How values lie, in seconds; `count` says of how many."""

    count: int
    p50: float
    p99: float
    most: float


@dataclass(frozen=True, slots=True)
class Staleness:
    """How stale pictures were, in seconds, over all the time in which answers were being written."""

    mean: float
    p95: float


def spread(values: Iterable[float | None]) -> Spread | None:
    """Return how the values that are there lie, None where there is none."""
    ordered = sorted(each for each in values if each is not None)
    if not ordered:
        return None
    return Spread(len(ordered), percentile(ordered, 50), percentile(ordered, 99), ordered[-1])


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the smallest value that so many per cent of the values do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def staleness(teeth: Sequence[Tooth]) -> Staleness | None:
    """Return the mean and the 95th percentile over time of what grows as `teeth` say."""
    total = sum(high - low for low, high in teeth)
    if total <= 0:
        return None
    area = sum((high**2 - low**2) / 2 for low, high in teeth)
    return Staleness(area / total, _below(teeth, 0.95 * total))


def _below(teeth: Sequence[Tooth], seconds: float) -> float:
    """Return the staleness that was not exceeded during `seconds` of the time."""
    low, high = 0.0, max(high for _, high in teeth)
    while high - low > PRECISION:
        middle = (low + high) / 2
        under = sum(min(max(middle - start, 0.0), end - start) for start, end in teeth)
        low, high = (middle, high) if under < seconds else (low, middle)
    return high


def bound(answers: int, seconds: float, per_minute: Mapping[str, int], *, streaming: bool) -> float:
    """Return the mean staleness, in seconds, below which no bot can come that keeps to the allowance.

    For `answers` that are written within the same minute, `seconds` long each: an ending is reserved for
    every one of them, and the rest is spread evenly. With `streaming` as many as may be started are
    streamed and share the appends; the others are edited.
    """
    edits = per_minute["chat.update"]
    streamed = min(answers, per_minute["chat.startStream"], per_minute["chat.stopStream"]) if streaming else 0
    edited = answers - streamed
    stale = _evenly(streamed, seconds, per_minute["chat.appendStream"])
    stale += _evenly(edited, seconds, max(0, edits - edited))
    return stale / answers


def _evenly(answers: int, seconds: float, updates: int) -> float:
    """Return the summed mean staleness of answers that share so many updates, each spread over its time.

    n updates cut an answer into n + 1 stretches, and over each of them staleness grows from nothing.
    """
    if not answers:
        return 0.0
    each, more = divmod(updates, answers)
    return seconds / 2 * (more / (each + 2) + (answers - more) / (each + 1))


EDIT, STREAM, AUTO = "edit", "stream", "auto"


@dataclass(frozen=True, slots=True)
class Load:
    """What a stretch of time cost in which every stream was live.

    `events` were written to `streams` streams within so many seconds, and at the end the bot lagged behind
    by `lag` seconds of what was written. It took `cpu` seconds, both stand-ins and the measuring `own_cpu`.
    `memory` are the bytes of the bot beyond what it has when idle.
    """

    seconds: float
    streams: int
    events: int
    lag: float
    cpu: float
    own_cpu: float
    memory: int

    @property
    def cpu_per_event(self) -> float:
        """Microseconds of the bot's CPU time for each event that it has read."""
        read = self.events * (1 - self.lag / self.seconds)
        return 1e6 * self.cpu / read if read > 0 else 0.0

    @property
    def events_per_second(self) -> float:
        """Events a second."""
        return self.events / self.seconds

    @property
    def core(self) -> float:
        """The share of one core that the bot took, 1.0 for all of it."""
        return self.cpu / self.seconds

    @property
    def core_to_keep_up(self) -> float:
        """The share of one core it would take to read everything as it is written.

        More than `core` where the bot lagged behind: it was too slow, or others had the machine.
        """
        return self.cpu_per_event * self.events_per_second / 1e6

    @property
    def own_core(self) -> float:
        """The share of one core that both stand-ins and the measuring took."""
        return self.own_cpu / self.seconds

    @property
    def memory_per_stream(self) -> float:
        """Bytes for each stream."""
        return self.memory / self.streams if self.streams else 0.0


@dataclass(frozen=True, slots=True)
class Costs:
    """What the bot's process used, before the first question and in all."""

    idle: Usage
    end: Usage
    steady: Load | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything measured in one run of a scenario; seconds, bytes and numbers of things."""

    scenario: str
    policy: str
    questions: int
    acknowledgement: Spread | None
    placeholder: Spread | None
    first_text: Spread | None
    staleness: Staleness | None
    staleness_bound: float | None
    fresh_pictures: float
    """Pictures with new text while an answer was written, for each answer."""
    ending: Spread | None
    without_ending: int
    failed: int
    finished_messages: Mapping[int, int]
    """How many questions have so many finished messages."""
    leftovers: int
    calls: Mapping[str, int]
    limited: Mapping[str, int]
    refused: Mapping[str, int]
    costs: Costs
    errors_logged: int

    @property
    def staleness_ratio(self) -> float | None:
        """How much staler the pictures were than the allowance makes them."""
        if self.staleness is None or not self.staleness_bound:
            return None
        return self.staleness.mean / self.staleness_bound


def figures(
    scenario: Scenario,
    policy: str,
    readings: Sequence[Reading],
    acknowledgements: Sequence[float],
    calls: tuple[Mapping[str, int], Mapping[str, int], Mapping[str, int]],
    costs: Costs,
    errors_logged: int = 0,
) -> Figures:
    """Return the figures of a run; `calls` are all, those answered with 429, and those refused otherwise."""
    finished = [each.finished_messages for each in readings]
    return Figures(
        scenario=scenario.name,
        policy=policy,
        questions=len(readings),
        acknowledgement=spread(acknowledgements),
        placeholder=spread(each.placeholder for each in readings),
        first_text=spread(each.first_text for each in readings),
        staleness=staleness([tooth for each in readings for tooth in each.teeth]),
        staleness_bound=_bound(scenario, policy),
        fresh_pictures=sum(max(0, len(each.teeth) - 1) for each in readings) / len(readings),
        ending=spread(each.ending for each in readings),
        without_ending=sum(each.ended_at is None for each in readings),
        failed=sum(each.failed for each in readings),
        finished_messages={number: finished.count(number) for number in sorted(set(finished))},
        leftovers=sum(each.leftovers for each in readings),
        calls=dict(sorted(calls[0].items())),
        limited=dict(sorted(calls[1].items())),
        refused=dict(sorted(calls[2].items())),
        costs=costs,
        errors_logged=errors_logged,
    )


def _bound(scenario: Scenario, policy: str) -> float | None:
    if not scenario.bounded:
        return None
    streaming = policy in {STREAM, AUTO}
    return bound(scenario.questions, scenario.seconds, scenario.limits.per_minute, streaming=streaming)
