"""Percentiles, of single values and of staleness over time."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.bench.readings import Tooth

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
