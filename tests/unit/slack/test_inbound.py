from typing import Any

import pytest

from bot.domain.turns import Question, Thread
from bot.slack.payloads import events
from bot.slack.payloads import interactions as payloads
from bot.slack.payloads.fields import MalformedPayload


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
    return events.question_from(message(**changes), "T1", "UBOT")


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


def test_what_is_said_to_nobody_is_heard_as_not_addressed() -> None:
    question = asked(text="how long is the notice period?")
    assert question is not None
    assert not question.addressed
    assert not question.is_reply


def test_a_question_tells_in_which_workspace_its_asker_is() -> None:
    inside, outside = asked(text="<@UBOT> how?", user_team="T1"), asked(text="<@UBOT> how?", user_team="T9")
    assert inside is not None
    assert outside is not None
    assert (inside.asker_team, outside.asker_team) == ("T1", "T9")


def test_a_reply_to_somebody_else_asks_nothing() -> None:
    assert asked(text="<@U2> did you know?", thread_ts="9.1") is None


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "<@U2> just talking"},
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


def test_what_is_asked_by_the_me_command_is_a_question_too() -> None:
    question = asked(
        text="asks how many days there are", subtype="me_message", channel="D1", channel_type="im"
    )
    assert question is not None
    assert (question.text, question.addressed) == ("asks how many days there are", True)


def test_a_question_holds_only_what_a_database_takes() -> None:
    question = asked(text="<@UBOT> how\x00 many\ud800 \ud83d\ude00?")
    assert question is not None
    assert question.text == "how many\ufffd 😀?"


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "<@UBOT> hi", "ts": "x"},
        {"text": "<@UBOT> hi", "ts": "1" * 50},
        {"text": "<@UBOT> hi", "user": "U1'--"},
        {"text": "<@UBOT> hi", "channel": "C" * 100},
        {"text": "<@UBOT> hi", "channel": {"id": "C1"}},
        {"text": "<@UBOT> hi", "subtype": ["file_share"]},
    ],
)
def test_what_has_other_ids_than_slacks_asks_nothing(changes: dict[str, Any]) -> None:
    assert asked(**changes) is None


PRESS: dict[str, Any] = {
    "type": "block_actions",
    "user": {"id": "U1", "team_id": "T1"},
    "container": {"channel_id": "C1", "message_ts": "10.1"},
    "actions": [{"action_id": "stop", "value": "v"}],
    "trigger_id": "1.2.3",
}


def test_a_press_is_read() -> None:
    assert payloads.button_press(PRESS) == payloads.ButtonPress(
        "U1", "C1", "10.1", None, "v", "1.2.3", "stop", "T1"
    )


@pytest.mark.parametrize("odd", [None, [], {}, 7, {"id": 7}, [None]], ids=repr)
@pytest.mark.parametrize("key", ["user", "container", "actions", "trigger_id"])
def test_a_press_that_slack_would_not_send_is_malformed(key: str, odd: object) -> None:
    with pytest.raises(MalformedPayload, match=key):
        payloads.button_press(PRESS | {key: odd})


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"event": None}, "event"),
        ({"event": {"type": 1}}, "type"),
        ({"view": {"callback_id": "x"}}, "view.type"),
        ({"view": {"type": "modal", "callback_id": ["x"]}}, "callback_id"),
        ({"actions": []}, "action_id"),
        ({"actions": [{}]}, "action_id"),
        ({"command": 7}, "command"),
    ],
)
def test_what_bolt_would_trip_over_is_malformed(changes: dict[str, Any], key: str) -> None:
    events.check_envelope(PRESS, "T1")
    with pytest.raises(MalformedPayload, match=key):
        events.check_envelope(PRESS | changes, "T1")


def test_a_delivery_from_nowhere_is_malformed() -> None:
    with pytest.raises(MalformedPayload, match="team"):
        events.check_envelope(PRESS, "\ud800")


def test_a_sentence_is_said_only_where_slack_can_be_asked_to() -> None:
    assert events.reply_address(PRESS) == ("C1", "U1", None)
    assert events.reply_address(PRESS | {"user": "U1"}) is None
    assert events.reply_address({"event": [], "user": 3, "container": None}) is None


def test_what_was_entered_is_read_by_its_kind() -> None:
    values = {
        "text": {"a": {"type": "plain_text_input", "value": "x\x00"}},
        "none": {"a": {"type": "plain_text_input", "value": None}},
        "one": {"a": {"selected_option": {"value": "o"}}},
        "no one": {"a": {"selected_option": None}},
        "many": {"a": {"selected_options": [{"value": "p"}, {"value": 7}, None]}},
        "users": {"a": {"selected_users": ["U1", 3]}},
        "odd": {"a": "b"},
        "empty": {},
        "list": [],
    }
    body = {"user": {"id": "U1", "team_id": "T1"}, "view": {"id": "V1", "state": {"values": values}}}
    assert payloads.submission(body).entered == {
        "text": "x",
        "none": None,
        "one": "o",
        "no one": None,
        "many": ["p"],
        "users": ["U1"],
        "odd": None,
        "empty": None,
        "list": None,
    }
