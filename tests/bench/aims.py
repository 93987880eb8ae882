"""What the bot aims at, held against the figures of a run."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.figures import Figures

STREAMS = 500
EVENTS = 20.0
KEEPING_UP = 0.95
"""The share of the events offered that must have been written for a load to count."""

MEMORY = 200e6
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Aim:
    """One aim: what it says, what was measured, and whether that meets it."""

    says: str
    measured: str
    met: bool


def aims(figures: Figures) -> list[Aim]:
    """Return the aims of the scenario that was run, with what came of them."""
    of = {
        "quiet": _quiet,
        "thirty": _thirty,
        "hundred": _hundred,
        "streams": _streams,
        "acknowledgements": _acknowledgements,
    }
    return list(of[figures.scenario](figures))


def _quiet(figures: Figures) -> Iterator[Aim]:
    placeholder, first = figures.placeholder, figures.first_text
    stale = figures.staleness.mean if figures.staleness else None
    yield _below("placeholder within 150 ms of the event", placeholder.most if placeholder else None, 0.150)
    yield _below("first text within 300 ms of the first chunk", first.most if first else None, 0.300)
    yield _below("staleness under 0.4 s on average", stale, 0.4)
    yield _one_ending_each(figures)


def _thirty(figures: Figures) -> Iterator[Aim]:
    yield _ending_within(figures, 1.0)
    yield _one_ending_each(figures)
    limited, ratio = sum(figures.limited.values()), figures.staleness_ratio
    yield Aim("at most one 429", str(limited), limited <= 1)
    yield Aim(
        "staleness within 1.3 times what the allowance permits",
        "none" if ratio is None else f"{ratio:.2f} times",
        ratio is not None and ratio <= 1.3,
    )


def _hundred(figures: Figures) -> Iterator[Aim]:
    yield _ending_within(figures, 2.0)
    yield _one_ending_each(figures)


def _streams(figures: Figures) -> Iterator[Aim]:
    costs = figures.costs
    load = costs.steady
    live = load.streams if load else 0
    written = load.events_per_second if load else 0.0
    yield Aim(
        "500 live streams of 20 events a second",
        f"{live} live, {written:.0f} events a second in all",
        live >= STREAMS and written >= KEEPING_UP * STREAMS * EVENTS,
    )
    if load is not None:
        measured = f"it takes {load.core_to_keep_up:.0%} of one; {load.lag:.1f} s behind at the end"
        yield Aim("on one core", measured, load.core_to_keep_up <= 1.0)
    yield Aim("under 200 MB", f"{costs.end.peak / 1e6:.0f} MB at most", costs.end.peak < MEMORY)


def _acknowledgements(figures: Figures) -> Iterator[Aim]:
    p99 = figures.acknowledgement.p99 if figures.acknowledgement else None
    yield _below("acknowledgement p99 under 100 ms", p99, 0.100)


def _ending_within(figures: Figures, seconds: float) -> Aim:
    aim = _below(
        f"no ending later than {seconds:g} s after completion",
        figures.ending.most if figures.ending else None,
        seconds,
    )
    if not figures.without_ending:
        return aim
    return Aim(aim.says, f"{figures.without_ending} have none", met=False)


def _one_ending_each(figures: Figures) -> Aim:
    exactly = set(figures.finished_messages) == {1} and not figures.leftovers
    counts = ", ".join(f"{number} for {count}" for number, count in figures.finished_messages.items())
    measured = f"{counts}; {figures.leftovers} unfinished left"
    return Aim("one finished message for each question and nothing else", measured, exactly)


def _below(says: str, seconds: float | None, most: float) -> Aim:
    if seconds is None:
        return Aim(says, "none", met=False)
    return Aim(says, f"{seconds * 1000:.0f} ms" if most < 1 else f"{seconds:.2f} s", seconds <= most)
