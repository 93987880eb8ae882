"""Answers that grow by Slack's own streaming, from the question to the end."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from bot.demo.knowledge.faults import Fault as PipesHubFault
from bot.demo.knowledge.faults import Trouble
from bot.demo.workspace.faults import Fault
from bot.demo.workspace.model import Message
from bot.settings import Delivery
from bot.slack.replies.post import METADATA_EVENT_TYPE
from tests.house import OPENING, House, house, labels, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"
DIALECTS = ["documented", "legacy", "agui"]
SLOW = {"speed": 15}


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, answer_delivery=Delivery.STREAM) as home:
        yield home


def streamed(home: House) -> list[str]:
    """Return the pieces of text that were appended, in their order."""
    calls = [*home.workspace.calls.of("chat.appendStream"), *home.workspace.calls.of("chat.stopStream")]
    chunks = [each for call in calls for each in call.arguments.get("chunks") or []]
    return [str(each["text"]) for each in chunks if each["type"] == "markdown_text"]


def body(message: Message) -> str:
    """Return the text of an answer, without its sources and buttons."""
    return "".join(str(block["text"]) for block in message.blocks if block["type"] == "markdown")


async def ended(home: House, ts: str, number: int = 1, where: str = "help-desk") -> Message:
    """Wait until a reply has an ending: the buttons below it."""

    def found() -> Message | None:
        replies = home.replies(ts, where)
        reply = replies[number - 1] if len(replies) >= number else None
        return reply if reply and labels(reply) and "Stop" not in labels(reply) else None

    return await home.workspace.until(found, 10)


async def test_an_answer_begins_with_steps_grows_by_appends_and_ends_with_its_buttons(tmp_path: Path) -> None:
    knowledge = {"thinking": 0.8, "speed": 15}
    async with house(tmp_path, answer_delivery=Delivery.STREAM, knowledge=knowledge) as home:
        ts = await home.ask("mara", LEAVE)
        placed = await home.reply(ts)
        assert {block["type"] for block in placed.blocks} == {"task_card"}
        reply = await ended(home, ts)
        await home.settle()
        assert len(streamed(home)) > 2
        assert len(home.replies(ts)) == 1
        assert not reply.streaming
        assert "28 days" in shown(reply)
        assert "|Leave>" in shown(reply)
        assert {"Regenerate", "Share", "Archive"} <= set(labels(reply))
        assert len(home.workspace.calls.of("chat.stopStream")) == 1
        assert len(home.workspace.calls.of("chat.update")) <= 1
        calls = [
            call
            for name in ("start", "append", "stop")
            for call in home.workspace.calls.of(f"chat.{name}Stream")
        ]
        chunks = [each for call in calls for each in call.arguments.get("chunks") or []]
        newest = {each["id"]: each["status"] for each in chunks if each["type"] == "task_update"}
        assert set(newest.values()) == {"complete"}


async def test_slacks_own_stop_keeps_the_text_and_a_deleted_message_ends_quietly(tmp_path: Path) -> None:
    async with house(tmp_path, answer_delivery=Delivery.STREAM, knowledge=SLOW) as home:
        ts = await home.ask("mara", LEAVE)
        growing = await home.reply(ts)
        await home.workspace.until(lambda: "Leave" in growing.text or None)
        await home.people.stop_stream("tomasz", "help-desk", growing.ts)
        stopped = await ended(home, ts)
        assert stopped.ts == growing.ts
        assert "Stopped by <@" in shown(stopped)
        assert "Leave" in shown(stopped)
        assert labels(stopped) == ["Show the full answer"]
        await home.press("mara", stopped, "Show the full answer")
        await home.workspace.until(lambda: "Archive" in labels(home.replies(ts)[0]) or None, 10)
        assert "28 days" in shown(home.replies(ts)[0])

        again = await home.ask("mara", LEAVE)
        reply = await home.reply(again)
        home.workspace.conversations.delete(home.workspace.message(reply.channel, reply.ts))
        await home.settle()
        await home.ask("mara", "and for interns?", thread_ts=again)
        assert "20 days" in shown(await ended(home, again))


async def test_a_thread_goes_on_streaming_and_a_finished_answer_is_like_any_other(home: House) -> None:
    ts = await home.ask("mara", LEAVE)
    await ended(home, ts)
    await home.ask("tomasz", "and for interns?", thread_ts=ts)
    reply = await ended(home, ts, 2)
    assert "20 days" in shown(reply)
    assert len(home.workspace.calls.of("chat.startStream")) == 2
    assert home.workspace.calls.of("assistant.threads.setStatus") == [], "channels have the placeholder"
    await home.press("mara", reply, "Archive")
    await home.workspace.until(lambda: "Unarchive" in labels(reply) or None)
    assert "20 days" in shown(reply)
    reply.streaming = True
    await home.people.stop_stream("mara", "help-desk", reply.ts)
    said = await home.workspace.until(lambda: home.workspace.ephemerals("mara"))
    assert "nothing to stop" in said[0].text

    home.workspace.faults.add(Fault("assistant.threads.setStatus", times=None, error="missing_scope"))
    direct = home.workspace.direct_message("amina").id
    for _ in range(2):
        ts = await home.ask("amina", "how many days of annual leave do I have?", where=direct)
        await ended(home, ts, where=direct)
    assert len(home.workspace.calls.of("assistant.threads.setStatus")) == 1


async def test_a_stream_that_slack_ended_goes_on_with_edits(tmp_path: Path) -> None:
    async with house(
        tmp_path,
        answer_delivery=Delivery.STREAM,
        workspace={"stream_lifetime": 0.7},
        knowledge=SLOW,
    ) as home:
        ts = await home.ask("mara", LEAVE)
        reply = await ended(home, ts)
        assert "28 days" in shown(reply)
        assert len(home.replies(ts)) == 1
        assert {call.error for call in home.workspace.calls.of("chat.appendStream")} >= {
            "message_not_in_streaming_state"
        }
        assert len(home.workspace.calls.of("chat.update")) > 1
        # By this it is found again, as every message that is posted.
        assert (reply.metadata or {}).get("event_type") == METADATA_EVENT_TYPE


TROUBLES = (
    *(Fault(f"chat.{each}Stream", reset=True) for each in ("start", "append", "stop")),
    Fault("chat.startStream", status=503),
    Fault("chat.startStream", lost_response=True),
    Fault("chat.startStream", status=429, retry_after=1),  # while it lasts, answers are edited
    Fault("chat.appendStream", status=503),
    Fault("chat.appendStream", error="internal_error"),
    Fault("chat.appendStream", lost_response=True),
    Fault("chat.appendStream", times=None, error="invalid_chunks"),
    Fault("chat.appendStream", times=2, status=429, retry_after=1),
    Fault("chat.stopStream", error="invalid_blocks"),
    Fault("chat.stopStream", lost_response=True),
    Fault("chat.stopStream", status=503),
    Fault("chat.stopStream", status=429, retry_after=30),
)


@pytest.mark.parametrize("step", ["start", "append", "stop"])
async def test_whatever_fails_one_finished_answer_is_left_with_every_word_once(
    tmp_path: Path, step: str
) -> None:
    async with house(tmp_path, answer_delivery=Delivery.STREAM, knowledge={"speed": 40}) as home:
        for fault in (each for each in TROUBLES if step in each.on):
            home.workspace.faults.clear()
            home.workspace.faults.add(fault)
            ts = await home.ask("mara", LEAVE)
            finished = await home.workspace.until(partial(archivable, home, ts), 25)
            await home.settle()
            assert fault.struck, fault
            assert body(finished).count("28 days") == 1, fault
            assert shown(finished).count(OPENING) == 1, fault
            left = [each for each in home.replies(ts) if labels(each) or not fault.retry_after]
            assert left == [finished], fault


def archivable(home: House, ts: str) -> Message | None:
    return next((each for each in home.replies(ts) if "Archive" in labels(each)), None)


async def test_a_stream_that_cannot_be_stopped_in_time_goes_when_there_is_room(home: House) -> None:
    home.workspace.faults.add(Fault("chat.stopStream", times=1, status=429, retry_after=2))
    ts = await home.ask("mara", LEAVE)
    await home.workspace.until(lambda: len(home.replies(ts)) == 2 or None)
    ending = home.replies(ts)[1]
    assert "28 days" in shown(ending)
    await home.workspace.until(lambda: home.replies(ts) == [ending] or None, 20)


async def test_a_workspace_without_streams_is_asked_once(tmp_path: Path) -> None:
    async with house(tmp_path, answer_delivery=Delivery.STREAM, workspace={"streaming": False}) as home:
        for _ in range(2):
            ts = await home.ask("mara", LEAVE)
            assert "28 days" in (await home.ending(ts)).text
            await home.settle()
            assert len(home.replies(ts)) == 1
        (refused,) = home.workspace.calls.of("chat.startStream")
        assert refused.error == "feature_not_enabled"


async def test_a_start_that_may_have_come_through_is_looked_for_until_slack_tells(home: House) -> None:
    home.workspace.faults.add(Fault("chat.startStream", lost_response=True))
    home.workspace.faults.add(Fault("conversations.replies", times=4, status=503))
    ts = await home.ask("mara", LEAVE)
    await home.workspace.until(lambda: any("Share" in labels(each) for each in home.replies(ts)) or None, 40)
    (reply,) = home.replies(ts)
    assert "28 days" in shown(reply)


@pytest.mark.parametrize("dialect", ["legacy", "agui"])
async def test_text_that_is_shorter_for_a_moment_stands_once_in_the_end(tmp_path: Path, dialect: str) -> None:
    knowledge = {"dialect": dialect, "speed": 30}
    async with house(tmp_path, answer_delivery=Delivery.STREAM, knowledge=knowledge) as home:
        home.knowledge.faults.add(PipesHubFault(Trouble.RENUMBERING, path="stream"))
        ts = await home.ask("mara", LEAVE)
        assert body(await ended(home, ts)).count("28 days") == 1
        assert len(home.replies(ts)) == 1


async def test_what_fails_for_a_moment_at_either_server_leaves_the_next_answer_as_ever(home: House) -> None:
    home.workspace.faults.add(Fault("chat.startStream", times=1, error="internal_error"))
    for _ in range(2):
        ts = await home.ask("mara", LEAVE)
        assert "28 days" in shown(await ended(home, ts))
    assert [call.error for call in home.workspace.calls.of("chat.startStream")] == ["internal_error", ""]

    home.knowledge.faults.add(PipesHubFault(Trouble.END, path="stream", after_words=8))
    ts = await home.ask("mara", LEAVE)
    assert "28 days" in shown(await ended(home, ts))
    assert len(home.replies(ts)) == 1

    home.knowledge.faults.add(PipesHubFault(Trouble.ERROR, path="stream", after_words=8))
    ts = await home.ask("mara", LEAVE)
    failed = await ended(home, ts)
    assert labels(failed) == ["Try again"]
    assert not failed.streaming
    home.knowledge.faults.clear()
    await home.press("mara", failed, "Try again")
    await home.workspace.until(lambda: "28 days" in shown(home.replies(ts)[0]) or None, 10)
    assert len(home.replies(ts)) == 1


async def test_what_is_done_is_said_below_a_direct_message_and_taken_away(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"thinking": 0.5, "speed": 40}) as home:
        direct = home.workspace.direct_message("amina").id
        ts = await home.ask("amina", "how many days of annual leave do I have?", where=direct)
        await home.ending(ts, where=direct)
        await home.settle()
        said = [call.arguments["status"] for call in home.workspace.calls.of("assistant.threads.setStatus")]
        assert said[0].startswith("is ")
        assert said[-1] == ""
        assert said.count("") == 1
