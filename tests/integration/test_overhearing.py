"""Channels in which the bot answers what nobody asked it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.domain.turns import Thread
from bot.store.database import Database
from bot.store.threads import UnpromptedThread, UnpromptedThreadStore
from tests.house import House, house, labels, menu, shown
from tests.integration.another_bot import another
from tests.integration.test_channel_settings import decided

LEAVE = "How many days of annual leave do I have?"


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        await decided(home, unprompted="yes")
        yield home


async def silence(home: House, ts: str, replies: int = 0) -> None:
    """Make sure that the bot says nothing more in a thread."""
    await home.settle()
    assert len(home.replies(ts)) == replies


async def test_a_question_to_nobody_is_answered_and_talked_on_about_until_people_talk(home: House) -> None:
    for text in ("Good morning!", "The release is out.", "@amina how many days have you left?"):
        await silence(home, await home.ask("tomasz", text))
    elsewhere = await home.ask("tomasz", LEAVE, where="general")
    ts = await home.ask("tomasz", "I have a question about leave.")
    await home.ask("amina", "What is it that you want to know?", thread_ts=ts)
    await home.ask("tomasz", LEAVE, thread_ts=ts)
    await silence(home, ts)
    assert home.replies(elsewhere, "general") == []

    ts = await home.ask("tomasz", LEAVE)
    reply = await home.ending(ts)
    assert "28 days" in reply.text
    assert "Not now" in labels(reply)
    await home.ask("tomasz", "Thanks, good to know that.", thread_ts=ts)
    await silence(home, ts, 1)
    await home.ask("tomasz", "And what about interns?", thread_ts=ts)
    assert "20 days" in (await home.ending(ts, 2)).text
    await home.ask("amina", "Is that not thirty days?", thread_ts=ts)
    await silence(home, ts, 2)
    await home.ask("tomasz", "And what about interns?", thread_ts=ts)
    await silence(home, ts, 2)
    await home.ask("amina", "@pipeshub and what about interns?", thread_ts=ts)
    assert "20 days" in (await home.ending(ts, 3)).text


async def test_what_people_say_to_each_other_below_an_answer_is_left_to_them(home: House) -> None:
    ts = await home.ask("tomasz", f"@pipeshub {LEAVE}")
    reply = await home.ending(ts)
    assert "Not now" not in labels(reply), "this one was asked for"
    await home.ask("tomasz", "thanks, that helps!", thread_ts=ts)
    await home.ask("tomasz", "hey @mara, can you check?", thread_ts=ts)
    await home.ask("amina", "I am on leave on Monday", thread_ts=ts)
    await home.ask("amina", "lol", thread_ts=ts)
    await silence(home, ts, 1)
    await home.ask("amina", "and what about interns?", thread_ts=ts)
    assert "20 days" in (await home.ending(ts, 2)).text
    await home.ask("amina", "ok", thread_ts=ts)
    await home.ask("amina", "annual leave of interns, please", thread_ts=ts)  # she asks here, too, by now
    reply = await home.ending(ts, 3)
    await silence(home, ts, 3)

    entry = menu(reply)["Stop replying here"]
    await home.people.choose("amina", (reply.channel, reply.ts), "more_actions", entry)
    await home.workspace.until(lambda: "I stay out of this thread" in shown(reply) or None)
    assert "Stop replying here" not in menu(reply)
    await home.ask("tomasz", "And what about interns?", thread_ts=ts)
    await silence(home, ts, 3)
    await home.ask("tomasz", "@pipeshub and what about interns?", thread_ts=ts)
    assert "20 days" in (await home.ending(ts, 4)).text

    direct = home.workspace.direct_message("amina").id
    ts = await home.ask("amina", LEAVE, where=direct)
    assert "Stop replying here" not in menu(await home.ending(ts, where=direct))
    await home.ask("amina", "thanks!", where=direct, thread_ts=ts)
    await home.ending(ts, 2, where=direct)


async def test_not_now_holds_although_pipeshub_is_away_and_so_does_switching_it_off(home: House) -> None:
    begun = await home.ask("tomasz", LEAVE)
    await home.ending(begun)
    ts = await home.ask("tomasz", LEAVE)
    reply = await home.ending(ts)
    home.knowledge.faults.add(Fault(Trouble.STATUS, method="GET", status=500, times=None))
    await home.press("amina", reply, "Not now")
    thread = Thread(home.workspace.state.team.id, reply.channel, ts)
    await home.settle()
    found = await UnpromptedThreadStore(home.bot.database).find(thread)
    assert found is not None
    assert found.is_silenced
    await home.ask("tomasz", "And what about interns?", thread_ts=ts)
    await silence(home, ts, 1)
    home.knowledge.faults.clear()
    await decided(home, unprompted="no")
    await home.ask("tomasz", "And what about interns?", thread_ts=begun)
    await silence(home, await home.ask("tomasz", LEAVE))
    assert len(home.replies(begun)) == 1


async def test_not_now_silences_the_thread_for_good_and_mentions_still_work(home: House) -> None:
    ts = await home.ask("tomasz", LEAVE)
    reply = await home.ending(ts)
    await home.press("amina", reply, "Not now")
    await home.workspace.until(lambda: "Not now" not in labels(reply))
    assert "I stay out of this thread" in shown(reply)
    async with another(home) as (_, url):  # nothing of it is kept in the process
        home.workspace.app.request_url = url
        await home.ask("tomasz", "And what about interns?", thread_ts=ts)
        await silence(home, ts, 1)
        await home.ask("tomasz", "@pipeshub and what about interns?", thread_ts=ts)
        second = await home.ending(ts, 2)
        assert "20 days" in second.text
        assert "Not now" not in labels(second)
        assert "28 days" in (await home.ending(await home.ask("tomasz", LEAVE))).text


async def test_a_thread_is_silenced_in_the_store_once(database: Database) -> None:
    unprompted_threads, thread = UnpromptedThreadStore(database), Thread("T1", "C1", "1.0")
    assert await unprompted_threads.find(thread) is None
    await unprompted_threads.add(thread, "U1")
    await unprompted_threads.add(thread, "U3")
    assert await unprompted_threads.find(thread) == UnpromptedThread("U1", is_silenced=False)
    await unprompted_threads.stop_replying(thread, "U2")
    assert await unprompted_threads.find(thread) == UnpromptedThread("U1", is_silenced=True)
    other = Thread("T2", "C1", "1.0")
    assert await unprompted_threads.find(other) is None
    await unprompted_threads.stop_replying(other, "U2")
    assert await unprompted_threads.find(other) == UnpromptedThread("U2", is_silenced=True)
