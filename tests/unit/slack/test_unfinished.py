import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.slack.render.unfinished import whole

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
        (f"{TABLE}\n\nafter", f"{TABLE}\n\nafter"),
    ],
)
def test_markup_that_has_not_ended_is_closed_or_held_back(received: str, shown: str) -> None:
    assert whole(received) == shown


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


@pytest.mark.parametrize("end", range(len(ANSWER) + 1))
def test_every_beginning_of_an_answer_is_shown_without_open_markup(end: int) -> None:
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(whole(ANSWER[:end]))
    prose = html.split("<pre>")[0] + html.partition("</pre>")[2]
    assert not [mark for mark in ("**", "~~", "`", "](", "| ", "|-") if mark in prose]


def test_a_whole_answer_is_shown_as_it_is() -> None:
    assert whole(ANSWER) == ANSWER.rstrip()


@given(st.text(alphabet="ab *_`~[]()|#->\n1.<", max_size=60))
def test_any_text_is_shown_without_failing_and_stays_shown(text: str) -> None:
    assert len(whole(text)) <= 2 * len(text) + 8
