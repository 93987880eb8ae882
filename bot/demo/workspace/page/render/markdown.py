"""Standard Markdown, as `markdown` blocks carry it, as HTML."""

import re
from collections.abc import Callable, MutableMapping, Sequence
from functools import cache, lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup

from bot.demo.workspace.page.render.html import joined, link, safe_url, tag
from bot.demo.workspace.page.render.mrkdwn import angle, with_emoji
from bot.demo.workspace.page.render.reader import Reader

DEEPEST = 20
"""Lists and quotes nested deeper are drawn as plain text; markdown-it's own default is 20."""

_SPECIAL = re.compile(r"<([@#!][^<>\n]+)>|(https?://[^\s<>|\"]+[^\s<>|\".,;:!?)\]'*_])")
_BOX = re.compile(r"\[([ xX])\]\s+")


def markdown(text: str, reader: Reader) -> Markup:
    """Return Markdown as HTML: tables, fences, lists, task lists, headings; no HTML of its own, no images.

    Mentions such as `<@U…>` are drawn as Slack draws them.
    """
    env: dict[str, Any] = {"reader": reader}
    return Markup(_parser().renderer.render(_parsed(text), _parser().options, env))  # noqa: S704 - html is off


@lru_cache(maxsize=512)
def _parsed(text: str) -> tuple[Token, ...]:
    return tuple(_parser().parse(text))


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST, "breaks": True})
    parser.enable(["table", "strikethrough"])
    parser.validateLink = lambda url: safe_url(url) is not None  # type: ignore[method-assign]
    parser.core.ruler.push("task_lists", _task_lists)
    for name, rule in _RULES.items():
        parser.add_render_rule(name, rule)
    return parser


def _task_lists(state: StateCore) -> None:
    """Turn `[ ]` and `[x]` at the beginning of a list item into boxes."""
    for item, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if item.type != "list_item_open" or paragraph.type != "paragraph_open" or not inline.children:
            continue
        first = inline.children[0]
        if first.type == "text" and (match := _BOX.match(first.content)):
            first.content = first.content[match.end() :]
            first.meta["box"] = match[1] != " "
            item.attrSet("class", "task")


Tokens = Sequence[Token]
Env = MutableMapping[str, Any]


def _text(_: RendererHTML, tokens: Tokens, at: int, __: OptionsDict, env: Env) -> str:
    token, parts, end = tokens[at], [], 0
    if "box" in token.meta:
        done = bool(token.meta["box"])
        parts.append(tag("span", {"class": "box", "role": "checkbox", "aria-checked": str(done).lower()}))
    for match in _SPECIAL.finditer(token.content):
        special, url = match.groups()
        if url and env.get("inside_link"):
            continue
        parts.append(with_emoji(token.content[end : match.start()]))
        parts.append(angle(special, env["reader"]) if special else link(url, url))
        end = match.end()
    return joined([*parts, with_emoji(token.content[end:])])


def _link_open(_: RendererHTML, tokens: Tokens, at: int, __: OptionsDict, env: Env) -> str:
    env["inside_link"] = True
    url = str(tokens[at].attrGet("href") or "")
    if not url:  # `[label]()` leads nowhere: an anchor without an address is no link
        return "<a>"
    whole = tag("a", {"href": url, "target": "_blank", "rel": "noopener noreferrer"})
    return whole.removesuffix("</a>")


def _link_close(_: RendererHTML, __: Tokens, ___: int, ____: OptionsDict, env: Env) -> str:
    env["inside_link"] = False
    return "</a>"


def _image(_: RendererHTML, tokens: Tokens, at: int, __: OptionsDict, ___: Env) -> str:
    token = tokens[at]
    return link(token.attrGet("src"), token.content or "image")


def _heading_open(_: RendererHTML, tokens: Tokens, at: int, __: OptionsDict, ___: Env) -> str:
    return f'<div class="heading {tokens[at].tag}" role="heading" aria-level="{3 + int(tokens[at].tag[1])}">'


def _heading_close(*_: object) -> str:
    return "</div>"


def _table_open(*_: object) -> str:
    return '<div class="table-scroll" tabindex="0"><table>'


def _table_close(*_: object) -> str:
    return "</table></div>"


def _cell_open(_: RendererHTML, tokens: Tokens, at: int, __: OptionsDict, ___: Env) -> str:
    # markdown-it writes the alignment as a style attribute, which the page's security policy forbids.
    align = str(tokens[at].attrGet("style") or "").partition(":")[2]
    return tag(tokens[at].tag, {"class": align or None}).removesuffix(f"</{tokens[at].tag}>")


def _fence(_: RendererHTML, tokens: Tokens, at: int, __: OptionsDict, ___: Env) -> str:
    return tag("pre", None, tag("code", None, tokens[at].content))


_RULES: dict[str, Callable[..., str]] = {
    "text": _text,
    "link_open": _link_open,
    "link_close": _link_close,
    "image": _image,
    "heading_open": _heading_open,
    "heading_close": _heading_close,
    "table_open": _table_open,
    "table_close": _table_close,
    "th_open": _cell_open,
    "td_open": _cell_open,
    "fence": _fence,
    "code_block": _fence,
}
