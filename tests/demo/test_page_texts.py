import time
from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.demo.workspace.page.render.html import safe_url
from bot.demo.workspace.page.render.markdown import markdown
from bot.demo.workspace.page.render.mrkdwn import as_written, mrkdwn
from bot.demo.workspace.page.render.reader import Reader
from bot.demo.workspace.page.render.rich_text import rich_text

Read = Callable[[str], Any]
SOMEBODY = Reader("U1", UTC, 1_763_900_000.0)
HOSTILE = st.text(alphabet="ab <>&|\"'`*_~:/\\[]()!@#-=\n^{}.1x", max_size=120)


@given(text=HOSTILE)
def test_no_mrkdwn_becomes_harmful_html(text: str, read_harmless: Read) -> None:
    read_harmless(mrkdwn(text, SOMEBODY))


@given(text=HOSTILE)
@example(text="[]()")
def test_no_markdown_becomes_harmful_html(text: str, read_harmless: Read) -> None:
    read_harmless(markdown(text, SOMEBODY))


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<javascript:alert(1)|click>",
        '<https://x.example/"onmouseover=alert(1)|click>',
        "<img src=x onerror=alert(1)>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "```</code></pre><script>alert(1)</script>```",
        "<!date^1^{date}^javascript:alert(1)|x>",
        "[click](javascript:alert(1))",
        "![x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "<a href='javascript:alert(1)'>x</a>",
    ],
)
def test_hostile_text_stays_text(text: str, reader: Reader, read_harmless: Read) -> None:
    for drawn in (mrkdwn(text, reader), markdown(text, reader)):
        assert "javascript:" not in [
            value for _, attributes in read_harmless(drawn).seen for value in attributes.values()
        ]


@pytest.mark.parametrize(
    "text", ["> " * 4000, "- " * 4000, "*_~" * 8000, "`a" * 8000, "<" * 20000, "[a](" * 2000]
)
def test_huge_nesting_is_drawn_in_bounded_time(text: str, reader: Reader, read_harmless: Read) -> None:
    before = time.process_time()
    read_harmless(mrkdwn(text, reader))
    read_harmless(markdown(text, reader))
    assert time.process_time() - before < 20


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _it_ ~gone~ `code`", "<b>bold</b> <i>it</i> <s>gone</s> <code>code</code>"),
        ("*_both_*", "<b><i>both</i></b>"),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        ("`*not bold*`", "<code>*not bold*</code>"),
        ("a &amp; b &lt;c&gt;", "a &amp; b &lt;c&gt;"),
        ("<@U2>", '<span class="mention" data-user="U2">@Tomasz Wieczorek</span>'),
        ("<@U1>", '<span class="mention me" data-user="U1">@Mara Lindqvist</span>'),
        ("<#C1|old>", '<a class="mention" href="/as/U1/C1">#general</a>'),
        ("<#C9|secret>", '<span class="mention">#secret</span>'),
        ("<!here>", '<span class="mention loud">@here</span>'),
        ("<mailto:a@b.example|a@b.example>", 'href="mailto:a@b.example"'),
        ("<https://x.example/?a=1&amp;b=2|the *page*>", 'href="https://x.example/?a=1&amp;b=2"'),
        ("see https://x.example/a.", ">https://x.example/a</a>."),
        ("&gt; said\n&gt; twice", "<blockquote>said<br>twice</blockquote>"),
        ("• one\n• two", '<span class="marker">•</span><span>two</span>'),
        ("```\na < b\n```", "<pre><code>a &lt; b</code></pre>"),
        (":tada: and :nosuchthing:", "🎉</span> and :nosuchthing:"),
        (":wave::skin-tone-3:", "👋🏼"),
        ("<!date^1392734382^Posted {date_num} at {time}|then>", "Posted 2014-02-18 at 2:39 PM"),
        ("<!date^soon^{date}|then>", "<span>then</span>"),
        ("<!date^99999999999999^{date}|then>", "<span>then</span>"),
    ],
)
def test_mrkdwn_is_drawn_as_slack_draws_it(text: str, html: str, reader: Reader) -> None:
    assert html in mrkdwn(text, reader)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("| a | b |\n|---|--:|\n| 1 | 2 |", '<td class="right">2</td>'),
        ("```py\nx < 1\n```", "<pre><code>x &lt; 1\n</code></pre>"),
        ("- [x] done\n- [ ] open", 'aria-checked="true"'),
        ("## Title", 'role="heading" aria-level="5">Title</div>'),
        ("- a\n  - b", "<ul>\n<li>b</li>\n</ul>"),
        ("~~gone~~", "<s>gone</s>"),
        (
            "[docs](https://x.example)",
            '<a href="https://x.example" target="_blank" rel="noopener noreferrer">docs</a>',
        ),
        ("![chart](https://x.example/a.png)", '<a href="https://x.example/a.png"'),
        ("bare https://x.example/y.", ">https://x.example/y</a>."),
        ("[https://x.example](https://y.example)", ">https://x.example</a>"),
        ("for <@U2> in <#C1>", "@Tomasz Wieczorek</span>"),
        ("<b>raw</b>", "&lt;b&gt;raw&lt;/b&gt;"),
        (":rocket:", "🚀"),
    ],
)
def test_markdown_is_drawn_with_everything_a_model_writes(text: str, html: str, reader: Reader) -> None:
    assert html in markdown(text, reader)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " java\nscript:x",
        "data:text/html,x",
        "//x.example",
        "/as/U1",
        "",
        None,
        "ftp://x",
    ],
)
def test_an_address_that_is_not_to_be_followed_is_none(url: str | None) -> None:
    assert safe_url(url) is None


@pytest.mark.parametrize("url", ["https://x.example/a?b=c", "http://127.0.0.1:3000/", "mailto:a@b.example"])
def test_an_ordinary_address_is_followed(url: str) -> None:
    assert safe_url(url) == url


def test_rich_text_has_sections_lists_quotes_and_code(reader: Reader, read_harmless: Read) -> None:
    words = [{"type": "text", "text": "hi <b>", "style": {"bold": True, "italic": True}}]
    block = {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": [*words, {"type": "user", "user_id": "U2"}]},
            {
                "type": "rich_text_list",
                "style": "ordered",
                "offset": 2,
                "elements": [{"type": "rich_text_section", "elements": [{"type": "emoji", "name": "tada"}]}],
            },
            {"type": "rich_text_quote", "elements": [{"type": "link", "url": "javascript:x", "text": "no"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x = 1"}]},
            {
                "type": "rich_text_section",
                "elements": [{"type": "unheard_of"}, {"type": "broadcast", "range": "here"}],
            },
        ],
    }
    drawn = rich_text(block, reader)
    read_harmless(drawn)
    assert "<i><b>hi &lt;b&gt;</b></i>" in drawn
    assert '<span class="marker">3.</span>' in drawn
    assert "<pre><code>x = 1</code></pre>" in drawn
    assert "@here" in drawn


def test_malformed_rich_text_is_drawn_as_nothing(reader: Reader) -> None:
    assert rich_text({"elements": "x"}, reader) == ""
    assert (
        rich_text({"elements": [None, 3, {"type": "rich_text_section", "elements": None}]}, reader)
        == '<div class="p"></div>'
    )


def test_a_stored_message_reads_as_it_was_typed(reader: Reader) -> None:
    stored = "<@U2> look at <#C1|general> &amp; <https://x.example>, <!here>"
    assert as_written(stored, reader) == "@tomasz look at #general & https://x.example, @here"
