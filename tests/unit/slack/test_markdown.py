import re

import pytest
from hypothesis import example, given, settings

from bot.slack.render.markdown.sanitize import (
    link_citations,
    link_definitions,
    sanitize,
    without_broadcasts,
    without_mentions,
)
from tests.examples import examples
from tests.unit.slack.written import (
    BROADCAST,
    FRONTEND,
    LIVE_MENTION,
    RECORDED,
    addresses,
    markdown,
    prose,
    shown,
    tokens,
)

URLS = {1: "https://example.com/a", 2: "https://example.com/b"}
JOINER = "\u2060"


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("days [1].", "days [[1]](https://example.com/a)."),
        ("days [1][2].", "days [[1]](https://example.com/a)[[2]](https://example.com/b)."),
        ("days [1](https://other.example/x).", "days [[1]](https://example.com/a)."),
        ("days [7].", "days [7]."),
        ("days \\[1\\].", "days \\[1\\]."),
        ("| a [1] | `[1]` |\n|---|---|", "| a [[1]](https://example.com/a) | `[1]` |\n|---|---|"),
        ("[7](https://other.example/x)", "[[7]](https://other.example/x)"),
        (
            "[a guide](https://other.example/x) [1]",
            "[a guide](https://other.example/x) [[1]](https://example.com/a)",
        ),
        ("[see [1]](https://other.example/x)", "[see [1]](https://other.example/x)"),
        ("`list[1]` and\n```\nlist[1]\n```", "`list[1]` and\n```\nlist[1]\n```"),
        ("- a\n  ```\n  list[1]\n  ```", "- a\n  ```\n  list[1]\n  ```"),
        ("[1]: https://example.com", "[1]: https://example.com"),
    ],
)
def test_markers_lead_to_their_sources(text: str, linked: str) -> None:
    assert link_citations(text, URLS.get) == linked


def test_markers_stay_as_they_are_where_links_would_take_too_much_room() -> None:
    text = "[1] [1] [1]"
    linked = link_citations(text, URLS.get, most=len(text) + 60)
    assert linked == "[[1]](https://example.com/a) [[1]](https://example.com/a) [1]"


def test_an_address_of_a_source_cannot_end_its_link() -> None:
    url = "https://example.com/a)b(c|d <x>"
    assert addresses(link_citations("[1]", {1: url}.get)) == ["https://example.com/a%29b%28c%7Cd%20%3Cx%3E"]


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("[x](javascript:alert(1))", "x"),
        ("[x](data:text/html,x)", "x"),
        ("[x](slack://open)", "x"),
        ("[x](java&#115;cript:y)", "x"),
        ("[x](https:\n)", "x"),
        ("[](javascript:y)", "javascript:y"),
        ("[[x]](javascript:y)(z)", f"{JOINER}[x]{JOINER}(z)"),
        ("[mail](mailto:a@example.com)", "[mail](mailto:a@example.com)"),
        ("![a picture](https://example.com/p.png)", "[a picture](https://example.com/p.png)"),
        ("![](https://example.com/p.png)", "[https://example.com/p.png](https://example.com/p.png)"),
        ("[![b](https://c.example/b.svg)](https://c.example)", "[b](https://c.example)"),
        ("`[x](y:z)`", "`[x](y:z)`"),
        ("`[x](javascript:y)`", f"`[x]{JOINER}(javascript:y)`"),
        ("[a file](/record/r1)", f"[a file]({FRONTEND}/record/r1)"),
        ("[x](//evil.example)", "x"),
        ('[x](https://e.com/a "title")', "[x](https://e.com/a)"),
        ("[x](<https://e.com/a b>)", "[x](https://e.com/a%20b)"),
        ("[x](https://e.com/A_(b))", "[x](https://e.com/A_(b))"),
        ("[a [b] c](https://e.com)", "[a [b] c](https://e.com)"),
        ("[x](https://e.com/?a=1&b=2)", "[x](https://e.com/?a=1&b=2)"),
        ("[x](https://e.com/?a=1&amp;b=2)", "[x](https://e.com/?a=1&b=2)"),
        ("[x](https://e.com/<!channel>)", "[x](https://e.com/%3C!channel%3E)"),
        ("[x](https://e.com/@channel)", "[x](https://e.com/%40channel)"),
        ("<https://e.com/x> <a@e.com>", "<https://e.com/x> <a@e.com>"),
        ("<javascript:x>", "&lt;javascript:x>"),
        ("a < b and <b>bold</b>", "a < b and &lt;b>bold&lt;/b>"),
        ("1 <2 and `<b>`", "1 <2 and `<b>`"),
    ],
)
def test_links_lead_to_the_web_or_to_mail_only_and_html_is_text(text: str, harmless: str) -> None:
    assert sanitize(text, FRONTEND) == harmless


