import pytest
from hypothesis import given, settings

from bot.slack.render.markdown.parse import MAX_INLINE_LENGTH
from bot.slack.render.markdown.partial import settled_prefix
from bot.slack.render.markdown.sanitize import sanitize_prefix
from tests.examples import examples
from tests.unit.slack.written import FRONTEND, RECORDED, markdown

TABLE = "| a | b |\n|---|---|\n| 1 | 2 |\n"


def url_of(number: int) -> str:
    return f"https://example.com/{number}"


@pytest.mark.parametrize(
    ("received", "sent"),
    [
        ("plain words", "plain words"),
        ("some **bold", "some "),
        ("some **bold**", "some "),
        ("some **bold** w", "some **bold** w"),
        ("a `code", "a "),
        ("a `code` x", "a `code` x"),
        ("see [the gui", "see "),
        ("see [the guide](https://exa", "see "),
        ("see [the guide](https://example.com)", "see [the guide](https://example.com)"),
        ("days [1", "days "),
        ("days [1]", "days "),
        ("days [1] a", "days [1] a"),
        ("a [[1]](ht", "a "),
        ("wow!", "wow"),
        ("![pic](https://e.com/p.p", ""),
        ("a <b", "a "),
        ("a < b", "a < b"),
        ("hi <!chan", "hi "),
        ("hi @chann", "hi "),
        ("me & you", "me & you"),
        ("a &lt", "a "),
        ("text\n#", "text\n"),
        ("text\n# Head", "text\n# Head"),
        ("text\n-", "text\n"),
        ("text\n- x", "text\n- x"),
        ("text\n- [", "text\n"),
        ("text\n- [x] done", "text\n- [x] done"),
        ("text\n12", "text\n"),
        ("text\n1. x", "text\n1. x"),
        ("text\n> ", "text\n"),
        ("```py", ""),
        ("```py\nx = 1", "```py\n"),
        ("```py\nx = 1\ny", "```py\nx = 1\n"),
        ("```py\n**x\n``", "```py\n**x\n"),
        ("```py\nx\n```\nend", "```py\nx\n```\nend"),
        ("| a", ""),
        ("x\n\n| a | b |\n|---|--", "x\n\n"),
        ("x\n\n| a | b |\n|---|---|\n| 1", "x\n\n"),
        (f"x\n\n{TABLE}", f"x\n\n{TABLE}"),
        (f"x\n\n{TABLE}| 3", f"x\n\n{TABLE}"),
        (f"{TABLE}\nend", f"{TABLE}\nend"),
        ("[a]: https://e.c", ""),
    ],
)
def test_what_may_still_change_is_not_sent(received: str, sent: str) -> None:
    assert settled_prefix(received) == sent


@pytest.mark.parametrize("begun", ["**", "[", "~~", "*"])
def test_what_stays_open_too_long_is_sent_as_it_stands(begun: str) -> None:
    text = f"a {begun}word" + " word" * (MAX_INLINE_LENGTH // 5)
    assert settled_prefix(text) == text


def test_a_label_that_came_too_long_never_becomes_a_link() -> None:
    text = "[word" + " word" * (MAX_INLINE_LENGTH // 5) + "](javascript:x) end"
    assert "](" not in sanitize_prefix(settled_prefix(text), FRONTEND, url_of)


def grows(text: str, step: int = 1) -> None:
    """What is sent of a beginning is the beginning of what is sent of more, raw and as Markdown."""
    sent = drawn = ""
    for end in [*range(0, len(text), step), len(text)]:
        now = settled_prefix(text[:end])
        assert text.startswith(now)
        assert now.startswith(sent)
        markdown_now = sanitize_prefix(now, FRONTEND, url_of)
        assert markdown_now.startswith(drawn)
        sent, drawn = now, markdown_now
    assert sanitize_prefix(text, FRONTEND, url_of).startswith(drawn)


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_answers_only_grow(name: str) -> None:
    grows(RECORDED[name], step=3)


@settings(max_examples=examples(150), deadline=None)
@given(markdown)
def test_text_that_was_sent_never_changes(text: str) -> None:
    grows(text)


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_answer_is_never_held_back_for_long(name: str) -> None:
    text = RECORDED[name]
    assert all(end - len(settled_prefix(text[:end])) <= MAX_INLINE_LENGTH for end in range(len(text)))
