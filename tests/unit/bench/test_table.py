from dataclasses import replace

import pytest

from tests.bench.figures import EDIT, Costs, Figures, Load, Reading, figures
from tests.bench.pipeshub import Course
from tests.bench.process import Usage
from tests.bench.scenarios import ALL, Scenario
from tests.bench.table import aims, table, verdicts
from tests.bench.watching import Picture

COURSE = Course("question number 0", 0.0, words=[1.0, 2.0], completed=3.0)
PICTURES = (Picture(0.1, "r", unfinished=True), Picture(1.2, "r", 0), Picture(3.2, "r", 1, finished=True))
COSTS = Costs(Usage(1.0, 100_000_000, 100_000_000), Usage(3.5, 120_000_000, 130_000_000))


def measured(scenario: Scenario, policy: str = EDIT) -> Figures:
    reading = Reading(0.0, COURSE, PICTURES, 2, 10.0)
    refused: dict[str, int] = {}
    calls = ({"chat.update": 2, "chat.postMessage": 1}, {"chat.update": 1}, refused)
    return figures(scenario, policy, [reading], [0.004, 0.2], calls, COSTS)


def test_a_table_has_a_row_a_figure_and_a_column_a_policy() -> None:
    quiet = ALL["quiet"]
    lines = table(quiet, [measured(quiet), measured(quiet, "every second")]).splitlines()
    assert lines[0] == "quiet: 1 answer of 10 s"
    assert len({len(line) for line in lines[2:]}) == 1
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[4:]]
    rows = {cell[0]: cell[1:] for cell in cells}
    assert rows["acknowledgement p50 / p99, ms"] == ["4.0 / 200.0"] * 2
    assert rows["ending after completion p50 / p99 / max, s"] == ["0.20 / 0.20 / 0.20"] * 2
    assert rows["pictures with new text, per answer"] == ["1.0"] * 2
    assert rows["429s"] == ["update 1"] * 2
    assert rows["CPU, s"] == ["2.5"] * 2
    assert "staleness permitted, s (ratio)" not in rows


def test_aims_are_held_against_what_was_measured() -> None:
    found = {each.says: each for each in aims(measured(ALL["thirty"]))}
    assert found["no ending later than 1 s after completion"].met
    assert found["at most one 429"].met
    assert not aims(measured(ALL["acknowledgements"]))[0].met
    assert "NOT MET  edit: acknowledgement p99" in verdicts([measured(ALL["acknowledgements"])])


def test_an_answer_without_an_ending_misses_the_aim() -> None:
    ending = aims(replace(measured(ALL["hundred"]), without_ending=3))[0]
    assert not ending.met
    assert ending.measured == "3 have none"


@pytest.mark.parametrize(("core", "lag", "met"), [(0.9, 0.0, True), (1.2, 0.0, False), (0.9, 3.0, False)])
def test_a_bot_that_falls_behind_its_streams_does_not_keep_up(core: float, lag: float, met: bool) -> None:
    load = Load(10.0, 500, 100_000, lag, core * 10.0, 3.0, 50_000_000)
    found = replace(measured(ALL["streams"]), costs=replace(COSTS, steady=load))
    assert {each.says: each.met for each in aims(found)}["on one core"] == met
    assert {each.says: each.met for each in aims(found)}["under 200 MB"]


def test_a_smaller_scenario_keeps_its_kind() -> None:
    small = ALL["thirty"].scaled(0.1)
    assert (small.questions, small.seconds, small.limits) == (3, 2.0, ALL["thirty"].limits)
    assert ALL["thirty"].scaled(1) is ALL["thirty"]
