"""The figures as tables that can be read in a terminal and pasted into a page."""

from collections.abc import Mapping, Sequence

from tests.bench.aims import aims
from tests.bench.figures import Figures
from tests.bench.scenarios import Scenario
from tests.bench.spreads import Spread

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
