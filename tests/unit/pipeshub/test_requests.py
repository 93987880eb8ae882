"""What is sent."""

import pytest

from bot.domain.feedback import Aspect, Category, Comment, Feedback
from bot.domain.turns import QuestionOptions
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
    assert requests.option_fields(QuestionOptions(asked)) == {"chatMode": sent}


def test_only_ids_of_the_right_form_are_sent() -> None:
    record = "507f1f77bcf86cd799439011"
    options = QuestionOptions(None, "key", "name", ("drive", UUID), ("handbook",), (record, UUID))
    chosen = requests.option_fields(options)
    assert chosen == {
        "filters": {"apps": [UUID]},
        "modelKey": "key",
        "modelName": "name",
        "chatMode": "internal_search",
    }
    assert requests.question_fields("q", options) == {"query": "q", "recordIds": [record], **chosen}


def test_feedback_is_put_in_words_servers_take() -> None:
    body = requests.feedback_fields(
        Feedback(
            is_helpful=False,
            ratings={Aspect.ACCURACY: 2},
            categories=(Category.TOO_VERBOSE, Category.FORMATTING, Category.OUTDATED, Category.TOO_BRIEF),
            comments={Comment.NEGATIVE: "too long"},
        )
    )
    assert body == {
        "isHelpful": False,
        "ratings": {"accuracy": 2},
        "categories": ["unclear_explanation", "incorrect_information", "other"],
        "comments": {"negative": "too long"},
    }


def test_feedback_on_sources_and_follow_ups_is_sent_by_id() -> None:
    assert requests.feedback_fields(
        Feedback(citation_relevance={"c1": True, "c2": False}, follow_ups_helpful=False)
    ) == {
        "citationFeedback": [
            {"citationId": "c1", "isRelevant": True},
            {"citationId": "c2", "isRelevant": False},
        ],
        "followUpQuestionsHelpful": False,
    }


@pytest.mark.parametrize("category", Category)
def test_every_category_is_one_that_servers_take(category: Category) -> None:
    body = requests.feedback_fields(Feedback(categories=(category,)))
    # Of servers from v0.4.0 on.
    assert body["categories"] in [
        [each]
        for each in (
            "incorrect_information",
            "missing_information",
            "irrelevant_information",
            "unclear_explanation",
            "poor_citations",
            "other",
        )
    ]


@pytest.mark.parametrize(
    "query",
    [
        "<b>",
        "a < b",
        "JavaScript:x",
        "onclick = 1",
        "100%d",
        "50% done",
        "%%",
        "&lt;b",
        "data:text/html,x",
        "R&D",
        "Onboarding = x",
    ],
)
def test_queries_that_hang_the_plain_operations_are_known(query: str) -> None:
    assert requests.hangs_the_plain_operations(query)


def test_ordinary_queries_do_not_hang_them() -> None:
    assert not requests.hangs_the_plain_operations("What about our discount on phones?")


def test_an_id_never_leaves_its_segment() -> None:
    assert Call(GET_BY_ID, {"conversation_id": "../users?x#y"}).path == "/conversations/..%2Fusers%3Fx%23y"


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_id_is_named(empty: str) -> None:
    with pytest.raises(ValueError, match="needs a conversation_id"):
        Call(GET_BY_ID, {"conversation_id": empty})
