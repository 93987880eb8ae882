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
        ("Yes [source](ref1, ref2).", "Yes."),
        ("Yes [source](ref3,ref4).", "Yes."),
        ("Yes [source](https://ref3.xyz, https://ref4.xyz)!", "Yes!"),
        ("Yes [source] (ref3).", "Yes."),
        ("Yes ref5.", "Yes."),
        ("Yes (ref5, ref6).", "Yes."),
        ("Yes **ref5** no", "Yes no"),
        ("Yes [ref6] [ref7, ref8][ref9].", "Yes."),
        ("Yes 【ref6】 and [source][ref1].", "Yes and."),
        ("Yes https://ref7.xyz.", "Yes."),
        ("Yes <https://ref7.xyz/> no", "Yes no"),
        ("| a ref1 | ref2 |", "| a | |"),
        ("`ref5` and ``[ref6]``", "`ref5` and ``[ref6]``"),
        ("```\nref5 = [source](ref1)\n```", "```\nref5 = [source](ref1)\n```"),
        ("xref5 ref5x ref-5 a.ref5 ref5.md #ref5", "xref5 ref5x ref-5 a.ref5 ref5.md #ref5"),
        (
            "https://a.example/ref5 and https://a.example/?to=https://ref7.xyz",
            "https://a.example/ref5 and https://a.example/?to=https://ref7.xyz",
        ),
        ("https://ref7.xyz.example.com stays", "https://ref7.xyz.example.com stays"),
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
        "Yes [source](ref1,",
        "Yes [source](ref1, re",
        "Yes [re",
        "Yes [ref6",
        "Yes [ref6]",
        "Yes (ref5, ",
        "Yes r",
        "Yes ref",
        "Yes ref5",
        "Yes ref5 an",
        "Yes https://ref7.x",
        "Yes <https://ref7.xyz",
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
        ("30 days <think>well", "30 days <think>well", None),
    ],
)
def test_words_follow_a_normalised_text_only_where_it_ends_as_the_raw_one(
    normalised: str, raw: str, followed: str | None
) -> None:
    assert continued_answer(normalised, raw) == followed


@pytest.mark.parametrize("markup", ["[source](ref3) more", "ref3 more", "::artifact[a](b)", "[1]"])
def test_raw_words_are_plain_up_to_the_first_markup(markup: str) -> None:
    assert text_before_markup(f"of paid leave {markup}") == "of paid leave"
