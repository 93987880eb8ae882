"""Slack's own markup, mrkdwn, as HTML."""

import re
from collections.abc import Callable, Iterator
from itertools import groupby

from markupsafe import Markup

from bot.demo.workspace.page.render.dates import date_token
from bot.demo.workspace.page.render.emoji import with_emoji
from bot.demo.workspace.page.render.html import EMPTY, joined, link, tag, unescaped
from bot.demo.workspace.page.render.reader import Reader

_FENCE = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
_ITEM = re.compile(r"\s*([•◦\-]|\d{1,3}[.)])\s+(?=\S)")
_BARE_URL = re.compile(r"https?://[^\s<>|\"]+[^\s<>|\".,;:!?)\]']")

# Possessive quantifiers (++, *+) keep the time linear on hostile text: nothing is ever tried twice.
_ATOM = r"`[^`\n]++`|<[^<>\n]++>"
_INLINE = re.compile(
    rf"""
      (?P<code>(?<!`)`[^`\n]++`(?!`))
    | (?P<angle><[^<>\n]++>)
    | (?P<url>{_BARE_URL.pattern})
    | (?<![\w*])\*(?=[^\s*])(?P<bold>(?:{_ATOM}|[^*\n])++)\*(?![\w*])
    | (?<![\w_])_(?=[^\s_])(?P<italic>(?:{_ATOM}|[^_\n])++)_(?![\w_])
    | (?<![\w~])~(?=[^\s~])(?P<strike>(?:{_ATOM}|[^~\n])++)~(?![\w~])
    """,
    re.VERBOSE,
)
_WRAPPERS = {"bold": "b", "italic": "i", "strike": "s"}
_EVERYBODY = frozenset({"here", "channel", "everyone"})


def mrkdwn(text: str, reader: Reader) -> Markup:
    """Return text in Slack's markup (`*bold*`, `<url|label>`, `<@U…>`, ```code```, `> quote`) as HTML."""
    parts: list[Markup] = []
    end = 0
    for match in _FENCE.finditer(text):
        parts += [_lines(text[end : match.start()].removesuffix("\n"), reader)]
        parts += [tag("pre", None, tag("code", None, unescaped(match[1])))]
        end = match.end()
    return joined([*parts, _lines(text[end:].removeprefix("\n") if end else text, reader)])


def _lines(text: str, reader: Reader) -> Markup:
    if not text:
        return EMPTY
    groups = groupby(text.split("\n"), key=_kind)
    return joined(_BLOCKS[kind](list(lines), reader) for kind, lines in groups)


def _kind(line: str) -> str:
    if line.startswith(("&gt;", ">")):
        return "quote"
    return "list" if _ITEM.match(line) else "text"


def _text(lines: list[str], reader: Reader) -> Markup:
    return tag("div", {"class": "p"}, joined((inline(line, reader) for line in lines), "<br>"))


def _quote(lines: list[str], reader: Reader) -> Markup:
    inside = "\n".join(re.sub(r"^(&gt;|>) ?", "", line) for line in lines)
    return tag("blockquote", None, joined((inline(line, reader) for line in inside.split("\n")), "<br>"))


def _list(lines: list[str], reader: Reader) -> Markup:
    return tag("ul", {"class": "list"}, joined(_items(lines, reader)))


def _items(lines: list[str], reader: Reader) -> Iterator[Markup]:
    for line in lines:
        match = _ITEM.match(line)
        marker = match[1] if match else ""
        rest = line[match.end() :] if match else line
        depth = min(4, (len(line) - len(line.lstrip())) // 2)
        shown = marker.replace(")", ".") if marker[:1].isdigit() else "•"
        yield tag(
            "li",
            {"data-depth": depth},
            tag("span", {"class": "marker"}, shown),
            tag("span", None, inline(rest, reader)),
        )


_BLOCKS: dict[str, Callable[[list[str], Reader], Markup]] = {"text": _text, "quote": _quote, "list": _list}


def inline(text: str, reader: Reader) -> Markup:
    """Return one line of Slack's markup as HTML, without block elements."""
    parts: list[Markup] = []
    end = 0
    for match in _INLINE.finditer(text):
        parts += [with_emoji(unescaped(text[end : match.start()])), _piece(match, reader)]
        end = match.end()
    return joined([*parts, with_emoji(unescaped(text[end:]))])


def _piece(match: re.Match[str], reader: Reader) -> Markup:
    kind, whole = str(match.lastgroup), match[0]
    if kind == "code":
        return tag("code", None, unescaped(whole[1:-1]))
    if kind == "angle":
        return angle(whole[1:-1], reader)
    if kind == "url":
        return link(unescaped(whole), unescaped(whole))
    return tag(_WRAPPERS[kind], None, inline(match[kind], reader))


def angle(content: str, reader: Reader) -> Markup:
    """Return what stands between `<` and `>`: a mention, a channel, a date or a link."""
    target, _, label = content.partition("|")
    if target.startswith("@"):
        return user_mention(target[1:], reader, unescaped(label))
    if target.startswith("#"):
        return channel_mention(target[1:], reader, unescaped(label))
    if target.startswith("!"):
        return _special(target[1:], unescaped(label), reader)
    shown = unescaped(label or target.removeprefix("mailto:"))
    return link(unescaped(target), with_emoji(shown))


def _special(target: str, label: str, reader: Reader) -> Markup:
    if target in _EVERYBODY:
        return tag("span", {"class": "mention loud"}, f"@{target}")
    if target.startswith("date^"):
        return date_token(target, label, reader)
    return tag("span", {"class": "mention"}, label or f"@{target.rpartition('^')[2]}")


def user_mention(user: str, reader: Reader, label: str = "") -> Markup:
    """Return a person's name as a mention, marked where it is the reader's own."""
    known = reader.people.get(user)
    name = reader.name(user) if known else label.lstrip("@") or user
    css = "mention me" if user == reader.user else "mention"
    return tag("span", {"class": css, "data-user": user}, f"@{name}")


def channel_mention(channel: str, reader: Reader, label: str = "") -> Markup:
    """Return a channel's name, as a link where the reader can open it."""
    if channel not in reader.channels:
        return tag("span", {"class": "mention"}, f"#{label}" if label else "🔒 private channel")
    return tag(
        "a", {"class": "mention", "href": f"{reader.base}/{channel}"}, f"#{reader.channel(channel, label)}"
    )
