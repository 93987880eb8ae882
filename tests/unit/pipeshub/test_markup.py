"""PipesHub's own markup in answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pipeshub.answer_text import clean_answer, clean_partial_answer, continued_answer, text_before_markup


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Yes [source](ref3).", "Yes."),
        ("Yes [source](https://ref12.xyz)[source](ref1).", "Yes."),
        ("A [guide](https://reference.example.com) stays", "A [guide](https://reference.example.com) stays"),
        ("Marker [1](https://a.example/record/1) stays", "Marker [1](https://a.example/record/1) stays"),
        ("::artifact[a.csv](record:77){text/csv|1|77|DATA|1}", "[a.csv](/record/77)"),
        ("::artifact[a.csv](https://a/b)", "[a.csv](https://a/b)"),
        ("::artifact[a.csv](javascript:alert)", "a.csv"),
        ("::download_conversation_task[all](https://a/z)", "[all](https://a/z)"),
        ("std::vector stays", "std::vector stays"),
    ],
)
def test_a_finished_answer_is_settled(raw: str, shown: str) -> None:
    assert clean_answer(raw) == shown


@pytest.mark.parametrize(
    "begun",
    [
        "Yes [source]",
        "Yes [source](",
        "Yes [source](re",
        "Yes [source](ref1",
        "Yes [source](https://ref1.x",
        "Yes [source](ref1)",
    ],
)
def test_a_reference_only_begun_is_held_back(begun: str) -> None:
    assert clean_partial_answer(begun) == "Yes"


@pytest.mark.parametrize(
    "begun", ["A\n::artifact", "A\n::artifact[a", "A\n::artifact[a](record:", "A\n::artifact[a](record:1){te"]
)
def test_a_file_only_begun_is_held_back(begun: str) -> None:
    assert clean_partial_answer(begun) == "A\n"


@given(st.text(alphabet="[]()ref1source:.htps/{}| ax\n", max_size=60))
def test_settling_twice_changes_nothing_more_for_plain_text(text: str) -> None:
    if "::" not in text and "ref" not in text:
        assert clean_answer(text) == text


@pytest.mark.parametrize(
    ("normalised", "raw", "followed"),
    [
        ("You have 30", "You have 30 ", "You have 30 "),
        (
            "30 days [1](https://a.example/r/1).",
            "30 days [source](ref3).",
            "30 days [1](https://a.example/r/1).",
        ),
        ("30 days", "30 days [sou", None),
        ("Thirty days", "30 dias", None),
        ("", "", None),
    ],
)
def test_words_follow_a_normalised_text_only_where_it_ends_as_the_raw_one(
    normalised: str, raw: str, followed: str | None
) -> None:
    assert continued_answer(normalised, raw) == followed


@pytest.mark.parametrize("markup", ["[source](ref3) more", "ref3 more", "::artifact[a](b)", "[1]"])
def test_raw_words_are_plain_up_to_the_first_markup(markup: str) -> None:
    assert text_before_markup(f"of paid leave {markup}") == "of paid leave"
