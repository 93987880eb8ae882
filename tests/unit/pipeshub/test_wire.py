"""Bodies of every generation of servers."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.conversations import ConversationStatus, MessageAuthor
from bot.pipeshub import bodies
from bot.pipeshub.bodies import parse_citations
from bot.pipeshub.json_body import parse_datetime

BODIES = Path(__file__).parents[2] / "recorded" / "pipeshub" / "bodies"
CONVERSATION = "68b0c1d2e3f4a5b6c7d8e9f0"


def body(name: str) -> object:
    return json.loads((BODIES / f"{name}.json").read_text())


def test_a_wrapped_conversation_is_read() -> None:
    conversation = bodies.parse_conversation(body("get-by-id"))
    assert conversation is not None
    assert (conversation.id, conversation.status, conversation.is_owner) == (
        CONVERSATION,
        ConversationStatus.COMPLETE,
        True,
    )
    assert conversation.shared_with == {"6651bb22cc33dd44ee55ff77": "read"}
    assert [each.author for each in conversation.messages] == [MessageAuthor.USER, MessageAuthor.BOT]
    assert conversation.messages[0].created_at == datetime(2026, 8, 12, 9, tzinfo=UTC)
    assert conversation.answer is not None
    assert [each.record_type for each in conversation.answer.citations] == ["FILE", "WEBPAGE"]


def test_receipts_are_conversations_with_little_in_them() -> None:
    shared = bodies.parse_conversation(body("share-receipt"))
    archived = bodies.parse_conversation(body("archive-receipt"))
    assert shared is not None
    assert shared.is_shared
    assert list(shared.shared_with.values()) == ["read"]
    assert archived is not None
    assert archived.is_archived
    assert archived.status is ConversationStatus.NONE


def test_unpopulated_citations_are_left_out() -> None:
    renamed = bodies.parse_conversation(body("title"))
    assert renamed is not None
    assert renamed.title == "Leave"
    assert renamed.answer is not None
    assert renamed.answer.citations == ()


def test_a_page_of_the_current_envelope() -> None:
    page = bodies.parse_page(body("list"), source="owned", number=1, limit=2)
    assert page is not None
    assert [row.title for row in page.conversations] == ["Question 1", "Question 2"]
    assert (page.has_next, page.total) == (True, 5)
    assert page.conversations[1].status is ConversationStatus.IN_PROGRESS


@pytest.mark.parametrize(("source", "titles"), [("owned", ["Question 1"]), ("shared", ["Question 3"])])
def test_the_first_envelope_carries_both_sources(source: str, titles: list[str]) -> None:
    page = bodies.parse_page(body("list-first-release"), source=source, number=1, limit=20)
    assert page is not None
    assert [row.title for row in page.conversations] == titles
    assert not page.has_next


def test_a_bare_array_is_cut_into_pages() -> None:
    first = bodies.parse_page(body("list-documented"), source="owned", number=1, limit=2)
    second = bodies.parse_page(body("list-documented"), source="owned", number=2, limit=2)
    assert first is not None
    assert second is not None
    assert (len(first.conversations), first.has_next, first.total) == (2, True, 3)
    assert (len(second.conversations), second.has_next) == (1, False)


def test_a_bare_array_is_searched() -> None:
    found = bodies.parse_page(body("list-documented"), source="owned", number=1, limit=9, search="DAYS OFF")
    missed = bodies.parse_page(body("list-documented"), source="owned", number=1, limit=9, search="payroll")
    assert found is not None
    assert missed is not None
    assert (len(found.conversations), len(missed.conversations)) == (3, 0)


def test_a_page_says_there_is_more_when_the_total_does() -> None:
    listed = {"conversations": [{"_id": "a"}], "pagination": {"totalCount": 3}}
    page = bodies.parse_page(listed, source="owned", number=1, limit=1)
    assert page is not None
    assert page.has_next


@pytest.mark.parametrize("nothing", [None, {}, "text", 7, {"message": "ok"}])
def test_what_is_no_conversation_is_none(nothing: object) -> None:
    assert bodies.parse_conversation(nothing) is None
    assert bodies.parse_page(nothing, source="owned", number=1, limit=1) is None


@pytest.mark.parametrize(
    ("status", "meant"),
    [
        ("INPROGRESS", ConversationStatus.IN_PROGRESS),
        ("In_Progress", ConversationStatus.IN_PROGRESS),
        ("COMPLETED", ConversationStatus.COMPLETE),
        ("Complete", ConversationStatus.COMPLETE),
        ("FAILED", ConversationStatus.FAILED),
        ("None", ConversationStatus.NONE),
        (None, ConversationStatus.NONE),
        (["odd"], ConversationStatus.NONE),
    ],
)
def test_statuses_have_aliases(status: object, meant: ConversationStatus) -> None:
    conversation = bodies.parse_conversation({"_id": "a", "status": status})
    assert conversation is not None
    assert conversation.status is meant


@pytest.mark.parametrize(
    "stamp", [1786525200000, 1786525200, "1786525200", "2026-08-12T09:00:00Z", "2026-08-12T09:00"]
)
def test_dates_come_in_three_forms(stamp: object) -> None:
    assert parse_datetime(stamp) == datetime(2026, 8, 12, 9, tzinfo=UTC)


@pytest.mark.parametrize("stamp", [None, True, "soon", "", 1e300, float("nan"), [], "99999999999999999999"])
def test_what_is_no_date_is_none(stamp: object) -> None:
    assert parse_datetime(stamp) is None


def test_messages_are_in_the_order_they_were_written() -> None:
    newest_first = [
        {"_id": "2", "messageType": "bot_response", "content": "b", "createdAt": "2026-01-01T00:00:02Z"},
        {"_id": "1", "messageType": "user_query", "content": "a", "createdAt": "2026-01-01T00:00:01Z"},
    ]
    conversation = bodies.parse_conversation({"_id": "a", "messages": newest_first})
    assert conversation is not None
    assert [each.content for each in conversation.messages] == ["a", "b"]


def test_one_bad_member_costs_no_other() -> None:
    odd = {
        "_id": "a",
        "title": {"no": "title"},
        "isShared": "perhaps",
        "lastActivityAt": "soon",
        "messages": ["?", None, {"_id": 7, "messageType": "tool_call", "content": None, "citations": "none"}],
    }
    conversation = bodies.parse_conversation(odd)
    assert conversation is not None
    assert (conversation.title, conversation.is_shared, conversation.last_activity_at) == ("", False, None)
    assert [(each.id, each.author) for each in conversation.messages] == [("7", MessageAuthor.OTHER)]


def test_a_citation_that_hides_its_address_keeps_the_relative_one_only() -> None:
    hidden = {"content": "x", "metadata": {"recordName": "A", "webUrl": "https://a", "hideWeburl": True}}
    relative = {"content": "x", "metadata": {"recordName": "A", "webUrl": "/record/1", "hideWeburl": True}}
    assert [each.url for each in parse_citations([hidden, relative])] == [None, "/record/1"]


def test_a_citation_without_a_number_bears_that_of_its_place() -> None:
    documented = {"citationId": "c", "excerpt": "Thirty days", "relevanceScore": 0.5}
    assert [
        (each.number, each.title) for each in parse_citations([documented, {**documented, "citationId": "d"}])
    ] == [
        (1, "Source 1"),
        (2, "Source 2"),
    ]


@pytest.mark.parametrize(("stored", "title"), [("a -&gt; b", "a -> b"), ("R&amp;D", "R&D"), ("C++", "C++")])
def test_a_title_reads_as_it_was_written(stored: str, title: str) -> None:
    conversation = bodies.parse_conversation({"_id": "c1", "title": stored})
    assert conversation is not None
    assert conversation.title == title
