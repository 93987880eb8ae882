"""SIGTERM in the middle of things: nothing is lost, and nothing comes twice."""

import asyncio
import signal
import time
from functools import partial
from pathlib import Path

from bot.demo.workspace.model import Message
from bot.sentences import sentence
from tests.acceptance.bot_under_test import BotUnderTest, side_by_side
from tests.acceptance.test_restarts import LEAVE, PATIENCE, scene
from tests.house import OPENING, Scene, labels, shown

ONCE = ["user_query", "bot_response"]
HANGING = 10.0  # seconds; well below the grace that is the default


async def begun(here: Scene, ts: str) -> Message:
    """Return the reply in a thread once the first words of its answer stand there."""
    return await here.workspace.until(
        lambda: next((each for each in here.replies(ts) if OPENING in each.text + shown(each)), None), 15
    )


async def finished(here: Scene, ts: str) -> Message:
    """Return the one reply in a thread once it bears the ending."""
    await here.workspace.until(lambda: "Archive" in labels(here.replies(ts)[0]) or None, PATIENCE)
    (reply,) = here.replies(ts)
    assert "28 days" in reply.text
    return reply


async def asked(here: Scene) -> list[list[str]]:
    """Return what kinds of messages the conversations at PipesHub have."""
    return [[each.kind for each in one.messages] for one in await here.knowledge.conversations()]


async def said(bot: BotUnderTest, words: str) -> None:
    """Wait until the bot's log says something."""

    async def look() -> None:
        while words not in bot.log:  # noqa: ASYNC110 (a file tells nobody that it grew)
            await asyncio.sleep(0.02)

    await asyncio.wait_for(look(), HANGING)


async def a_short_answer_ends_before_the_process(tmp_path: Path, command: str, delivery: str) -> None:
    async with scene(tmp_path, command, speed=15) as (here, bot):
        bot.settings = {**bot.settings, "ANSWER_DELIVERY": delivery}
        await bot.start()
        ts = await here.ask("mara", LEAVE)
        await begun(here, ts)
        assert await bot.stop() == 0
        (reply,) = here.replies(ts)
        assert "28 days" in reply.text
        assert "Archive" in labels(reply)
        assert await asked(here) == [ONCE]
        assert "task.failed" not in bot.log


async def a_long_answer_is_handed_over_to_the_same_message(
    tmp_path: Path, command: str, delivery: str
) -> None:
    async with scene(tmp_path, command, speed=3) as (here, bot):
        bot.settings = {**bot.settings, "ANSWER_DELIVERY": delivery, "GRACE_SECONDS": "0.5"}
        await bot.start()
        ts = await here.ask("mara", LEAVE)
        reply = await begun(here, ts)
        began = time.monotonic()
        assert await bot.stop() == 0
        assert time.monotonic() - began < HANGING
        assert "Archive" not in labels(reply)
        await bot.start()
        assert await finished(here, ts) == reply
        assert await asked(here) == [ONCE]
        assert "task.failed" not in bot.log


async def a_second_signal_hands_over_at_once(tmp_path: Path) -> None:
    async with scene(tmp_path, speed=3) as (here, bot):
        await bot.start()
        ts = await here.ask("mara", LEAVE)
        reply = await begun(here, ts)
        assert bot.process is not None
        began = time.monotonic()
        bot.process.send_signal(signal.SIGTERM)
        await said(bot, "process.draining")
        bot.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(bot.process.wait(), HANGING) == 0
        assert time.monotonic() - began < HANGING
        await bot.start()
        assert await finished(here, ts) == reply
        assert await asked(here) == [ONCE]


async def what_waits_is_asked_by_the_next_process(tmp_path: Path) -> None:
    async with scene(tmp_path, speed=8) as (here, bot):
        bot.settings = {**bot.settings, "MAX_LIVE_ANSWERS": "1"}
        await bot.start()
        first = await here.ask("mara", LEAVE)
        await begun(here, first)
        await here.ask("tomasz", "and for interns?", thread_ts=first)
        other = await here.ask("tomasz", LEAVE)
        await here.workspace.until(
            lambda: (
                sentence("answer.waiting_for_slot") in "".join(shown(each) for each in here.replies(other))
                or None
            )
        )
        await here.reply(first, 2)
        assert await bot.stop() == 0
        assert "28 days" in (await here.ending(first, patience=0.1)).text
        assert await asked(here) == [ONCE]
        await bot.start()
        assert "20 days" in (await here.ending(first, 2, patience=PATIENCE)).text
        assert "28 days" in (await here.ending(other, patience=PATIENCE)).text
        assert await asked(here) == [ONCE * 2, ONCE]
        assert [len(here.replies(ts)) for ts in (first, other)] == [2, 1]


async def a_question_that_comes_while_it_stops_is_answered_by_the_next_process(
    tmp_path: Path, command: str
) -> None:
    async with scene(tmp_path, command, speed=15) as (here, bot):
        here.workspace.deliveries.time_scale = 0.1  # the second retry comes after 6 s
        await bot.start()
        first = await here.ask("mara", LEAVE)
        await begun(here, first)
        stopping = asyncio.create_task(bot.stop())
        await said(bot, "process.draining")
        late = await here.ask("tomasz", LEAVE)
        assert await stopping == 0
        assert "28 days" in (await here.ending(first, patience=0.1)).text
        assert here.replies(late) == []
        await bot.start()
        assert "28 days" in (await here.ending(late, patience=PATIENCE)).text
        assert await asked(here) == [ONCE, ONCE]
        assert len(here.replies(late)) == 1


async def test_an_answer_ends_or_is_handed_over_when_its_process_stops(tmp_path: Path) -> None:
    await side_by_side(
        tmp_path,
        partial(a_short_answer_ends_before_the_process, command="serve", delivery="stream"),
        partial(a_short_answer_ends_before_the_process, command="socket", delivery="edit"),
        partial(a_long_answer_is_handed_over_to_the_same_message, command="serve", delivery="edit"),
        partial(a_long_answer_is_handed_over_to_the_same_message, command="socket", delivery="stream"),
        a_second_signal_hands_over_at_once,
    )


async def test_questions_that_wait_or_come_while_a_process_stops_are_the_next_ones(tmp_path: Path) -> None:
    await side_by_side(
        tmp_path,
        what_waits_is_asked_by_the_next_process,
        partial(a_question_that_comes_while_it_stops_is_answered_by_the_next_process, command="serve"),
        partial(a_question_that_comes_while_it_stops_is_answered_by_the_next_process, command="socket"),
    )


async def test_deploys_in_the_middle_of_many_questions_lose_none(tmp_path: Path) -> None:
    async with scene(tmp_path, speed=15) as (here, bot):
        here.workspace.deliveries.time_scale = 0.1
        bot.settings = {**bot.settings, "GRACE_SECONDS": "0.3", "MAX_LIVE_ANSWERS": "4"}
        await bot.start()
        questions = []
        for _ in range(3):
            for _ in range(4):
                questions.append(await here.ask("mara", LEAVE))
                await asyncio.sleep(0.1)
            assert await bot.stop() == 0
            await bot.start()
        for ts in questions:
            await here.ending(ts, patience=PATIENCE)
            await finished(here, ts)
        assert await asked(here) == [ONCE] * len(questions)
