from hypothesis import given
from hypothesis import strategies as st

from bot.slack.render.split import parts


def test_a_short_answer_is_one_part() -> None:
    assert parts("short", 100) == ["short"]


def test_an_empty_answer_is_one_empty_part() -> None:
    assert parts("", 100) == [""]


def test_parts_end_between_paragraphs_where_there_are_any() -> None:
    text = "\n\n".join(f"paragraph {number} " + "x" * 20 for number in range(10))
    for part in parts(text, 100):
        assert part.startswith("paragraph")
        assert len(part) <= 100


def test_code_that_goes_on_is_fenced_in_every_part() -> None:
    code = "\n".join(f"line {number}" for number in range(60))
    drawn = parts(f"before\n```python\n{code}\n```\nafter", 120)
    assert len(drawn) > 3
    for part in drawn:
        assert part.count("```") % 2 == 0
    assert drawn[1].startswith("```python\nline")
    assert [line for part in drawn for line in part.split("\n") if line.startswith("line")] == code.split(
        "\n"
    )


@given(st.text(alphabet="ab \n`", max_size=400), st.integers(40, 90))
def test_no_part_is_too_long_and_no_word_is_lost(text: str, most: int) -> None:
    drawn = parts(text, most)
    assert all(len(part) <= most for part in drawn)
    letters = "".join(char for char in text if char in "ab")
    assert "".join(char for part in drawn for char in part if char in "ab") == letters
