"""Questions of one thread are answered one after the other, and those that wait say which they are."""

from pathlib import Path

import pytest

from tests.house import House, house, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"
SLOW = 8.0  # words a second: an answer takes longer than the placeholders of those behind it


async def asked(home: House, count: int) -> str:
    """Let `count` questions be asked in one thread, each with its placeholder."""
    ts = await home.ask("mara", LEAVE)
    for number in range(2, count + 1):
        await home.reply(ts, number - 1)
        await home.ask("tomasz", f"and for interns, number {number}?", thread_ts=ts)
    await home.reply(ts, count)
    return ts


@pytest.mark.parametrize("delivery", ["edit", "stream"])
async def test_a_reply_says_its_place_in_line_and_moves_up(tmp_path: Path, delivery: str) -> None:
    async with house(tmp_path, knowledge={"speed": SLOW}, answer_delivery=delivery) as home:
        ts = await asked(home, 3)
        second, third = home.replies(ts)[1:]
        assert (second.text, third.text) == ("2nd in line", "3rd in line")
        assert "_2nd in line_" in shown(second)
        await home.workspace.until(lambda: third.text == "2nd in line" or None, 15)
        await home.workspace.until(lambda: "in line" not in second.text or None)
        last = await home.ending(ts, 3, patience=20)
        assert "20 days" in last.text
        assert len(home.replies(ts)) == 3


async def test_a_turn_that_begins_says_so_before_it_has_text(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 60, "thinking": 1.0}) as home:
        ts = await asked(home, 2)
        second = home.replies(ts)[1]
        assert second.text == "2nd in line"
        await home.workspace.until(lambda: "in line" not in second.text or None, 10)
        assert "Stop" in shown(second)


async def test_places_are_told_only_while_there_are_edits_to_spare(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": SLOW}) as home:
        updates = home.bot.rate_limits[home.workspace.state.team.id].updates
        ts = await asked(home, 3)
        second, third = home.replies(ts)[1:]
        while updates.left() > 8:
            updates.spend()
        await home.ending(ts, 1, patience=15)
        await home.workspace.until(lambda: "20 days" in second.text or None, 15)
        assert third.text == "3rd in line"


async def test_who_stands_behind_a_stopped_question_moves_up_when_the_next_begins(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": SLOW}) as home:
        ts = await asked(home, 4)
        second, third, fourth = home.replies(ts)[1:]
        await home.press("tomasz", second, "Stop")
        await home.workspace.until(lambda: "Stopped" in shown(second) or None)
        await home.workspace.until(lambda: "in line" not in third.text or None, 15)
        await home.workspace.until(lambda: fourth.text == "2nd in line" or None)
        await home.ending(ts, 4, patience=25)
