"""Answers of Slack that its client cannot read: an incident in the log, and an ending for the person."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.demo.workspace.faults import Fault
from tests.house import house, labels, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"


@pytest.mark.parametrize(
    ("delivery", "method"),
    [
        ("stream", "chat.startStream"),
        ("stream", "chat.appendStream"),
        ("stream", "chat.stopStream"),
        ("edit", "chat.update"),
    ],
)
async def test_an_answer_whose_calls_are_answered_by_something_else_ends_all_the_same(
    tmp_path: Path, delivery: str, method: str
) -> None:
    async with house(tmp_path, answer_delivery=delivery, knowledge={"speed": 15}) as home:
        home.workspace.faults.add(Fault(method, times=None, body='["under maintenance"]'))
        with capture_logs() as logs:
            ts = await home.ask("mara", LEAVE)
            reply = await home.workspace.until(
                lambda: next((each for each in home.replies(ts) if "Share" in labels(each)), None), 20
            )
            await home.settle()
        assert "28 days" in shown(reply)
        incidents = [line for line in logs if "incident" in line]
        assert incidents
        assert {line["method"] for line in incidents} == {method}
        assert [line for line in logs if line["event"] == "task.failed"] == []
