"""Benchmarks: `python -m tests.bench delivery` and `python -m tests.bench house`."""

import asyncio
import json
import resource
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tests.bench import house as built
from tests.bench.baseline import POLICIES
from tests.bench.figures import AUTO, EDIT, STREAM, Figures
from tests.bench.run import run
from tests.bench.scenarios import ALL, Scenario
from tests.bench.table import aims, table, verdicts

FILES = 4096
"""Open files that 500 streams need on both sides of this process."""

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@cli.callback()
def about() -> None:
    """Measure the bot. Nothing here passes or fails."""


@cli.command()
def delivery(
    scenario: Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(ALL)}; repeatable.")] = None,
    how: Annotated[
        list[str] | None, typer.Option("--delivery", help="edit, stream or auto; repeatable.")
    ] = None,
    baselines: Annotated[bool, typer.Option(help="Measure fixed policies of other bots beside it.")] = True,
    scale: Annotated[float, typer.Option(help="Ask less, of shorter answers.", min=0.01, max=1)] = 1,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write every figure here.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Leave logs and databases in this new folder.")] = None,
    profile: Annotated[
        bool, typer.Option(help="Sample where each bot spends its time; needs --keep.")
    ] = False,
) -> None:
    """Measure how answers get to Slack: the real bot between a local Slack and a scripted PipesHub."""
    chosen = [ALL[_known(each, list(ALL))] for each in scenario or ALL]
    if profile and keep is None:
        raise typer.BadParameter("--profile leaves its findings in a folder: say which with --keep")
    deliveries = [_known(each, [EDIT, STREAM, AUTO]) for each in how or (EDIT, AUTO)]
    _allow_files()
    measured: list[Figures] = []
    with _folder(keep) as folder:
        for each in chosen:
            policies = [*deliveries, *(POLICIES if baselines and each.with_baselines else ())]
            found = _measured(each.scaled(scale), policies, folder, profiled=profile)
            typer.echo(f"{table(each.scaled(scale), found)}\n")
            if scale == 1:
                typer.echo(f"{verdicts([one for one in found if one.policy in deliveries])}\n")
            measured += found
    if json_file is not None:
        json_file.write_text(json.dumps([_written(each, scale) for each in measured], indent=2) + "\n")


@cli.command()
def house(
    repetitions: Annotated[int, typer.Option(help="Houses to trace the journeys in.", min=1)] = 3,
    tests: Annotated[bool, typer.Option("--tests", help="Run the README's test command, too.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write every figure here.")] = None,
) -> None:
    """Measure how the bot is built: modules, and how much of it a mention and two presses run through."""
    size = built.size()
    traced = asyncio.run(built.journeys(repetitions))
    seconds = built.seconds_of_tests() if tests else None
    typer.echo(built.table(size, traced, seconds))
    if json_file is not None:
        json_file.write_text(json.dumps(built.written(size, traced, seconds), indent=2) + "\n")


def _measured(scenario: Scenario, policies: Sequence[str], folder: Path, *, profiled: bool) -> list[Figures]:
    found: list[Figures] = []
    for policy in policies:
        typer.echo(f"{scenario.name}, {policy} …", err=True)
        place = folder / f"{scenario.name}-{policy.replace(' ', '-')}"
        place.mkdir()
        found.append(asyncio.run(run(scenario, policy, place, profiled=profiled)))
    return found


def _written(figures: Figures, scale: float) -> dict[str, object]:
    judged = [asdict(each) for each in aims(figures)] if scale == 1 else []
    ratio = {"staleness_ratio": figures.staleness_ratio} if figures.staleness_ratio else {}
    return {**asdict(figures), **ratio, "scale": scale, "aims": judged}


def _known(name: str, names: Sequence[str]) -> str:
    if name not in names:
        raise typer.BadParameter(f"{name} is none of {', '.join(names)}")
    return name


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True)
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        yield Path(folder)


def _allow_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, hard), hard))


if __name__ == "__main__":
    cli()
