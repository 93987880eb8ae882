import time

import pytest
from hypothesis import given, settings

from bot.slack.limits import SECTION_TEXT
from bot.slack.render.blocks import RenderedMessage, fallback_text, markdown_block
from bot.slack.render.markdown.sanitize import sanitize, to_mrkdwn
from tests.examples import examples
from tests.unit.slack import written
from tests.unit.slack.written import BROADCAST, FRONTEND, LIVE_MENTION, RECORDED


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("# Head\n\n**bold** *it* ~~no~~", "*Head*\n\n*bold* _it_ ~no~"),
        ("这是**粗体**文字", "这是\u200b*粗体*\u200b文字"),
        ("**Status:**OK and **a**", "*Status:*\u200bOK and *a*"),
        ("see https://x.yz/__t__/a.", "see <https://x.yz/__t__/a>."),
        ("**https://x.yz/a**", "*<https://x.yz/a>*"),
        ("<https://e.com/?a=1&b=2>", "<https://e.com/?a=1&amp;b=2>"),
        (r"\*literal\* 2\*3 \_x\_", "*\u200aliteral* 2*3 _\u200ax_"),
        ("````md\n```py\nx\n```\n````", "```\n`\u200b`\u200b`py\nx\n`\u200b`\u200b`\n```"),
        ("[a `b` **c** d_e|f](https://e.com/_a_)", "<https://e.com/_a_|a b c d_e\u00a6f>"),
        ("# A **b** *c*", "*A b _c_*"),
        ("`a*b*` and ``c`d``", "`a*b*` and `c\u02cbd`"),
        (
            "| List<String> | a \\| b |\n|---|---|\n| a & b | *c* |",
            "```\nList&lt;String&gt;  a | b\n------------  -----\na &amp; b         *c*\n```",
        ),
        ("- [ ] open\n- [x] done", "•   ☐ open\n•   ☑ done"),
        ("`a<b` & <c", "`a&lt;b` &amp; &lt;c"),
        ("```\nif a < b && c:\n```", "```\nif a &lt; b &amp;&amp; c:\n```"),
        ("[a](https://e.com)", "<https://e.com|a>"),
        ("> one **two**\n> three\n\nend", "> one *two*\n> three\n\nend"),
        ("```\n> no quote\n```", "```\n&gt; no quote\n```"),
        (
            "| City | Limit |\n|---|--:|\n| **Paris** | 220 [[1]](https://e.com) |",
            "```\nCity   Limit\n-----  -------\nParis  220 [1]\n```",
        ),
    ],
)
def test_markdown_becomes_slacks_own_markup(text: str, marked: str) -> None:
    assert to_mrkdwn(text) == marked


def test_what_was_made_safe_is_not_escaped_twice() -> None:
    table = "| List<String> | `a<b>` |\n|---|---|\n| x &lt; y | &amp; |"
    assert to_mrkdwn(sanitize(table, FRONTEND)) == (
        "```\nList&lt;String&gt;  a&lt;b&gt;\n------------  ----\nx &lt; y         &amp;\n```"
    )


@pytest.mark.parametrize("unit", ["**a:**b ", "*", "https://x.yz/__a__", "\\*a", "_a", "[", "`"])
def test_twice_the_text_takes_twice_the_time(unit: str) -> None:
    def seconds(size: int) -> float:
        began = time.process_time()
        to_mrkdwn(unit * (size // len(unit)))
        return time.process_time() - began

    seconds(200)
    assert min(seconds(5_000) for _ in range(3)) < 0.05 + 4 * min(seconds(2_500) for _ in range(3))


@settings(max_examples=examples(300), deadline=None)
@given(written.markdown)
def test_slacks_own_markup_mentions_nobody(text: str) -> None:
    assert not LIVE_MENTION.search(to_mrkdwn(text))
    assert not LIVE_MENTION.search(to_mrkdwn(sanitize(text, FRONTEND)))
    assert not LIVE_MENTION.search(fallback_text(text))
    assert not BROADCAST.search(fallback_text(text))
    if "`" not in text and "~~~" not in text:
        assert not BROADCAST.search(to_mrkdwn(text))


@pytest.mark.parametrize("name", RECORDED)
def test_the_plainer_form_of_a_recorded_answer_fits_and_mentions_nobody(name: str) -> None:
    plainer = RenderedMessage("", (markdown_block(sanitize(RECORDED[name] * 5, FRONTEND)),)).plainer
    texts = [block["text"]["text"] for block in plainer.blocks]
    assert all(len(text) <= SECTION_TEXT and not text.endswith("…") for text in texts)
    assert not LIVE_MENTION.search("".join(texts))


def test_code_that_grows_when_it_is_escaped_comes_in_more_sections() -> None:
    code = "\n".join(f"<<<<<<<<<<<<<<<< {number}" for number in range(100))
    plainer = RenderedMessage("", (markdown_block(f"```\n{code}\n```"),)).plainer
    joined = "\n".join(block["text"]["text"] for block in plainer.blocks)
    assert all(f" {number}\n" in joined for number in range(100))
