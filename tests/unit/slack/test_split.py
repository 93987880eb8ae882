import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack.limits import MARKDOWN_BLOCKS, MARKDOWN_TEXT, TABLE_ROWS
from bot.slack.render.markdown.sanitize import link_citations, sanitize
from bot.slack.render.markdown.split import split_markdown
from tests.examples import examples
from tests.unit.slack.written import FRONTEND, RECORDED, documents, rendered

MOST = MARKDOWN_TEXT - 2_000


def test_a_short_answer_is_one_part() -> None:
    assert split_markdown("short", 100) == ["short"]


def test_an_empty_answer_is_one_empty_part() -> None:
    assert split_markdown("", 100) == [""]


def test_parts_end_between_paragraphs_where_there_are_any() -> None:
    text = "\n\n".join(f"paragraph {number} " + "x" * 20 for number in range(10))
    for part in split_markdown(text, 100):
        assert part.startswith("paragraph")
        assert len(part) <= 100


def test_parts_end_between_items_rather_than_inside_them() -> None:
    text = "\n".join(f"- item {number} of the list\n  and its second line" for number in range(20))
    assert all(part.startswith("- item") for part in split_markdown(text, 200))


def test_a_heading_never_stays_alone_at_the_end_of_a_part() -> None:
    text = "\n\n".join(f"## Heading {number}\n\n{'word ' * 14}" for number in range(12))
    drawn = split_markdown(text, 120)
    assert len(drawn) > 3
    assert not [part for part in drawn if part.rstrip().rpartition("\n")[2].startswith("#")]


def test_code_that_goes_on_is_fenced_in_every_part() -> None:
    code = "\n".join(f"line {number}" for number in range(60))
    drawn = split_markdown(f"before\n```python\n{code}\n```\nafter", 120)
    assert len(drawn) > 3
    for part in drawn:
        assert part.count("```") % 2 == 0
    assert drawn[1].startswith("```python\nline")
    assert [line for part in drawn for line in part.split("\n") if line.startswith("line")] == code.split(
        "\n"
    )


def test_code_in_a_list_goes_on_outside_of_it() -> None:
    code = "\n".join(f"    line {number}" for number in range(60))
    drawn = split_markdown(f"10. first\n    ```js\n{code}\n    ```\n11. second", 150)
    assert drawn[1].startswith("```js\nline")
    assert drawn[-1].endswith("```\n11. second")
    assert all(part.count("```") == 2 for part in drawn)


def test_a_table_that_goes_on_repeats_its_header() -> None:
    rows = [f"| row {number} | {number} |" for number in range(60)]
    drawn = split_markdown("\n".join(["intro", "", "| name | n |", "|---|--:|", *rows, "", "end"]), 300)
    assert len(drawn) > 3
    assert all("| name | n |\n|---|--:|\n| row" in part for part in drawn)
    assert [line for part in drawn for line in part.split("\n") if line.startswith("| row")] == rows


def test_a_long_table_goes_on_in_the_next_part_before_slack_refuses_it() -> None:
    rows = [f"| {number} |" for number in range(250)]
    drawn = split_markdown("\n".join(["| n |", "|---|", *rows]), MOST)
    assert len(drawn) == 3
    assert all(part.count("\n") <= TABLE_ROWS for part in drawn)


def test_many_headings_make_more_parts_than_their_length_would() -> None:
    text = "\n\n".join(f"# Heading {number}\n\ntext" for number in range(50))
    drawn = split_markdown(text, MOST)
    assert len(drawn) > 2
    assert all(2 * part.count("# ") <= MARKDOWN_BLOCKS + 1 for part in drawn)


def test_several_tables_stay_in_one_part() -> None:
    assert len(split_markdown("\n\n".join(["| a |\n|---|\n| 1 |"] * 6), MOST)) == 1


def test_a_line_that_is_too_long_is_cut_between_words_where_nothing_is_open() -> None:
    text = "some **bold words** and a [link](https://example.com) in it " * 40
    for part in split_markdown(text, 200):
        assert part.count("**") % 2 == 0
        assert part.count("[") == part.count("](https://example.com)")


def test_dense_markers_and_tags_leave_room_for_what_they_become() -> None:
    url = "https://pipeshub.example.com/record/6650f1aa22bb33cc44dd55ee66ff#block-12"
    for text in ("word [1] " * 3_000, "<b>x</b> " * 3_000, "[a](/record/r1) " * 3_000):
        drawn = [
            link_citations(sanitize(part, FRONTEND), lambda _: url) for part in split_markdown(text, MOST)
        ]
        assert max(map(len, drawn)) <= MARKDOWN_TEXT
    assert "[1] " not in "".join(
        link_citations(sanitize(part, FRONTEND), lambda _: url) for part in split_markdown("[1] " * 500, MOST)
    )


def test_a_hundred_thousand_characters_come_in_parts_that_fit() -> None:
    text = "\n\n".join(RECORDED.values()) * 20
    text = text[:100_000]
    drawn = split_markdown(text, MOST)
    assert all(len(part) <= MOST for part in drawn)
    assert nothing_lost(text, drawn)
    fences = [part for part in drawn if len(re.findall(r"^\s*(?:```|~~~)", part, re.MULTILINE)) % 2]
    assert not fences[:-1]
    assert all("<pre>" not in rendered(part) or "</pre>" in rendered(part) for part in drawn)


def nothing_lost(text: str, drawn: list[str]) -> bool:
    """Whether every letter is there as often as before, or more often where frames repeat."""
    before = Counter("".join(re.findall(r"\w+", text)))
    return not before - Counter("".join(re.findall(r"\w+", " ".join(drawn))))


@settings(max_examples=examples(300), deadline=None)
@given(documents, st.integers(40, 160))
def test_no_part_is_too_long_and_no_word_is_lost(text: str, most: int) -> None:
    drawn = split_markdown(text, most)
    assert all(len(part) <= most for part in drawn)
    assert nothing_lost(text, drawn)


@settings(max_examples=examples(300), deadline=None)
@given(st.text(alphabet="ab \n`", max_size=400), st.integers(40, 90))
def test_no_part_of_hostile_text_is_too_long_and_no_letter_is_lost(text: str, most: int) -> None:
    drawn = split_markdown(text, most)
    assert all(len(part) <= most for part in drawn)
    letters = "".join(char for char in text if char in "ab")
    joined = "".join(char for part in drawn for char in part if char in "ab")
    assert len(joined) >= len(letters)


@settings(max_examples=examples(150), deadline=None)
@given(documents, st.integers(40, 160))
def test_parts_stay_as_they_are_when_the_text_grows(text: str, most: int) -> None:
    full = split_markdown(text, most)
    for end in range(0, len(text), 3):
        before = split_markdown(text[:end], most)
        assert before[:-1] == full[: len(before) - 1]


@pytest.mark.parametrize("name", RECORDED)
def test_parts_of_recorded_answers_stay_when_they_grow(name: str) -> None:
    text = RECORDED[name]
    full = split_markdown(text, 300)
    for end in range(len(text)):
        before = split_markdown(text[:end], 300)
        assert before[:-1] == full[: len(before) - 1]
