"""The HTML and the links in Slack's markup that models write, turned into Markdown."""

import html
import re
from bisect import bisect_right
from collections.abc import Callable

from bot.pipeshub.model_markup import code_regions, masked, outside_code, replaced

_MARKS = {
    **dict.fromkeys(("b", "strong"), ("**", "**")),
    **dict.fromkeys(("i", "em", "cite"), ("*", "*")),
    **dict.fromkeys(("s", "del", "strike"), ("~~", "~~")),
    "summary": ("**", "**  \n"),
    # What has no Markdown of its own: the tags go, their content stays.
    **dict.fromkeys(("u", "ins", "span", "font", "small", "big", "mark", "sub", "sup", "abbr"), ("", "")),
    **dict.fromkeys(("q", "var", "dfn", "nobr", "time", "label", "caption", "figcaption"), ("", "")),
}
_PARAGRAPH = "\n\n"
_PAIRED = (*_MARKS, "a")
_PARAGRAPHS = ("p", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol")
_LINES = (
    "div",
    "section",
    "article",
    "center",
    "details",
    "figure",
    "dl",
    "dt",
    "dd",
    "tr",
    "thead",
    "tbody",
)
_NAMES = (*_PAIRED, *_PARAGRAPHS, *_LINES, "br", "hr", "li", "td", "th", "wbr", "img")
# These are HTML wherever they stand; others that nothing closes may be words, such as `<table>`.
_ALWAYS_HTML = frozenset(
    "b strong i em u s span p div ul ol li br hr h1 h2 h3 h4 h5 h6 tr td th wbr img".split()  # noqa: SIM905 (as short as it can be)
)
_TAG = re.compile(
    rf"(?P<lead>[ \t]{{0,4}})<(?P<close>/)?(?P<name>{'|'.join(sorted(_NAMES, key=len, reverse=True))})"
    r"(?P<attributes>[ \t\n][^<>]{0,2300})?[ \t]?/?>(?P<trail>[ \t]{0,4}\n?)|<!--[^<>]{0,500}-->",
    re.IGNORECASE,
)
_CODE_TAG = re.compile(
    r"<(?P<name>code|kbd|samp|tt)(?:[ \t][^<>\n]{0,200})?>(?P<content>[^<>`\n]{1,500})</(?P=name)>",
    re.IGNORECASE,
)
_PRE = re.compile(
    r"<pre(?:[ \t][^<>]{0,200})?>\s{0,4}(?:<code(?:[ \t][^<>]{0,200})?>)?(?P<content>[^<>`]{1,4000}+)"
    r"(?:</code>)?\s{0,4}</pre>",
    re.IGNORECASE,
)
_SPACE = re.compile(r"&(?:nbsp|#160|#[xX][aA]0|ensp|emsp|thinsp);|\u00a0")
_ADDRESS = re.compile(r"\b(?:href|src)[ \t]{0,3}=[ \t]{0,3}[\"']?([^\"'\s<>]{1,2000})", re.IGNORECASE)
_NAME_OF_IMAGE = re.compile(r"\balt[ \t]{0,3}=[ \t]{0,3}\"([^\"<>\[\]\n]{1,300})\"", re.IGNORECASE)
_CELL = r"[ \t]*+:?+-++:?+[ \t]*+"
_DELIMITER = re.compile(rf"[ \t>]*+\|?+{_CELL}(?:\|{_CELL})*+\|?+[ \t]*+\Z")
_SLACK_LINK = re.compile(
    r"<(?P<url>(?:https?://|mailto:)[^\s<>|\\]{1,2000})\\?\|(?P<label>[^<>\n]{0,300})>", re.IGNORECASE
)
_BRACKET = re.compile(r"([\[\]])")
# In a text that goes on: what may become one of these.
PARTIAL_HTML = re.compile(
    r"[ \t]{0,4}<(?:(?:https?:|mailto:)[^<>\n]{0,2300}|/?[A-Za-z][A-Za-z0-9]{0,9}(?:[ \t/][^<>]{0,2300})?"
    r"|/|!(?:-(?:-[^<>]{0,500})?)?)?\Z|&#?[A-Za-z0-9]{0,6}\Z"
)
PARTIAL_LENGTH = 2_400  # characters that one of these may have


def without_slack_links(text: str, *, whole: bool) -> str:
    """Return a text in which links in Slack's markup are links in Markdown."""

    def link(found: re.Match[str]) -> str:
        url, label = found["url"], text[slice(*found.span("label"))].strip()
        label = label if "`" in label else _BRACKET.sub(r"\\\1", label)
        if any(sign in url for sign in "()"):
            url = f"<{url}>"
        return f"[{label}]({url})" if label else f"<{found['url']}>"

    return outside_code(text, _SLACK_LINK, link, whole=whole)


def without_html(text: str, *, whole: bool) -> str:
    """Return a text in which HTML tags are Markdown, or gone; those with another meaning stay as they are."""
    if "<pre" in text.lower():
        text = outside_code(
            text, _PRE, lambda found: f"\n```\n{html.unescape(found['content']).strip()}\n```\n", whole=whole
        )
    text = outside_code(text, _CODE_TAG, lambda found: f"`{html.unescape(found['content'])}`", whole=whole)
    prose = masked(text, code_regions(text, whole=whole))
    found = list(_TAG.finditer(prose))
    pairs, quote_at = _pairs(found, prose, whole=whole), _quote_finder(prose)
    closed = {tag["name"].lower() for tag in found if tag["close"]}

    def changed(index: int, tag: re.Match[str]) -> str:
        name = (tag["name"] or "").lower()
        if not name:
            return ""  # a comment
        if name in _PAIRED:
            return _paired(tag, pairs.get(index))
        if whole and name not in _ALWAYS_HTML and name not in closed:
            return tag[0]
        return _alone(tag, prose, quote_at(tag.start()))

    return replaced(text, ((*tag.span(), changed(index, tag)) for index, tag in enumerate(found)))


def without_hard_spaces(text: str, *, whole: bool) -> str:
    """Return a text with ordinary spaces for those that HTML keeps from breaking."""
    return outside_code(text, _SPACE, lambda _: " ", whole=whole)


def _pairs(found: list[re.Match[str]], prose: str, *, whole: bool) -> dict[int, str]:
    """Return what each tag becomes that comes in pairs, by its index; those left out stay as they are."""
    pairs: dict[int, str] = {}
    opened: dict[str, list[int]] = {}
    for index, tag in enumerate(found):
        name = (tag["name"] or "").lower()
        if name not in _PAIRED:
            continue
        if not tag["close"]:
            opened.setdefault(name, []).append(index)
            continue
        begun = opened[name].pop() if opened.get(name) else None
        pairs[index] = ""
        if begun is not None:
            apart = tag.start() > found[begun].end()
            pairs[begun], pairs[index] = _marks(found[begun]) if apart else ("", "")
    for index in (each for left in opened.values() for each in left):
        tag = found[index]
        in_word = not tag["lead"] and prose[tag.start() - 1 : tag.start()].isalnum()  # `List<B>`
        if not whole:
            pairs[index] = _marks(tag)[0]
        elif tag["name"].lower() in _ALWAYS_HTML and not in_word:
            pairs[index] = ""
    return pairs


def _marks(tag: re.Match[str]) -> tuple[str, str]:
    name = tag["name"].lower()
    if name != "a":
        return _MARKS[name]
    address = _ADDRESS.search(tag["attributes"] or "")
    return ("[", f"]({html.unescape(address[1])})") if address else ("", "")


def _paired(tag: re.Match[str], mark: str | None) -> str:
    """Return a mark with the spaces around its tag outside of what it marks."""
    spaces = tag["lead"] + tag["trail"]
    if mark is None:
        return tag[0]
    return mark + spaces if tag["close"] else spaces + mark


def _alone(tag: re.Match[str], prose: str, quote: str | None) -> str:
    """Return what a tag becomes that marks no words: an end of the line, a picture's link, or nothing."""
    name, close, lead, trail = tag["name"].lower(), bool(tag["close"]), tag["lead"], tag["trail"]
    if name in ("wbr", "img"):
        address, alt = (each.search(tag["attributes"] or "") for each in (_ADDRESS, _NAME_OF_IMAGE))
        return f"{lead}[{alt[1] if alt else 'image'}]({address[1]}){trail}" if address else f"{lead}{trail}"
    if name in ("td", "th"):
        return " | " if close else lead
    if quote is None:
        return " \n" if trail.endswith("\n") else " "
    starts = prose[max(tag.start() - 1, 0) : tag.start()] in ("", "\n")
    if name == "li":
        return trail if close else ("- " if starts else "\n- ")
    if name in _PARAGRAPHS:
        heading = f"{'#' * int(name[1])} " if name[1:].isdecimal() and not close else ""
        return f"{'' if starts and not close else _PARAGRAPH}{heading}"
    if name == "br" and quote and not trail.endswith("\n"):
        return f"  \n{quote}"
    return {"br": "  \n", "hr": "\n\n---\n\n"}.get(name, "" if starts else "\n")


def _quote_finder(prose: str) -> Callable[[int], str | None]:
    """Return the marks of quotes that begin the line of a place.

    None in a heading and in the row of a table, where a line must not end.
    """
    starts: list[int] = []
    quotes: list[str | None] = []
    at, table = 0, False
    lines = prose.split("\n")
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        bare = line.strip(" \t>")
        table = bool(bare) and (table or ("|" in line and "-" in below and bool(_DELIMITER.match(below))))
        starts.append(at)
        quote = line[: len(line) - len(line.lstrip(" \t>"))]
        quote = quote if ">" in quote else ""
        quotes.append(None if table or bare.startswith(("|", "#")) else quote)
        at += len(line) + 1

    return lambda place: quotes[bisect_right(starts, place) - 1]
