"""A check that is made once for all who ask, kept for a while, and never cut."""

import asyncio

import pytest

from bot.checks.findings import Finding, KeptFinding, fail, ok

LATE = fail("It", "does not answer in time", "wait")


class Counted:
    """A check that counts itself, and waits where it is told to."""

    def __init__(self) -> None:
        self.made = 0
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def __call__(self) -> Finding:
        await self.goes_on.wait()
        self.made += 1
        return ok("It", f"was looked at {self.made} times")


async def test_those_who_ask_at_the_same_time_and_shortly_after_get_the_same() -> None:
    check = Counted()
    kept = KeptFinding(check, 60, LATE)
    found = await asyncio.gather(*(kept.get() for _ in range(100)))
    assert {each.message for each in [*found, await kept.get()]} == {"was looked at 1 times"}


async def test_later_it_is_made_again() -> None:
    check = Counted()
    kept = KeptFinding(check, 0.02, LATE)
    await kept.get()
    await asyncio.sleep(0.03)
    assert (await kept.get()).message == "was looked at 2 times"


async def test_one_that_takes_long_is_not_cut_and_not_made_twice() -> None:
    check = Counted()
    check.goes_on.clear()
    kept = KeptFinding(check, 60, LATE)
    assert await asyncio.gather(*(kept.get(0.01) for _ in range(3))) == [LATE] * 3
    check.goes_on.set()
    assert (await kept.get()).message == "was looked at 1 times"


async def test_one_that_crashes_is_made_again() -> None:
    crashes = [ValueError("first")]

    async def check() -> Finding:
        if crashes:
            raise crashes.pop()
        return ok("It", "is well")

    kept = KeptFinding(check, 60, LATE)
    with pytest.raises(ValueError, match="first"):
        await kept.get()
    assert (await kept.get()).message == "is well"
