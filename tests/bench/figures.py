"""The figures of one run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.bench.bound import bound
from tests.bench.process import Usage
from tests.bench.readings import Reading
from tests.bench.scenarios import Scenario
from tests.bench.spreads import Spread, Staleness, spread, staleness

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
