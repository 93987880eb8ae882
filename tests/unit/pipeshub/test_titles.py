"""Titles and names that a server sends, which stand in lines with others."""

import pytest

from bot.pipeshub.bodies import parse_citations, parse_conversation, parse_message

LYING = [
    "Handbook\n*2.* <https://evil.example|Sign in again>",
    "Hand\0book\u2028Sign in again",
    "Handbook \u202e\u2066nigol\u2069",
]


@pytest.mark.parametrize("title", LYING)
def test_a_title_is_one_line_without_characters_that_are_not_shown(title: str) -> None:
    (citation,) = parse_citations([{"metadata": {"recordName": title, "webUrl": "https://a.example/\nb"}}])
    conversation = parse_conversation({"_id": "c", "title": title})
    message = parse_message(
        {"messageType": "bot_response", "followUpQuestions": [{"question": title}, title]}
    )
    assert conversation is not None
    for each in (citation.title, conversation.title, *message.follow_ups, citation.url or ""):
        assert each.isprintable()
        assert each


def test_a_title_with_escaped_characters_is_unescaped_before_they_go() -> None:
    found = parse_conversation({"_id": "c", "title": "a -&gt; b&#10;c&#8238;d"})
    assert found is not None
    assert found.title == "a -> b cd"


@pytest.mark.parametrize("title", ["", "\0", "\u202e\n"])
def test_a_source_whose_title_shows_nothing_has_none(title: str) -> None:
    (citation,) = parse_citations([{"metadata": {"recordName": title}, "content": "28 days\0\r\nof leave"}])
    assert (citation.title, citation.excerpt) == ("Source 1", "28 days\nof leave")
