from typing import Any

import pytest

from bot.demo.workspace.changes import Changes, What
from bot.demo.workspace.model import Message
from tests.bench.watching import picture


def message(*labels: str, text: str = "leave§00003", streaming: bool = False) -> Message:
    buttons: list[dict[str, Any]] = [{"type": "button", "text": {"text": label}} for label in labels]
    blocks: list[dict[str, Any]] = [
        {"type": "markdown", "text": text},
        {"type": "actions", "elements": buttons},
    ]
    return Message("1.0", "C1", "U1", blocks=blocks, streaming=streaming)


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (("Stop",), (False, True, False)),
        (("Regenerate", "Share"), (True, False, False)),
        (("Try again",), (False, False, True)),
        ((), (False, False, False)),
    ],
)
def test_buttons_tell_how_far_a_message_is(labels: tuple[str, ...], told: tuple[bool, ...]) -> None:
    seen = picture(message(*labels), 1.0)
    assert (seen.finished, seen.unfinished, seen.failed) == told
    assert seen.newest == 3


def test_a_stream_that_is_open_is_unfinished() -> None:
    assert picture(message(streaming=True), 1.0).unfinished


def test_changes_are_seen_at_the_moment_they_happen() -> None:
    changes, seen = Changes(), list[str]()
    with changes.observed(lambda change: seen.append(change.what)):
        changes.tell(What.CALLED)
        assert seen == ["called"]
    changes.tell(What.CALLED)
    assert seen == ["called"]
