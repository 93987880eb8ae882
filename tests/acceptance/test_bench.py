"""The benchmark in small: real processes, everything measured."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

from typer.testing import CliRunner

from tests.bench.__main__ import cli
from tests.bench.figures import Figures
from tests.bench.run import run
from tests.bench.scenarios import ALL, Scenario


def test_a_crowd_in_small_ends_in_a_table_and_in_json(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    chosen = ["--scenario", "thirty", "--delivery", "edit", "--no-baselines", "--scale", "0.05"]
    done = CliRunner().invoke(cli, ["delivery", *chosen, "--json", str(file)])
    assert done.exit_code == 0, done.output
    assert "| staleness permitted, s (ratio)" in done.output
    (found,) = json.loads(file.read_text())
    assert (found["scenario"], found["policy"], found["questions"]) == ("thirty", "edit", 2)
    assert found["finished_messages"] == {"1": 2}
    assert found["without_ending"] == found["failed"] == found["leftovers"] == 0
    assert found["acknowledgement"]["count"] >= 4
    assert found["costs"]["end"]["cpu"] > found["costs"]["idle"]["cpu"]
    for figure in ("placeholder", "first_text", "staleness", "ending"):
        assert found[figure] is not None


async def test_loads_and_baselines_are_measured_too(tmp_path: Path) -> None:
    async def measured(scenario: Scenario, policy: str) -> Figures:
        folder = tmp_path / scenario.name
        folder.mkdir()
        return await run(scenario, policy, folder)

    events = ALL["acknowledgements"]
    both = replace(
        ALL["streams"].scaled(0.01), events_per_second=events.events_per_second, chatter=events.chatter
    )
    streams, baseline = await asyncio.gather(
        measured(both, "edit"),
        measured(ALL["quiet"].scaled(0.2), "every 500 ms"),
    )
    assert streams.without_ending == 0
    load = streams.costs.steady
    assert load is not None
    assert load.streams == 5
    assert load.events > 20
    assert streams.acknowledgement is not None
    assert streams.acknowledgement.count == 50
    assert baseline.finished_messages == {1: 1}
    assert 3 <= baseline.calls["chat.update"] <= 8


def test_the_house_is_measured_with_three_journeys_through_it(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    done = CliRunner().invoke(cli, ["house", "--repetitions", "1", "--json", str(file)])
    assert done.exit_code == 0, done.output
    found = json.loads(file.read_text())
    (mention,), (thumb,), (regenerate,) = found["journeys"].values()
    assert f"| mention: files, transactions | {len(mention['files'])}, " in done.output
    assert found["modules"] > len(mention["files"]) > len(thumb["files"]) > 0
    assert min(mention["transactions"], regenerate["transactions"]) > thumb["transactions"] > 0
    assert not any(name.startswith(("demo", "jobs")) for name in mention["files"])


def test_unknown_names_are_refused_with_those_there_are() -> None:
    done = CliRunner().invoke(cli, ["delivery", "--scenario", "busy"])
    assert done.exit_code == 2
    assert "quiet, thirty, hundred" in " ".join(done.output.split())
