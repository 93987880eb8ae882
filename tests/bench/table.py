"""The figures as tables for a terminal or a page, and the aims they are held against."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.figures import Figures, Spread
from tests.bench.scenarios import Scenario

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


NOTHING = "-"


def table(scenario: Scenario, measured: Sequence[Figures]) -> str:
    """Return a Markdown table of the runs of one scenario: a row a figure, a column a policy."""
    rows = [["", *(each.policy for each in measured)]]
    columns = [_column(each) for each in measured]
    for name in columns[0]:
        row = [name, *(column.get(name, NOTHING) for column in columns)]
        if set(row[1:]) != {NOTHING}:
            rows.append(row)
    return f"{scenario.name}: {scenario.about}\n\n{_drawn(rows)}"


def verdicts(measured: Sequence[Figures]) -> str:
    """Return a line for each aim and run: what was aimed at, what was measured, met or not."""
    lines = [
        f"  {'met    ' if aim.met else 'NOT MET'}  {each.policy}: {aim.says} ({aim.measured})"
        for each in measured
        for aim in aims(each)
    ]
    return "\n".join(lines)


def _drawn(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    head, *body = [
        "| "
        + " | ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        + " |"
        for row in rows
    ]
    rule = (
        "|" + "|".join("-" * (width + 1) + ("-" if at == 0 else ":") for at, width in enumerate(widths)) + "|"
    )
    return "\n".join([head, rule, *body])


def _column(figures: Figures) -> dict[str, str]:
    return _seen(figures) | _sent(figures) | _used(figures)


def _seen(figures: Figures) -> dict[str, str]:
    stale, limit, ratio = figures.staleness, figures.staleness_bound, figures.staleness_ratio
    finished = ", ".join(f"{number}: {count}" for number, count in figures.finished_messages.items())
    return {
        "questions": str(figures.questions),
        "acknowledgement p50 / p99, ms": _milliseconds(figures.acknowledgement),
        "placeholder after event p50 / max, ms": _most(figures.placeholder, 1000, 0),
        "first text after first chunk p50 / max, s": _most(figures.first_text),
        "staleness mean / p95, s": f"{stale.mean:.2f} / {stale.p95:.2f}" if stale else NOTHING,
        "staleness permitted, s (ratio)": f"{limit:.2f} ({ratio:.2f})" if limit and ratio else NOTHING,
        "pictures with new text, per answer": f"{figures.fresh_pictures:.1f}",
        "ending after completion p50 / p99 / max, s": _ending(figures.ending),
        "answers without an ending": str(figures.without_ending),
        "answers that failed": str(figures.failed),
        "finished messages: questions": finished,
        "unfinished messages left": str(figures.leftovers),
    }


def _sent(figures: Figures) -> dict[str, str]:
    calls = {f"calls {_short(name)}": str(count) for name, count in figures.calls.items() if _told(name)}
    limited = ", ".join(f"{_short(name)} {count}" for name, count in figures.limited.items())
    refused = ", ".join(f"{_short(name)} {count}" for name, count in figures.refused.items())
    return {
        **dict.fromkeys(_METHODS, "0"),
        **calls,
        "429s": limited or "0",
        "refused otherwise": refused or "0",
        "errors in the bot's log": str(figures.errors_logged),
    }


_METHODS = ("calls postMessage", "calls update")


def _told(method: str) -> bool:
    return method.startswith(("chat.", "assistant."))


def _short(method: str) -> str:
    return method.removeprefix("chat.").removeprefix("assistant.threads.")


def _used(figures: Figures) -> dict[str, str]:
    costs = figures.costs
    used: Mapping[str, str] = {
        "CPU, s": f"{costs.end.cpu - costs.idle.cpu:.1f}",
        "memory idle / peak, MB": f"{costs.idle.memory / 1e6:.0f} / {costs.end.peak / 1e6:.0f}",
    }
    load = costs.steady
    if load is None:
        return dict(used)
    return {
        **used,
        "live streams": str(load.streams),
        "events a second": f"{load.events_per_second:.0f}",
        "behind the streams at the end, s": f"{load.lag:.1f}",
        "CPU per event, µs": f"{load.cpu_per_event:.0f}",
        "share of one core": f"{load.core:.0%}",
        "share of one core to keep up": f"{load.core_to_keep_up:.0%}",
        "share of one core, the stand-ins": f"{load.own_core:.0%}",
        "memory per stream, kB": f"{load.memory_per_stream / 1e3:.0f}",
    }


def _milliseconds(found: Spread | None) -> str:
    return f"{found.p50 * 1000:.1f} / {found.p99 * 1000:.1f}" if found else NOTHING


def _most(found: Spread | None, factor: float = 1, digits: int = 2) -> str:
    return f"{found.p50 * factor:.{digits}f} / {found.most * factor:.{digits}f}" if found else NOTHING


def _ending(found: Spread | None) -> str:
    return f"{found.p50:.2f} / {found.p99:.2f} / {found.most:.2f}" if found else NOTHING
