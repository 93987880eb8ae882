"""When scheduled work is due."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs import DAY, HOUR, MONDAY, WEEK, SlottedJob


async def nothing(now: float) -> None:
    """Do nothing."""


WEEKLY = SlottedJob("weekly", WEEK, MONDAY + 9 * HOUR, nothing)
DAILY = SlottedJob("daily", DAY, 2 * HOUR, nothing)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("now", "began"),
    [
        ("2026-11-23T09:00:00", "2026-11-23T09:00:00"),
        ("2026-11-23T08:59:59.9", "2026-11-16T09:00:00"),
        ("2026-11-29T23:59:59", "2026-11-23T09:00:00"),
        ("2027-01-01T00:00:00", "2026-12-28T09:00:00"),
    ],
)
def test_a_week_begins_on_monday_at_nine(now: str, began: str) -> None:
    assert WEEKLY.slot_start(at(now)) == at(began)


def test_a_day_of_work_begins_at_its_hour() -> None:
    assert DAILY.slot_start(at("2026-11-23T01:59:59")) == at("2026-11-22T02:00:00")
    assert DAILY.slot_start(at("2026-11-23T02:00:00")) == at("2026-11-23T02:00:00")


@given(st.floats(0, 4e9), st.sampled_from([WEEKLY, DAILY]))
def test_every_moment_lies_in_the_slot_that_began_last(now: float, work: SlottedJob) -> None:
    slot = work.slot_start(now)
    assert slot <= now < slot + work.every
    assert work.slot_start(slot) == slot
    assert datetime.fromtimestamp(slot, UTC) + timedelta(seconds=work.every) == datetime.fromtimestamp(
        work.slot_start(slot + work.every), UTC
    )
