"""Bots that are killed while leases last for ten minutes: what they left is taken up within seconds."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.demo.workspace.changes import What
from bot.demo.workspace.faults import Fault
from tests.acceptance.bot_under_test import BotUnderTest
from tests.acceptance.test_kills import dead, killing
from tests.acceptance.test_restarts import LEAVE, scene
from tests.house import Scene, shown

LONG = {"LEASE_SECONDS": "600"}
SOON = 20.0
"""Seconds; far less than a lease, and far more than it takes where the machine is not busy."""


async def writing(here: Scene, ts: str, where: str = "help-desk") -> None:
    """Wait until an answer is being written."""
    await here.workspace.until(
        lambda: any("Leave" in shown(each) for each in here.replies(ts, where)) or None, SOON
    )


async def whole(here: Scene, ts: str, where: str = "help-desk") -> None:
    assert "28 days" in shown(await here.ending(ts, where=where, patience=SOON))
    assert len(here.replies(ts, where)) == 1


@asynccontextmanager
async def two(bot: BotUnderTest, folder: Path) -> AsyncIterator[BotUnderTest]:
    """Run a second bot on the same database."""
    other = BotUnderTest(bot.settings, folder)
    await other.start()
    try:
        yield other
    finally:
        await other.kill()


async def test_alone_on_a_file_a_killed_bot_goes_on_at_its_next_start(tmp_path: Path) -> None:
    async with scene(tmp_path) as (here, bot):
        bot.settings = {**bot.settings, **LONG}
        await bot.start()
        first, second = [await here.ask("mara", LEAVE) for _ in range(2)]
        await writing(here, first)
        await bot.kill()
        await bot.start()
        began = time.monotonic()
        await whole(here, first)
        await whole(here, second)
        print(f"whole {time.monotonic() - began:.1f} s after the start")


async def test_a_question_that_was_only_received_is_asked_at_the_next_start(tmp_path: Path) -> None:
    async with scene(tmp_path) as (here, bot):
        bot.settings = {**bot.settings, **LONG}
        await bot.start()
        fault = here.workspace.faults.add(Fault("users.info", times=None, delay=30))
        ts = await here.ask("mara", LEAVE)
        for _ in range(2_000):  # Slack tells nobody what it is asked
            if fault.struck:
                break
            await asyncio.sleep(0.01)
        assert here.replies(ts) == []
        await bot.kill()
        here.workspace.faults.clear()
        await bot.start()
        await whole(here, ts)


async def test_a_second_bot_on_a_file_leaves_the_first_one_alone_until_it_dies(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with scene(tmp_path, speed=4) as (here, bot):
        url = f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}"
        bot.settings = {**bot.settings, **LONG, "DATABASE_URL": url}
        await bot.start()
        ts = await here.ask("mara", LEAVE)
        await writing(here, ts)
        async with two(bot, tmp_path_factory.mktemp("other")) as other:
            await asyncio.sleep(4)
            assert "worker.died" not in other.log
            assert "lease_lost" not in bot.log
            await bot.kill()
            await whole(here, ts)
            assert "worker.died" in other.log


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_replica_takes_up_what_a_killed_one_left(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, database_url: str
) -> None:
    async with scene(tmp_path) as (here, bot):
        bot.settings = {**bot.settings, **LONG, "DATABASE_URL": database_url}
        await bot.start()
        async with two(bot, tmp_path_factory.mktemp("other")) as other:
            ts = await here.ask("mara", LEAVE)
            await writing(here, ts)
            await bot.kill()
            began = time.monotonic()
            await whole(here, ts)
            print(f"whole {time.monotonic() - began:.1f} s after the death")
            assert "worker.died" in other.log


async def test_an_answer_whose_drawing_kills_every_bot_ends_in_words(tmp_path: Path) -> None:
    async with scene(tmp_path) as (here, bot):
        bot.settings = {**bot.settings, **LONG}
        with killing(here, bot, What.MESSAGE_CHANGED, lambda message: "Leave" in shown(message)):
            await bot.start()
            deadly = await here.ask("mara", LEAVE)
            await dead(bot)
            for _ in range(2):
                await bot.start()
                await dead(bot)
            await bot.start()
            (reply,) = here.replies(deadly)
            await here.workspace.until(
                lambda: "Something went wrong on my side." in shown(reply) or None, SOON
            )
        assert "turn.given_up" in bot.log
        await whole(here, await here.ask("tomasz", LEAVE))
