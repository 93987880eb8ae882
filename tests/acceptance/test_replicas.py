"""Three replicas on one database that are killed and started again while Slack and PipesHub fail."""

import asyncio
from pathlib import Path

import pytest

from tests.soak.plan import Plan
from tests.soak.run import run

SEED = 12
LIMIT = 600.0
"""Seconds until the whole is given up."""

PATIENCE = 120.0
"""Seconds until everything has settled: a lease and a sweep, twice where the next worker dies too."""


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_every_question_has_one_answer_though_replicas_die_and_calls_fail(
    tmp_path: Path, database_url: str
) -> None:
    plan = Plan.drawn(SEED, seconds=30, questions=60, kills=6, troubles=24, streamed=True)
    assert len(plan.talks) == 12
    async with asyncio.timeout(LIMIT):
        figures = await run(plan, tmp_path, database_url, "auto", PATIENCE)
    print(figures.table())
    assert not figures.findings.lines
    assert not figures.errors
    assert figures.findings.answered == 60
    assert figures.killed >= 5
    assert figures.faults.total() >= 14
