import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack.render.markdown.parse import parse_lines
from bot.slack.render.markdown.partial import close_partial_markdown
from bot.slack.render.markdown.sanitize import sanitize
from tests.examples import examples
from tests.unit.slack.written import FRONTEND, RECORDED, documents, markdown, rendered

TABLE = "| a | b |\n|---|---|\n| 1 | 2 |"


@pytest.mark.parametrize(
    ("received", "shown"),
    [
        ("plain words", "plain words"),
        ("some **bold", "some **bold**"),
        ("some **bold** word", "some **bold** word"),
        ("some **", "some"),
        ("some *it", "some *it*"),
        ("**bold and *both", "**bold and *both***"),
        ("a `code", "a `code`"),
        ("a `", "a"),
        ("snake_case_name", "snake_case_name"),
        ("2 * 3 = 6", "2 * 3 = 6"),
        ("~~gone", "~~gone~~"),
        ("see [the gui", "see"),
        ("see [the guide](https://exa", "see"),
        ("see [the guide](https://example.com)", "see [the guide](https://example.com)"),
        ("twenty days [1", "twenty days"),
        ("twenty days [1]", "twenty days"),
        ("twenty days [1] a year", "twenty days [1] a year"),
        ("twenty days [1](https://example.com/a", "twenty days"),
        ("see <https://exam", "see"),
        ("text\n#", "text"),
        ("text\n-", "text"),
        ("text\n1.", "text"),
        ("text\n---", "text"),
        ("- one\n- two", "- one\n- two"),
        ("```python\nx = 1", "```python\nx = 1\n```"),
        ("```python\nx = 1\n``", "```python\nx = 1\n```"),
        ("```python\nx = 1\n```", "```python\nx = 1\n```"),
        ("```\na **b", "```\na **b\n```"),
        ("~~~\nx", "~~~\nx\n~~~"),
        ("before\n\n| a | b", "before"),
        ("before\n\n| a | b |\n|---|---|\n", "before"),
        (f"before\n\n{TABLE}", f"before\n\n{TABLE}"),
        (f"before\n\n{TABLE}\n| 3", f"before\n\n{TABLE}"),
        (f"before\n\n{TABLE}\n| 3 |", f"before\n\n{TABLE}"),
        (f"{TABLE}\n\nafter", f"{TABLE}\n\nafter"),
        ("a | b\n---|---\n1 | 2", "a | b\n---|---\n1 | 2"),
        ("see [a [b] c](https://exa", "see"),
        ("see [a](https://e.com/A_(b", "see"),
        ("a picture ![of", "a picture"),
        ("twenty [[1]](ht", "twenty"),
        ("some <b", "some"),
        ("wow!", "wow!"),
        ("AT&T", "AT&T"),
        ("- [ ", ""),
        ("text\n- [ ] ", "text"),
        ("text\n- [ ] do", "text\n- [ ] do"),
        ("text\n> ", "text"),
        ("- a\n  ```py\n  x", "- a\n  ```py\n  x\n  ```"),
        ("> ```\n> x", "> ```\n> x\n> ```"),
        ("text\n```py\n", "text"),
        ("a `code` and **bold `x**", "a `code` and **bold `x**`**"),
    ],
)
def test_markup_that_has_not_ended_is_closed_or_held_back(received: str, shown: str) -> None:
    assert close_partial_markdown(received) == shown


ANSWER = f"""# Leave

You have **28 days** [1](https://example.com/a) and *five* more, see `leave.md`.

- one **two *three***
- four

{TABLE}

```python
print("**not bold**")
```

> quoted ~~text~~ and the end [2].
"""


def test_a_whole_answer_is_shown_as_it_is() -> None:
    assert close_partial_markdown(ANSWER) == ANSWER.rstrip()


@pytest.mark.parametrize("name", [*RECORDED, "answer"])
def test_every_beginning_of_an_answer_is_shown_without_open_markup(name: str) -> None:
    text = {**RECORDED, "answer": ANSWER}[name]
    for end in range(len(text) + 1):
        drawn = close_partial_markdown(text[:end])
        assert parse_lines(drawn)[-1].fence is None
        if text[end - 2 : end].isalpha() and end < len(text):
            continue  # inside a word nothing opens or closes, and rendering takes most of the time
        prose = re.sub(r"<(pre|code)>.*?</\1>|<(pre|code) .*?</\2>", "", rendered(drawn), flags=re.DOTALL)
        assert (
            not [mark for mark in ("**", "~~", "`", "](", "| ", "|-") if mark in prose] or name == "hostile"
        )


@settings(deadline=None)
@given(st.text(alphabet="ab *_`~[]()|#->\n1.<", max_size=60))
def test_any_text_is_shown_without_failing_and_stays_shown(text: str) -> None:
    assert len(close_partial_markdown(text)) <= 2 * len(text) + 8


@settings(max_examples=examples(300), deadline=None)
@given(markdown)
def test_shown_text_has_no_open_code_and_stays_as_it_is(text: str) -> None:
    drawn = close_partial_markdown(text)
    assert parse_lines(drawn)[-1].fence is None
    assert len(sanitize(drawn, FRONTEND)) <= 4 * len(text) + 100


@settings(max_examples=examples(200), deadline=None)
@given(documents, st.integers(0, 400))
def test_a_beginning_of_whole_lines_shows_all_but_its_end(text: str, end: int) -> None:
    received = text[:end]
    held = len(received) - len(close_partial_markdown(received))
    assert held <= 400
