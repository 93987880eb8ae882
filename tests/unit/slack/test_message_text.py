"""Words that stand elsewhere than in a message's text."""

import json
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from bot.slack.payloads.events import question_from, selected_message
from bot.slack.payloads.message_text import MAX_QUOTED_LENGTH, shared_text, whole_text

RECORDED = Path(__file__).parents[2] / "recorded" / "slack"


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text())
    return found


def text_of(name: str) -> str:
    question = question_from(recorded(name), "T1", "U0BOT")
    assert question is not None
    assert question.addressed
    return question.text


def test_a_message_that_is_shared_with_a_mention_goes_with_the_question() -> None:
    assert text_of("mention-with-shared-message") == (
        "what does this mean?\n\n“Bea wrote: Build broke: KESTREL42”"
    )


def test_a_message_that_is_forwarded_alone_is_the_question() -> None:
    assert text_of("forwarded-to-direct-message") == (
        "“Bea wrote: Build broke: KESTREL42 &lt;main&gt; &amp; <@U3> <https://ci.example.com/7|log>\n"
        "unit tests\n:fire: deploy”"
    )


def test_the_author_of_a_shared_message_may_be_known_by_id_alone() -> None:
    shared = {"is_share": True, "author_id": "U2", "text": "KESTREL42"}
    assert shared_text({"attachments": [shared]}) == "“<@U2> wrote: KESTREL42”"
    assert shared_text({"attachments": [{"is_share": True, "fallback": "K"}]}) == "“Someone wrote: K”"


def test_a_shared_alert_is_read_to_its_inner_words() -> None:
    alert = {"attachments": [{"title": "KESTREL42", "text": "a &gt; b"}]}
    shared = {"is_share": True, "author_name": "Ops", "message_blocks": [{"message": alert}]}
    assert shared_text({"attachments": [shared]}) == "“Ops wrote: a &gt; b\nKESTREL42”"


@pytest.mark.parametrize(
    "attachment",
    [{"from_url": "https://example.com", "text": "a preview"}, {"is_share": "yes", "text": "x"}, 7],
)
def test_previews_of_links_are_nobodys_words(attachment: Any) -> None:
    assert shared_text({"text": "see https://example.com", "attachments": [attachment]}) == ""


def test_an_alert_made_of_blocks_is_what_a_question_is_about() -> None:
    chosen = selected_message(recorded("alert-of-blocks"))
    assert chosen.app == "Alertmanager"
    assert chosen.text.splitlines() == [
        "KESTREL42 is &lt;down&gt;",
        "*Service*: <https://status.example.com|checkout>",
        "*Since*",
        "09:46",
        "eu-west",
        "host",
        "web-7",
        "from Prometheus",
    ]


def test_an_alert_made_of_attachments_is_what_a_question_is_about() -> None:
    chosen = selected_message(recorded("alert-of-attachments"))
    assert chosen.app == "Grafana"
    assert chosen.text.splitlines() == [
        "Alert",
        "One alert fires",
        "[FIRING:1] KESTREL42",
        "p95 latency &gt; 2 s",
        "Severity: critical",
        "Team: <!subteam^S1|@ops>",
        "Only a fallback",
    ]


def test_what_a_person_wrote_is_not_read_twice() -> None:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": "hi there"}]}
    blocks = [{"type": "rich_text", "elements": [section]}]
    assert whole_text({"user": "U1", "text": "hi", "blocks": blocks}) == "hi"


def nested(depth: int) -> dict[str, Any]:
    part: dict[str, Any] = {"type": "mrkdwn", "text": "deep"}
    for _ in range(depth):
        part = {"type": "container", "blocks": [part]}
    return part


@pytest.mark.parametrize(
    "message",
    [
        {"attachments": [{"is_share": True, "author_name": "B", "text": "x" * 100_000}] * 100},
        {"attachments": [{"is_share": True, "blocks": [nested(400)] * 50, "author_name": "B"}]},
        {"attachments": [{"is_share": True, "blocks": [{"text": {"text": "y" * 999}}] * 5_000}]},
    ],
)
def test_what_goes_with_a_question_is_bounded(message: dict[str, Any]) -> None:
    begun = perf_counter()
    assert len(shared_text(message)) <= MAX_QUOTED_LENGTH
    assert len(whole_text(message)) <= MAX_QUOTED_LENGTH
    assert perf_counter() - begun < 1
