"""Deliveries that reached a process which died before it took note of them."""

import os
import signal
from functools import partial
from pathlib import Path

from tests.acceptance.bot_under_test import side_by_side
from tests.acceptance.test_restarts import LEAVE, PATIENCE, scene


async def lost_and_retried(tmp_path: Path, command: str) -> None:
    async with scene(tmp_path, command, speed=400) as (here, bot):
        here.workspace.deliveries.time_scale = 0.1
        await bot.start()
        assert bot.process is not None
        os.kill(bot.process.pid, signal.SIGSTOP)
        ts = await here.ask("mara", LEAVE)
        await here.workspace.until(lambda: here.workspace.deliveries.of("app_mention") or None)
        await bot.kill()
        await bot.start()
        await here.workspace.until(lambda: here.workspace.deliveries.settled() or None, PATIENCE)
        assert "28 days" in (await here.ending(ts, patience=PATIENCE)).text
        assert len(here.replies(ts)) == 1
        (mention,) = here.workspace.deliveries.of("app_mention")
        assert len(mention.attempts) > 1
        assert mention.acknowledged
        (conversation,) = await here.knowledge.conversations()
        assert [each.kind for each in conversation.messages] == ["user_query", "bot_response"]


async def test_a_question_that_was_not_recorded_is_taken_up_at_the_retry(tmp_path: Path) -> None:
    await side_by_side(tmp_path, *(partial(lost_and_retried, command=each) for each in ("serve", "socket")))
