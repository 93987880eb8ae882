"""Bots that are killed while Slack streams their reply, and what the next one makes of it."""

from pathlib import Path

from bot.demo.workspace.changes import What
from tests.acceptance.bot_under_test import side_by_side
from tests.acceptance.test_kills import dead, killing, one_answer
from tests.acceptance.test_restarts import LEAVE, scene
from tests.house import OPENING, shown


async def when_the_stream_is_begun_and_not_noted(tmp_path: Path) -> None:
    async with scene(tmp_path) as (here, bot):
        bot.settings = {**bot.settings, "ANSWER_DELIVERY": "stream"}
        await bot.start()
        with killing(here, bot, What.MESSAGE_POSTED, lambda _: True):
            ts = await here.ask("mara", LEAVE)
            await dead(bot)
        (begun,) = here.replies(ts)
        await one_answer(here, bot, ts)
        assert here.replies(ts)[0].ts == begun.ts


async def when_the_stream_has_grown(tmp_path: Path) -> None:
    async with scene(tmp_path) as (here, bot):
        bot.settings = {**bot.settings, "ANSWER_DELIVERY": "stream"}
        await bot.start()
        ts = await here.ask("mara", LEAVE)
        reply = await here.reply(ts)
        await here.workspace.until(lambda: OPENING in shown(reply) or None)
        await bot.kill()
        assert reply.streaming
        await one_answer(here, bot, ts)
        assert not reply.streaming


async def test_a_bot_that_is_killed_while_slack_streams_its_reply(tmp_path: Path) -> None:
    await side_by_side(tmp_path, when_the_stream_is_begun_and_not_noted, when_the_stream_has_grown)
