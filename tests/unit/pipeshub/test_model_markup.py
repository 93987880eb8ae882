"""What models write around their answers, and what is left of it."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pipeshub.answer_text import clean_answer, clean_partial_answer
from tests.examples import examples


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("<think>Let me see.\n\nPolicy…</think>\n\nYou have 28 days.", "You have 28 days."),
        ("You have <thinking>hm</thinking>28 days.", "You have 28 days."),
        ("<Reasoning effort='low'>a\n```py\nx\n</Reasoning>28 days.", "28 days."),
        ("<think>a <think>b</think> c</think>28 days.", "28 days."),
        ("Let me see.\n</think>\n\n28 days.", "28 days."),
        ("[THINK]hm[/THINK]28 days.", "28 days."),
        ("◁think▷hm◁/think▷28 days.", "28 days."),
        ("28 days. <think>And now", "28 days. "),
        ("<think>And now", ""),
        ("Write `<think>` first.", "Write `<think>` first."),
        ("```xml\n<think>a</think>\n```\nend", "```xml\n<think>a</think>\n```\nend"),
        ("> ```\n> <think>\n> ```\n<think>a</think>b", "> ```\n> <think>\n> ```\nb"),
        ("I <thinkpad> and <b>", "I <thinkpad> and <b>"),
        ("one </think> two", "one  two"),
    ],
)
def test_reasoning_is_not_shown(raw: str, shown: str) -> None:
    assert clean_answer(raw) == shown


REASONED = [
    "<think>First I look\n\nat `ref` things </b></think>You have 28 days, see [source](ref1).",
    "You have <thinking>28? ``` no</thinking>28 days.\n\n```py\n<think>x</think>\n```\nend",
    "[THINK]secret[/THINK]You have <reasoning>secret</reasoning>28 days.",
]


@pytest.mark.parametrize("raw", REASONED)
def test_reasoning_never_shows_while_the_answer_is_written(raw: str) -> None:
    before = ""
    for end in range(len(raw) + 1):
        shown = clean_partial_answer(raw[:end])
        assert shown.startswith(before.rstrip())
        assert "secret" not in shown
        before = shown
    assert clean_answer(raw).startswith(before.rstrip())


@pytest.mark.parametrize(
    "unit",
    [
        "<think>",
        "</think>\n",
        "<think>a</think>",
        "[",
        "[source](ref1, ",
        "ref1, ",
        " ",
        "`",
        "` `` ",
        "```\n",
        "~~~\n> ",
        "::artifact[a](",
        "\n",
    ],
)
def test_twice_the_text_takes_twice_the_time(unit: str) -> None:
    def seconds(size: int) -> float:
        text = f"a ref1 <think>b</think> :: {unit * (size // len(unit))}"
        began = time.process_time()
        clean_answer(text)
        clean_partial_answer(text)
        return time.process_time() - began

    seconds(1_000)
    assert min(seconds(40_000) for _ in range(3)) < 0.05 + 4 * min(seconds(20_000) for _ in range(3))


@settings(max_examples=examples(200), deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<think>", "</think>", "`", "```\n", "a ", "\n", "ref1", "[source](", ")", ", ", "<", "["]
        )
    ).map("".join)
)
def test_any_beginning_is_cleaned_without_failing(raw: str) -> None:
    for end in range(len(raw) + 1):
        assert len(clean_partial_answer(raw[:end])) <= end
