"""Answers of Slack that its client cannot read: an incident in the log, and an ending for the person."""

from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.demo.workspace.faults import Fault
from bot.demo.workspace.model import Message
from tests.house import House, house, labels, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"


@pytest.mark.parametrize(
    ("delivery", "methods"),
    [
        ("stream", ("chat.startStream", "chat.appendStream", "chat.stopStream")),
        ("edit", ("chat.update",)),
    ],
)
async def test_an_answer_whose_calls_are_answered_by_something_else_ends_all_the_same(
    tmp_path: Path, delivery: str, methods: tuple[str, ...]
) -> None:
    async with house(tmp_path, answer_delivery=delivery, knowledge={"speed": 25}) as home:
        for method in methods:
            home.workspace.faults.add(Fault(method, times=None, body='["under maintenance"]'))
            with capture_logs() as logs:
                ts = await home.ask("mara", LEAVE)
                reply = await home.workspace.until(partial(ended, home, ts), 20)
                await home.settle()
            assert "28 days" in shown(reply), method
            incidents = [line for line in logs if "incident" in line]
            assert incidents, method
            assert {line["method"] for line in incidents} == {method}
            assert [line for line in logs if line["event"] == "task.failed"] == [], method
            home.workspace.faults.clear()


def ended(home: House, ts: str) -> Message | None:
    return next((each for each in home.replies(ts) if "Share" in labels(each)), None)
