"""Servers from v0.7 on, which stop an answer when its reader leaves and can be told to cancel one."""

from dataclasses import replace
from pathlib import Path

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.model import Kind, Status
from bot.demo.workspace.model import Message
from tests.house import OPENING, House, house, labels, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"
TURN = [Kind.QUESTION, Kind.ANSWER]


def asked(home: House, part: str) -> list[int]:
    """Return the statuses of the requests whose path holds `part`."""
    return [status for _, path, status in home.knowledge.requests if part in path]


async def stopped(home: House) -> str:
    """Ask, stop the answer after its first words, and return the ts of its thread."""
    ts = await home.ask("mara", LEAVE)
    reply = await home.reply(ts)
    await home.workspace.until(lambda: OPENING in reply.text or None)
    await home.press("mara", reply, "Stop")
    await home.ending(ts)
    return ts


async def test_stop_cancels_the_run(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"dialect": "v09", "speed": 10}) as home:
        ts = await stopped(home)
        (reply,) = home.replies(ts)
        assert "Stopped by" in shown(reply)
        assert labels(reply) == []  # nothing more will come, so there is no full answer to show
        assert asked(home, "/cancel") == [200]
        (conversation,) = await home.knowledge.conversations()
        assert conversation.status is Status.STOPPED
        await home.ask("mara", "and for interns?", thread_ts=ts)
        assert "20 days" in (await home.ending(ts, 2)).text


async def test_stop_before_the_first_word_leaves_no_empty_answer(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"dialect": "v09", "thinking": 30.0}) as home:
        ts = await home.ask("mara", LEAVE)
        reply = await home.reply(ts)
        await home.workspace.until(lambda: bool(asked(home, "/stream")) or None)
        await home.press("mara", reply, "Stop")
        await home.ending(ts)
        assert "Stopped by" in shown(reply)
        assert "Share" not in labels(reply)


async def written_again_to_its_end(home: House, trouble: Trouble) -> Message:
    known = len(asked(home, "/regenerate"))
    home.knowledge.faults.add(Fault(trouble, path="stream", after_words=5))
    reply = await home.ending(await home.ask("mara", LEAVE))
    assert "28 days" in shown(reply), trouble
    assert "Share" in labels(reply), trouble
    conversation = (await home.knowledge.conversations())[-1]
    assert [each.kind for each in conversation.messages] == TURN, trouble
    assert conversation.status is Status.COMPLETE, trouble
    assert len(asked(home, "/regenerate")) == known + 1, trouble
    return reply


async def mended_again_where_it_breaks_again(home: House) -> None:
    known = len(asked(home, "/regenerate"))
    home.knowledge.faults.add(Fault(Trouble.RESET, path="stream", after_words=5))
    home.knowledge.faults.add(Fault(Trouble.RESET, path="regenerate", after_words=5))
    reply = await home.ending(await home.ask("mara", LEAVE), patience=30)
    assert "28 days" in shown(reply)
    assert "Try again" not in labels(reply)
    assert len(asked(home, "/regenerate")) == known + 2


async def ended_in_its_part_where_it_breaks_for_too_long(home: House) -> None:
    home.bot.server.timeouts = replace(home.bot.server.timeouts, give_up=1)
    home.knowledge.faults.add(Fault(Trouble.RESET, path="stream", after_words=5))
    home.knowledge.faults.add(Fault(Trouble.RESET, path="regenerate", after_words=5))
    reply = await home.ending(await home.ask("mara", LEAVE))
    assert OPENING in shown(reply)
    assert "broke in the middle" in shown(reply)
    assert "Share" not in labels(reply)
    await home.press("mara", reply, "Try again")
    await home.workspace.until(lambda: "Share" in labels(reply) or None)
    assert "28 days" in shown(reply)


async def regenerated_whole(home: House, reply: Message) -> None:
    known = len(asked(home, "/regenerate"))
    home.knowledge.faults.add(Fault(Trouble.RESET, path="regenerate", after_words=5))
    await home.press("mara", reply, "Regenerate")
    await home.workspace.until(lambda: len(asked(home, "/regenerate")) == known + 2 or None)
    await home.ending(str(reply.thread_ts))
    assert "28 days" in shown(reply)
    assert {each.status for each in await home.knowledge.conversations()} == {Status.COMPLETE}


async def test_an_answer_that_breaks_is_written_again(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"dialect": "v09"}) as home:
        reply = await written_again_to_its_end(home, Trouble.END)
        await written_again_to_its_end(home, Trouble.RESET)
        await regenerated_whole(home, reply)
        await mended_again_where_it_breaks_again(home)
        await ended_in_its_part_where_it_breaks_for_too_long(home)


async def test_a_server_that_cannot_cancel_is_told_once(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"dialect": "agui", "speed": 10}) as home:
        for _ in range(2):
            ts = await stopped(home)
            assert "Show the full answer" in labels(home.replies(ts)[0])
        assert asked(home, "/cancel") == [404]


async def test_a_plain_answer_that_failed_is_one_failed_turn(tmp_path: Path) -> None:
    async with house(tmp_path, pipeshub_streaming=False, knowledge={"dialect": "v09"}) as home:
        home.knowledge.faults.add(Fault(Trouble.ERROR, path="create"))
        ts = await home.ask("mara", LEAVE)
        failed = await home.ending(ts)
        assert "Try again" in labels(failed)
        await home.press("mara", failed, "Try again")
        await home.workspace.until(lambda: "Share" in labels(failed) or None)
        assert asked(home, "/conversations/stream") == []
