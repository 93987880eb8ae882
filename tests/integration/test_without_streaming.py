"""Questions by the plain operations: where streaming is off, and where the server refuses it."""

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.settings import Settings
from tests.house import House, house, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"
STREAM = "/api/v1/conversations/stream"
CREATE = "/api/v1/conversations/create"


@pytest.mark.parametrize(("written", "streams"), [("on", True), ("off", False)])
def test_the_setting_is_a_switch(monkeypatch: pytest.MonkeyPatch, written: str, streams: bool) -> None:
    monkeypatch.setenv("PIPESHUB_STREAMING", written)
    assert Settings(_env_file=None).pipeshub_streaming is streams


def called(home: House, ending: str) -> int:
    """Return how often a path was asked."""
    return len([path for _, path, _ in home.knowledge.requests if path.endswith(ending)])


@pytest.mark.parametrize("dialect", ["documented", "legacy", "agui"])
async def test_the_answer_comes_whole_and_the_thread_goes_on(tmp_path: Path, dialect: str) -> None:
    async with house(tmp_path, knowledge={"dialect": dialect}, pipeshub_streaming=False) as home:
        ts = await home.ask("mara", LEAVE)
        assert "Looking for an answer" in shown(await home.reply(ts))
        reply = await home.ending(ts)
        assert "28 days" in reply.text
        assert "|Leave>" in shown(reply)
        await home.ask("tomasz", "and for interns?", thread_ts=ts)
        assert "20 days" in (await home.ending(ts, 2)).text
        complete = [each for each in await home.knowledge.conversations() if len(each.messages) == 4]
        assert len(complete) == 1
        assert called(home, "/create") == 1
        if dialect != "agui":
            assert called(home, "/stream") == 0


@pytest.mark.parametrize(("dialect", "status"), [("documented", 404), ("legacy", 405)])
async def test_a_server_that_refuses_streams_is_asked_plainly(
    tmp_path: Path, dialect: str, status: int
) -> None:
    async with house(tmp_path, knowledge={"dialect": dialect}) as home:
        home.knowledge.faults.add(Fault(Trouble.STATUS, path="stream", status=status, times=None))
        ts = await home.ask("mara", LEAVE)
        assert "28 days" in (await home.ending(ts)).text
        await home.ask("tomasz", "and for interns?", thread_ts=ts)
        assert "20 days" in (await home.ending(ts, 2)).text


async def test_a_conversation_that_is_gone_is_not_asked_again_plainly(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        ts = await home.ask("mara", LEAVE)
        await home.ending(ts)
        gone = Fault(Trouble.STATUS, path="messages/stream", status=404, message="Conversation not found")
        home.knowledge.faults.add(gone)
        await home.ask("mara", "and for interns?", thread_ts=ts)
        assert "no longer has this conversation" in shown(await home.ending(ts, 2))
        await home.settle()
        assert called(home, "/messages") == 0


async def test_stop_ends_the_wait_and_the_thread_goes_on(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 15}, pipeshub_streaming=False) as home:
        ts = await home.ask("mara", LEAVE)
        for _ in range(200):
            if await home.knowledge.conversations():
                break
            await asyncio.sleep(0.01)
        await home.press("mara", await home.reply(ts), "Stop")
        assert "Stopped by <@" in shown(await home.ending(ts))
        await home.ask("mara", "@pipeshub how much annual leave do interns have?", thread_ts=ts)
        assert "20 days" in (await home.ending(ts, 2, patience=15)).text


async def test_each_failure_ends_in_a_sentence_and_a_broken_connection_in_the_answer(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, pipeshub_streaming=False, knowledge={"dialect": "legacy"}) as home:
        home.bot.server.timeouts = replace(home.bot.server.timeouts, give_up=1)
        for fault, sentence in (
            (Fault(Trouble.STATUS, path="create", status=401), "does not accept my sign-in"),
            (Fault(Trouble.STATUS, path="create", status=503, times=None), "a problem of its own"),
            (Fault(Trouble.HTML, path="create"), "answers with something else"),
            (Fault(Trouble.ERROR, path="create"), "could not finish this answer"),
        ):
            home.knowledge.faults.add(fault)
            ts = await home.ask("mara", LEAVE)
            failed = await home.ending(ts)
            assert sentence in shown(failed), fault
            home.knowledge.faults.clear()
            await home.press("mara", failed, "Try again")
            await home.workspace.until(partial(is_answered, home, ts))

        home.knowledge.requests.clear()
        home.knowledge.faults.add(Fault(Trouble.DROP, path="create"))
        ts = await home.ask("mara", "@pipeshub how many days of annual leave do all of us have?")
        assert "28 days" in (await home.ending(ts)).text
        assert called(home, "/conversations") > 0, "it is looked up before it is asked again"


def is_answered(home: House, ts: str) -> bool:
    return any("28 days" in each.text for each in home.replies(ts))
