from typing import Any

import pytest

from bot.domain.questions import Question
from bot.domain.threads import Thread
from bot.slack.inbound import messages


def message(**changes: Any) -> dict[str, Any]:
    event = {
        "type": "message",
        "channel": "C1",
        "channel_type": "channel",
        "user": "U1",
        "ts": "10.1",
        "text": "hi",
    }
    return {key: value for key, value in (event | changes).items() if value is not None}


def asked(**changes: Any) -> Question | None:
    return messages.question(message(**changes), "T1", "UBOT")


def test_a_mention_starts_a_thread_under_itself() -> None:
    assert asked(type="app_mention", text="<@UBOT> how?", channel_type=None) == Question(
        Thread("T1", "C1", "10.1"), "10.1", "U1", "how?", addressed=True
    )


def test_both_deliveries_of_a_mention_ask_the_same() -> None:
    assert asked(type="app_mention", text="<@UBOT> how?") == asked(text="<@UBOT> how?")


def test_a_mention_in_a_thread_stays_in_that_thread() -> None:
    question = asked(text="<@UBOT> and now?", thread_ts="9.1")
    assert question is not None
    assert question.thread.ts == "9.1"


def test_a_direct_message_needs_no_mention() -> None:
    question = asked(channel="D1", channel_type="im", text="how?")
    assert question is not None
    assert question.addressed


def test_a_reply_in_a_thread_is_for_the_bot_only_if_it_is_part_of_it() -> None:
    question = asked(text="and for interns?", thread_ts="9.1")
    assert question is not None
    assert not question.addressed


def test_a_reply_to_somebody_else_asks_nothing() -> None:
    assert asked(text="<@U2> did you know?", thread_ts="9.1") is None


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "just talking"},
        {"text": "<@UBOT> hi", "subtype": "message_changed"},
        {"text": "<@UBOT> hi", "subtype": "bot_message"},
        {"text": "<@UBOT> hi", "subtype": "channel_join"},
        {"text": "<@UBOT> hi", "bot_id": "B1"},
        {"text": "<@UBOT> hi", "user": "UBOT"},
        {"text": "<@UBOT> hi", "edited": {"user": "U1", "ts": "11.1"}},
        {"text": "<@UBOT> hi", "hidden": True},
        {"text": "<@UBOT> hi", "user": None},
        {"text": "<@UBOT> hi", "ts": 10.1},
        {"text": "<@UBOT> hi", "channel": None},
        {"text": None, "user": None},
    ],
)
def test_what_is_no_question_starts_nothing(changes: dict[str, Any]) -> None:
    assert asked(**changes) is None


def test_a_message_with_a_file_is_a_question_too() -> None:
    assert asked(text="<@UBOT> what is this?", subtype="file_share") is not None
