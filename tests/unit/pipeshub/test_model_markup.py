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
        ("I <thinkpad> and <c>", "I <thinkpad> and <c>"),
        ("one </think> two", "one  two"),
    ],
)
def test_reasoning_is_not_shown(raw: str, shown: str) -> None:
    assert clean_answer(raw) == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("```markdown\n# A\n\n**b**\n```", "# A\n\n**b**"),
        ("\n~~~~ md\nA\n```\nx\n```\n~~~~\n", "A\n```\nx\n```"),
        ("```Markdown\nRun:\n```sh\nls\n```\nDone\n```", "Run:\n```sh\nls\n```\nDone"),
        ("<think>x</think>```markdown\nYes <br>no\n```", "Yes  \nno"),
        ("```md\nYes\n```\n[1](https://a.b)", "Yes [1](https://a.b)"),
        ("```markdown\n# A\n```\nis a heading", "```markdown\n# A\n```\nis a heading"),
        (
            "```markdown\n# A\n```\nor\n```markdown\n# B\n```",
            "```markdown\n# A\n```\nor\n```markdown\n# B\n```",
        ),
        ("Write\n```markdown\n# A\n```", "Write\n```markdown\n# A\n```"),
        ("```python\nx\n```", "```python\nx\n```"),
        ("```markdown\n# A", "# A"),
    ],
)
def test_an_answer_in_one_fence_of_markdown_is_unwrapped(raw: str, shown: str) -> None:
    assert clean_answer(raw) == shown


def test_an_answer_in_a_fence_is_unwrapped_while_it_is_written() -> None:
    raw = "```markdown\n# A\n\n```sh\nls\n```\n\n**b**\n```"
    shown = [clean_partial_answer(raw[:end]) for end in range(len(raw) + 1)]
    assert all(clean_answer(raw).startswith(each.rstrip()) for each in shown)
    assert shown[:12] == [""] * 12
    assert shown[-1] == clean_answer(raw)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("one<br>two<BR/>three<br />\nfour", "one  \ntwo  \nthree  \nfour"),
        ("| a<br>b | c <br/> d |\n|---|---|\n| e<br>\n", "| a b | c d |\n|---|---|\n| e \n"),
        ("a<br>b | c\n--|--\n1<br>2 | 3\n\nx<br>y", "a b | c\n--|--\n1 2 | 3\n\nx  \ny"),
        ("# One<br>two", "# One two"),
        ("<b>bold</b>, <strong> spaced </strong>and <i>it</i>", "**bold**,  **spaced** and *it*"),
        ("<b></b>x <b> </b>y", "x  y"),
        ("<p>One</p><p>Two</p>", "One\n\n\n\nTwo\n\n"),
        ("<ul><li>a</li><li>b</li></ul>", "\n- a\n- b\n\n"),
        ("<h2>Head</h2>Text", "## Head\n\nText"),
        ("a&nbsp;b&#160;c\u00a0d", "a b c d"),
        ('<a href="https://e.com/?a=1&amp;b">here</a>', "[here](https://e.com/?a=1&b)"),
        ('<a href="javascript:x">here</a> <a name="x">y</a>', "[here](javascript:x) y"),
        ("<code>a &lt; b</code> and <kbd>Esc</kbd>", "`a < b` and `Esc`"),
        ("<pre><code>x = 1\ny</code></pre>", "\n```\nx = 1\ny\n```\n"),
        ("<details><summary>More</summary>text</details>", "**More**  \ntext\n"),
        ('<img src="https://e.com/p.png" alt="A picture">', "[A picture](https://e.com/p.png)"),
        ("<!-- hidden -->shown <span style='x'>red</span>", "shown red"),
        ("x<sub>2</sub> <u>y</u> <b>open", "x2 y open"),
        ("`<br>` and\n```html\n<b>x</b>&nbsp;<br>\n```", "`<br>` and\n```html\n<b>x</b>&nbsp;<br>\n```"),
        ("List<String>, List<B>, <name> or <table> stay", "List<String>, List<B>, <name> or <table> stay"),
        ("1 < 2 and a<b", "1 < 2 and a<b"),
    ],
)
def test_html_becomes_markdown(raw: str, shown: str) -> None:
    assert clean_answer(raw) == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (
            "<https://wiki.example.com/leave|the leave policy>",
            "[the leave policy](https://wiki.example.com/leave)",
        ),
        ("see <https://wiki.example.com|here>.", "see [here](https://wiki.example.com)."),
        ("<mailto:hr@example.com|hr@example.com>", "[hr@example.com](mailto:hr@example.com)"),
        ("| <https://a.b/c\\|x [y]> |\n|---|", "| [x \\[y\\]](https://a.b/c) |\n|---|"),
        ("<https://a.b/c_(d)|x>", "[x](<https://a.b/c_(d)>)"),
        ("<https://a.b|>", "<https://a.b>"),
        ("<https://a.b|run `x`>", "[run `x`](https://a.b)"),
        ("<https://a.b> and <a|b>", "<https://a.b> and <a|b>"),
        ("`<https://a.b|c>`\n```\n<https://a.b|c>\n```", "`<https://a.b|c>`\n```\n<https://a.b|c>\n```"),
    ],
)
def test_links_in_slacks_markup_become_links(raw: str, shown: str) -> None:
    assert clean_answer(raw) == shown


@pytest.mark.parametrize(
    "raw",
    [
        "One<br>two <b>bold words</b> and <https://a.b/c|the policy> &nbsp; end",
        "| a<br>b |\n|---|\n| <i>x</i> |\n\n<https://a.b> done",
    ],
)
def test_what_is_turned_into_markdown_only_grows_while_it_is_written(raw: str) -> None:
    before = ""
    for end in range(len(raw) + 1):
        shown = clean_partial_answer(raw[:end])
        assert shown.startswith(before.rstrip())
        assert "<b" not in shown
        assert "|the" not in shown
        before = shown
    assert clean_answer(raw).startswith(before.rstrip())


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
        "<b>",
        "<b> </b>",
        "<a href='",
        "<pre>",
        "<code>a",
        "<!--",
        "<https://a|",
        "<br>|",
        "&nbsp",
        "\n",
    ],
)
def test_more_text_takes_no_more_than_its_share_of_time(unit: str) -> None:
    def seconds(size: int) -> float:
        text = f"a ref1 <think>b</think> :: {unit * (size // len(unit))}"
        began = time.process_time()
        clean_answer(text)
        clean_partial_answer(text)
        return time.process_time() - began

    seconds(1_000)
    # Four times the text: eight times the time is halfway between a line and a square.
    assert min(seconds(20_000) for _ in range(2)) < 0.05 + 8 * min(seconds(5_000) for _ in range(2))


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
