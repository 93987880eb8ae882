"""What a server does, in words."""

import pytest

from bot.pipeshub.dialects import answer_builder


@pytest.mark.parametrize(
    ("state", "message", "phrase"),
    [
        ("searching", "", "Searching the company's knowledge"),
        ("searching", "Searching 3 sources...", "Searching 3 sources"),
        ("keepalive", "still here", ""),
        ("started", "Starting to process your query", ""),
        ("reading_mail", "", "Reading mail"),
        ("", "", ""),
    ],
)
def test_a_state_has_a_phrase(state: str, message: str, phrase: str) -> None:
    assert answer_builder.state_phrase(state, message) == phrase


def test_a_phrase_is_one_short_line() -> None:
    phrase = answer_builder.shorten_phrase("many\nwords " * 40)
    assert "\n" not in phrase
    assert len(phrase) <= 140
    assert phrase.endswith("…")


def test_tools_are_named_in_words() -> None:
    label = answer_builder.humanize("jira.search_issues")
    assert answer_builder.tool_call_phrase(label, "open bugs") == "Jira search issues: open bugs"
    assert answer_builder.tool_result_phrase(label, "") == ""
    assert answer_builder.tool_failure_phrase("") == ""
    assert answer_builder.step_phrase("sub_agent:policy_researcher") == "At work: Policy researcher"


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        ("", "Search the documents"),
        ("query: annual leave", "Search the documents: annual leave"),
        ("leave, top 5", "Search the documents: leave, top 5"),
        ("query the register", "Search the documents: query the register"),
    ],
)
def test_what_is_searched_for_stands_behind_the_tools_name(arguments: str, phrase: str) -> None:
    assert answer_builder.tool_call_phrase("Search the documents", arguments) == phrase