@pytest.mark.parametrize(
    ("text", "direct"),
    [
        ("[a][b]\n\n[b]: https://e.com", "[a](https://e.com)\n\n"),
        ("[B][]\n\n[b]: <https://e.com> 't'", "[B](https://e.com)\n\n"),
        ("[b]\n\n[b]: /record/r1", f"[b]({FRONTEND}/record/r1)\n\n"),
        ("![b]\n\n[b]: https://e.com/p.png", "[b](https://e.com/p.png)\n\n"),
        ("[a][b]\n\n[b]: javascript:x", "[a][b]\n\n\\[b]: javascript:x"),
        ("no use\n\n[b]: https://e.com", "no use\n\n\\[b]: https://e.com"),
        ("a note[^1]\n\n[^1]: words", "a note[^1]\n\n[^1]: words"),
    ],
)
def test_names_of_addresses_become_the_addresses(text: str, direct: str) -> None:
    assert sanitize(text, FRONTEND) == direct


def test_a_part_knows_the_names_that_another_part_defines() -> None:
    defined = link_definitions("[a][b]\n\n[b]: https://e.com", FRONTEND)
    assert sanitize("[a][b]", FRONTEND, defined) == "[a](https://e.com)"


@pytest.mark.parametrize(
    "mention",
    [
        "<!channel>",
        "<!here>",
        "<!everyone>",
        "<@U123>",
        "<@W123>",
        "<!subteam^S1>",
        "<#C1>",
        "<!date^1^{date}|x>",
        "@channel",
        "@Here",
        "&lt;!channel&gt;",
        "&#60;!channel>",
        "&#x3C;@U123>",
        "\\<!channel>",
        "<\\!channel>",
        "<&#33;channel>",
        "[<](y)!channel>",
    ],
)
@pytest.mark.parametrize(
    "around",
    [
        "hello {}",
        "`{}`",
        "```\n{}\n```",
        "[{}](https://e.com)",
        "[x](https://e.com/{})",
        "| {} |\n|---|",
        "# {}",
    ],
)
def test_a_models_text_notifies_nobody(mention: str, around: str) -> None:
    drawn = sanitize(around.format(mention), FRONTEND)
    assert not re.search(LIVE_MENTION.pattern, drawn, re.IGNORECASE)
    code = around.startswith("`")  # in code, entities and backslashes are what they look like
    if not code:
        assert not BROADCAST.search(prose(drawn))
        assert not re.search(LIVE_MENTION.pattern, shown(drawn), re.IGNORECASE)


def harmless(text: str) -> None:
    found = list(tokens(text))
    assert not [token for token in found if token.type == "image"]
    assert all(re.match(r"https?://.|mailto:.", url) for url in addresses(text))
    assert not LIVE_MENTION.search(text)
    assert not LIVE_MENTION.search(shown(text))
    if "`" not in text and "~~~" not in text:  # where code is, readers may differ
        assert not BROADCAST.search(prose(text))
    assert not [token for token in tokens(text, html=True) if token.type.startswith("html")]


@example("!![[1]](https://e.com)")
@settings(max_examples=examples(500), deadline=None)
@given(markdown)
def test_whatever_a_model_writes_is_harmless(text: str) -> None:
    harmless(sanitize(text, FRONTEND))
    harmless(link_citations(sanitize(text, FRONTEND), URLS.get))


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_answers_are_harmless_and_keep_their_words(name: str) -> None:
    text = RECORDED[name]
    drawn = link_citations(sanitize(text, FRONTEND), URLS.get)
    harmless(drawn)
    if name != "hostile":
        assert set(re.findall(r"\w+", shown(text))) <= set(re.findall(r"\w+", shown(drawn)))


def test_what_nothing_is_wrong_with_stays_as_it_is() -> None:
    for name in ("prose", "deployment"):
        assert sanitize(RECORDED[name], FRONTEND) == RECORDED[name]


def test_quiet_text_stays_readable() -> None:
    assert without_mentions("<!channel> & <b>").replace(JOINER, "") == "<!channel> & <b>"
    assert without_broadcasts("me@example.com and @here") == f"me@example.com and @{JOINER}here"


@pytest.mark.parametrize(
    "text",
    [
        "Write to press@channel4.example or <press@here.example>.",
        "[mail](mailto:press@channel4.example)",
        "```sh\nnpm install @here/maps-api\necho @channel\n```",
        "Run `npm install @here/maps-api` and `@here`.",
        "npm install @here/maps-api @everyone-else @channels @channel_ops @HERE_team",
        "See https://medium.com/@here/x and @here.example",
        "- a\n  ```\n  @everyone\n  ```",
    ],
)
def test_what_only_looks_like_a_call_stays_as_it_is(text: str) -> None:
    assert sanitize(text, FRONTEND) == text


@pytest.mark.parametrize(
    "text",
    [
        "@here",
        "Hello @channel.",
        "(@everyone)",
        "**@here**: lunch",
        "_@here_",
        "请@here看",
        "| @here |\n|---|",
        "&#64;here",
        "`x` @here `y`",
    ],
)
def test_a_call_that_stands_alone_calls_no_one(text: str) -> None:
    quiet = sanitize(text, FRONTEND)
    assert quiet.replace(JOINER, "") == text
    assert quiet.count(JOINER) == 1
