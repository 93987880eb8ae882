import json
from pathlib import Path
from typing import Any

import pytest

from bot.slack.payloads import events

RECORDED = Path(__file__).parents[2] / "recorded" / "slack"

PERSON = {"user": "U1", "ts": "1.1", "text": "<@B> how?"}
EDITED = PERSON | {"text": "<@B> why?", "edited": {"user": "U1", "ts": "2.0"}}


def changed(message: Any, before: Any = PERSON, **fields: Any) -> dict[str, Any]:
    event = {"type": "message", "subtype": "message_changed", "channel": "C1", "hidden": True, "ts": "2.0"}
    return event | {"message": message, "previous_message": before} | fields


def test_an_edit_is_read_with_its_new_words_and_its_old_place() -> None:
    question = events.edited_question(changed(EDITED | {"thread_ts": "1.0"}), "T1", "B")
    assert question is not None
    assert (question.text, question.ts, question.thread.ts, question.asker) == ("why?", "1.1", "1.0", "U1")


@pytest.mark.parametrize(
    "event",
    [
        changed(PERSON | {"attachments": [{}]}),
        changed(EDITED | {"text": PERSON["text"]}),
        changed(EDITED | {"bot_id": "B1"}),
        changed(EDITED | {"edited": {"user": "U2"}}),
        changed(EDITED | {"user": "B", "edited": {"user": "B"}}),
        changed(EDITED, before=None),
        changed("no message"),
        PERSON | {"type": "message", "channel": "C1"},
    ],
)
def test_what_is_no_edit_of_a_persons_words_asks_nothing(event: dict[str, Any]) -> None:
    assert events.edited_question(event, "T1", "B") is None


ASKED_BY_EDIT = RECORDED / "mention-by-edit.json"


def test_a_mention_that_an_edit_adds_is_a_question_under_both_events() -> None:
    recorded = json.loads(ASKED_BY_EDIT.read_text())
    change, mention = recorded["message_changed"]["event"], recorded["app_mention"]["event"]
    assert events.asks_by_edit(change, "T1", "U0BOT")
    edited, mentioned = (
        events.edited_question(change, "T1", "U0BOT"),
        events.question_from(mention, "T1", "U0BOT"),
    )
    assert edited is not None
    assert mentioned is not None
    assert edited == mentioned
    assert events.reply_address(recorded["message_changed"]) == ("C0HELP", "U1", None)


@pytest.mark.parametrize("said", ["how?", "<@B>", "<@B|bot> "])
def test_an_edit_asks_what_was_no_question_for_the_bot_before(said: str) -> None:
    assert events.asks_by_edit(changed(EDITED, before=PERSON | {"text": said}), "T1", "B")


@pytest.mark.parametrize(
    "event",
    [
        changed(EDITED),
        changed(EDITED | {"text": "why?"}, before=PERSON | {"text": "how?"}),
        changed(EDITED | {"text": "<@B>"}, before=PERSON | {"text": "how?"}),
        changed(EDITED | {"bot_id": "B1"}, before=PERSON | {"text": "how?"}),
    ],
)
def test_other_edits_ask_nothing_new(event: dict[str, Any]) -> None:
    assert not events.asks_by_edit(event, "T1", "B")


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "message"},
        {"edited": {"user": "U2", "ts": "2.0"}},
        {"edited": {"user": "U1", "ts": "100000.0"}},
    ],
)
def test_an_edited_message_is_no_question_where_it_may_be_an_old_one(fields: dict[str, Any]) -> None:
    assert events.question_from(EDITED | {"type": "app_mention", "channel": "C1"} | fields, "T1", "B") is None


def test_a_deletion_is_read_also_where_a_tombstone_is_left() -> None:
    gone = {"type": "message", "subtype": "message_deleted", "channel": "C1", "deleted_ts": "1.1"}
    tombstone = changed({"subtype": "tombstone", "ts": "1.1", "user": "USLACKBOT"})
    assert events.deleted_message(gone) == events.deleted_message(tombstone) == ("C1", "1.1")
    assert events.deleted_message(changed(EDITED)) is None
    assert events.deleted_message(gone | {"deleted_ts": None}) is None


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"event_id": "E1", "event": {"type": "reaction_added"}}, "delivery:E1"),
        ({"event_id": "E1", "event": changed(EDITED)}, "delivery:E1"),
        ({"event_id": "E1", "event": {"type": "message", "subtype": "message_deleted"}}, "delivery:E1"),
        ({"event_id": "E1", "event": PERSON | {"type": "message"}}, None),
        ({"event_id": "E1", "event": PERSON | {"type": "app_mention"}}, None),
        ({"event_id": "E1", "event": changed(EDITED | {"bot_id": "B1"})}, None),
        ({"event_id": "E1", "event": changed(PERSON | {"attachments": [{}]})}, None),
        ({"event_id": 7, "event": {"type": "reaction_added"}}, None),
        ({"type": "block_actions", "trigger_id": "1.2"}, "delivery:1.2"),
        ({"command": "/ask", "trigger_id": "1.2"}, "delivery:1.2"),
        ({"type": "block_suggestion", "trigger_id": "1.2"}, None),
        ({"type": "view_closed"}, None),
    ],
)
def test_a_delivery_has_a_name_where_it_could_be_handled_twice(
    body: dict[str, Any], name: str | None
) -> None:
    assert events.delivery_key(body) == name
