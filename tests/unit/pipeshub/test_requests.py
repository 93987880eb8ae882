"""What is sent."""

import pytest

from bot.pipeshub import requests
from bot.pipeshub.requests import GET_BY_ID, Call

UUID = "550e8400-e29b-41d4-a716-446655440000"


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        (None, "internal_search"),
        ("", "internal_search"),
        ("balanced", "internal_search"),
        ("quick", "internal_search"),
        ("web", "web_search"),
        ("agent", "agent"),
        ("deep", "deep"),
    ],
)
def test_chat_modes_are_those_servers_know(asked: str | None, sent: str) -> None:
    assert requests.option_fields(None, None, None, asked) == {"chatMode": sent}


def test_only_ids_of_the_right_form_are_sent() -> None:
    chosen = requests.option_fields({"apps": ["drive", UUID], "kb": ["handbook"]}, "key", "name", None)
    assert chosen == {
        "filters": {"apps": [UUID]},
        "modelKey": "key",
        "modelName": "name",
        "chatMode": "internal_search",
    }
    assert requests.scope_fields(["507f1f77bcf86cd799439011", UUID], ["sales"]) == {
        "recordIds": ["507f1f77bcf86cd799439011"],
        "departments": ["sales"],
    }


def test_feedback_is_put_in_words_servers_take() -> None:
    body = requests.feedback_fields(
        is_helpful=False,
        ratings={"accuracy": 2},
        categories=["too_verbose", "formatting_issues", "outdated_information", "something_new", "other"],
        comments={"negative": "too long"},
        citation_feedback=None,
        follow_up_questions_helpful=None,
    )
    assert body == {
        "isHelpful": False,
        "ratings": {"accuracy": 2},
        "categories": ["unclear_explanation", "incorrect_information", "other"],
        "comments": {"negative": "too long"},
    }
    assert requests.accepted_feedback_fields(body) == {
        "isHelpful": False,
        "comments": {"negative": "too long"},
    }


@pytest.mark.parametrize("query", ["<b>", "a < b", "JavaScript:x", "onclick = 1", "100%d"])
def test_queries_that_hang_the_plain_operations_are_known(query: str) -> None:
    assert requests.hangs_the_plain_operations(query)


def test_ordinary_queries_do_not_hang_them() -> None:
    assert not requests.hangs_the_plain_operations("What about our 30 % discount on phones?")


def test_an_id_never_leaves_its_segment() -> None:
    assert Call(GET_BY_ID, {"conversation_id": "../users?x#y"}).path == "/conversations/..%2Fusers%3Fx%23y"


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_id_is_named(empty: str) -> None:
    with pytest.raises(ValueError, match="needs a conversation_id"):
        Call(GET_BY_ID, {"conversation_id": empty})
