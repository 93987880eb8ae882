"""Bots that are killed at every stage of a turn, and what the next one makes of it."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bot.demo.knowledge.model import Dialect
from bot.demo.workspace.changes import Change, What
from bot.demo.workspace.faults import Fault
from bot.demo.workspace.model import Message
from tests.acceptance.bot_under_test import BotUnderTest, side_by_side
from tests.acceptance.test_restarts import LEAVE, PATIENCE, scene
from tests.house import Scene, labels, shown

SERVERS: tuple[Dialect, ...] = ("legacy", "agui", "v09")


@contextmanager
def killing(here: Scene, bot: BotUnderTest, what: What, which: Callable[[Message], bool]) -> Iterator[None]:
    """Kill the bot at the very moment its message is there, before it hears of that."""

    def observe(change: Change) -> None:
        if change.what is not what or bot.process is None or bot.process.returncode is not None:
            return
        message = here.workspace.state.find_message(change.channel or "", change.ts or "")
        if message is not None and message.user == here.workspace.bot.id and which(message):
            os.kill(bot.process.pid, signal.SIGKILL)

    with here.workspace.changes.observed(observe):
        yield


async def dead(bot: BotUnderTest) -> None:
    assert bot.process is not None
    await asyncio.wait_for(bot.process.wait(), 20)


def ended(message: Message) -> bool:
    return "Share" in labels(message)


async def one_answer(here: Scene, bot: BotUnderTest, ts: str) -> None:
    """Let the next bot take up what was left, and look that it is one finished reply to one question."""
    await bot.start()
    await here.workspace.until(
        lambda: (len(here.replies(ts)) == 1 and ended(here.replies(ts)[0])) or None, PATIENCE
    )
    (conversation,) = await here.knowledge.conversations()
    assert [each.kind for each in conversation.messages] == ["user_query", "bot_response"]
    await here.ask("tomasz", "and for interns?", thread_ts=ts)
    await here.ending(ts, 2, patience=PATIENCE)
    await here.workspace.until(here.workspace.deliveries.settled)
    first, second = here.replies(ts)  # whatever was done twice has shown by now
    assert "28 days" in shown(first)
    assert "20 days" in second.text
    (conversation,) = await here.knowledge.conversations()
    assert [each.kind for each in conversation.messages] == ["user_query", "bot_response"] * 2


async def before_the_placeholder_is_posted(tmp_path: Path) -> None:
    async with scene(tmp_path) as (here, bot):
        await bot.start()
        fault = here.workspace.faults.add(Fault("chat.postMessage", times=None, status=503))
        ts = await here.ask("mara", LEAVE)
        await here.workspace.until(lambda: fault.struck or None, 10)
        await bot.kill()
        here.workspace.faults.clear()
        await one_answer(here, bot, ts)


async def when_the_placeholder_is_posted_and_not_noted(tmp_path: Path) -> None:
    async with scene(tmp_path) as (here, bot):
        await bot.start()
        with killing(here, bot, What.MESSAGE_POSTED, lambda _: True):
            ts = await here.ask("mara", LEAVE)
            await dead(bot)
        await one_answer(here, bot, ts)


async def when_the_question_is_sent_and_no_conversation_known(tmp_path: Path, dialect: Dialect) -> None:
    async with scene(tmp_path, dialect=dialect) as (here, bot):
        await bot.start()
        ts = await here.ask("mara", LEAVE)
        for _ in range(5_000):  # the knowledge server tells nobody what it is asked
            if any("stream" in path for _, path, _ in here.knowledge.requests):
                break
            await asyncio.sleep(0.002)
        await bot.kill()
        await one_answer(here, bot, ts)


async def when_the_last_event_came_and_the_ending_is_not_shown(tmp_path: Path) -> None:
    async with scene(tmp_path, speed=400) as (here, bot):
        await bot.start()
        fault = here.workspace.faults.add(Fault("chat.update", times=None, status=503))
        ts = await here.ask("mara", LEAVE)
        await here.workspace.until(lambda: fault.struck >= 3 or None, 20)
        await bot.kill()
        here.workspace.faults.clear()
        await one_answer(here, bot, ts)


async def when_the_ending_is_shown_and_not_stored(tmp_path: Path) -> None:
    async with scene(tmp_path, speed=400) as (here, bot):
        await bot.start()
        with killing(here, bot, What.MESSAGE_CHANGED, ended):
            ts = await here.ask("mara", LEAVE)
            await dead(bot)
        await one_answer(here, bot, ts)


async def when_the_ending_is_a_new_message_and_not_stored(tmp_path: Path) -> None:
    async with scene(tmp_path, speed=400) as (here, bot):
        await bot.start()
        here.workspace.faults.add(Fault("chat.update", times=None, status=429, retry_after=30))
        with killing(here, bot, What.MESSAGE_POSTED, ended):
            ts = await here.ask("mara", LEAVE)
            await dead(bot)
        here.workspace.faults.clear()
        finished = here.replies(ts)[-1].ts
        await one_answer(here, bot, ts)
        assert here.replies(ts)[0].ts == finished


async def a_wish_to_stop_outlives_the_bot(tmp_path: Path) -> None:
    async with scene(tmp_path, speed=4) as (here, bot):
        await bot.start()
        ts = await here.ask("mara", LEAVE)
        reply = await here.reply(ts)
        await here.workspace.until(lambda: "Leave" in reply.text or None, 10)
        await bot.kill()
        other = BotUnderTest(bot.settings, bot.folder)
        here.workspace.app.request_url = f"{other.url}/slack/events"
        await other.start()
        try:
            await here.press("tomasz", reply, "Stop")
            await here.ending(ts, patience=PATIENCE)
            assert f"Stopped by <@{here.workspace.user('tomasz').id}>" in str(reply.blocks)
            assert here.workspace.ephemerals("tomasz") == []
        finally:
            await other.kill()


async def stop_reaches_an_answer_that_another_process_writes(tmp_path: Path) -> None:
    async with scene(tmp_path, speed=4) as (here, bot):
        await bot.start()
        other = BotUnderTest(bot.settings, bot.folder)
        await other.start()
        try:
            ts = await here.ask("mara", LEAVE)
            reply = await here.reply(ts)
            await here.workspace.until(lambda: "Leave" in reply.text or None, 10)
            here.workspace.app.request_url = f"{other.url}/slack/events"
            await here.press("tomasz", reply, "Stop")
            await here.ending(ts, patience=4)
            assert f"Stopped by <@{here.workspace.user('tomasz').id}>" in str(reply.blocks)
            assert here.workspace.ephemerals("tomasz") == []
        finally:
            await other.kill()


async def test_a_bot_that_is_killed_before_or_while_an_answer_comes(tmp_path: Path) -> None:
    asked = (partial(when_the_question_is_sent_and_no_conversation_known, dialect=each) for each in SERVERS)
    await side_by_side(
        tmp_path,
        before_the_placeholder_is_posted,
        when_the_placeholder_is_posted_and_not_noted,
        *asked,
    )


async def test_a_bot_that_is_killed_at_the_end_of_an_answer_or_asked_to_stop(tmp_path: Path) -> None:
    await side_by_side(
        tmp_path,
        when_the_last_event_came_and_the_ending_is_not_shown,
        when_the_ending_is_shown_and_not_stored,
        when_the_ending_is_a_new_message_and_not_stored,
        a_wish_to_stop_outlives_the_bot,
        stop_reaches_an_answer_that_another_process_writes,
    )
