"""Slack's own markup, mrkdwn, with its emoji, dates and text objects, as HTML."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any

from markupsafe import Markup

from bot.demo.workspace.page.render.html import EMPTY, joined, link, plain, tag, unescaped
from bot.demo.workspace.page.render.reader import Reader, ordinal

NAME = r"[a-z0-9_+'\-]+"
"""What an emoji may be called, as a regular expression."""

QUICK = ("white_check_mark", "eyes", "raised_hands")
"""The reactions offered beside every message, as Slack offers them to a newcomer."""

_TONES = {f"skin-tone-{number}": chr(0x1F3FB + number - 2) for number in range(2, 7)}
_CODE = re.compile(f":({NAME}):(?::(skin-tone-[2-6]):)?")


@cache
def known() -> dict[str, str]:
    """Return every known name with its characters, the commonest first."""
    text = files("bot.demo.workspace.page").joinpath("static", "emoji.json").read_text("utf-8")
    names: dict[str, str] = json.loads(text)
    return names


def characters(name: str) -> str | None:
    """Return the characters of an emoji; `name` may end in "::skin-tone-2" to "-6"."""
    plain, _, tone = name.partition("::")
    found = known().get(plain)
    return found + _TONES.get(tone, "") if found else None


def drawn(name: str) -> Markup:
    """Return an emoji as an element, or its name between colons where it is not known."""
    found = characters(name)
    if found is None:
        return tag("span", {"class": "emoji-name"}, f":{name}:")
    return tag("span", {"class": "emoji", "role": "img", "aria-label": f"{name} emoji"}, found)


def with_emoji(text: str) -> Markup:
    """Return plain text with every known `:name:` drawn and everything else escaped."""
    parts: list[object] = []
    end = 0
    for match in _CODE.finditer(text):
        if match[1] not in known():
            continue
        parts += [text[end : match.start()], drawn("::".join(filter(None, match.groups())))]
        end = match.end()
    return Markup().join([*parts, text[end:]])  # type: ignore[list-item]


_TOKEN = re.compile(r"\{(\w+)\}")
_LATEST = 253402300799
"""The last second of the year 9999: later ones are no dates to Python."""


def date_token(target: str, fallback: str, reader: Reader) -> Markup:
    """Return a `date^seconds^format^link` token in local time, or the fallback where it is malformed."""
    _, seconds, *rest = target.split("^", 3)
    if not seconds.isdecimal() or not rest or int(seconds) > _LATEST:
        return tag("span", None, fallback)
    shown = formatted(unescaped(rest[0]), int(seconds), reader)
    when = reader.at(seconds).isoformat()
    label = tag("time", {"datetime": when, "title": when}, shown)
    return link(unescaped(rest[1]), label) if len(rest) > 1 else label


def formatted(pattern: str, seconds: int, reader: Reader) -> str:
    """Replace the tokens of Slack's date formats: {date}, {time}, {ago} and the others."""
    return _TOKEN.sub(lambda match: _word(match[1], seconds, reader) or match[0], pattern)


def _word(token: str, seconds: int, reader: Reader) -> str | None:
    then = reader.at(seconds)
    if token.endswith("_pretty"):
        return _near(then, reader) or _word(token.removesuffix("_pretty"), seconds, reader)
    words = {
        "date_num": f"{then:%Y-%m-%d}",
        "date_slash": f"{then:%m/%d/%Y}",
        "date": f"{then:%B} {ordinal(then.day)}, {then.year}",
        "date_long": f"{then:%A}, {then:%B} {ordinal(then.day)}, {then.year}",
        "date_short": f"{then:%b} {then.day}, {then.year}",
        "day_divider": reader.day(seconds),
        "time": reader.clock(seconds),
        "time_secs": f"{then:%I:%M:%S %p}".lstrip("0"),
        "ago": reader.ago(seconds),
    }
    return words.get(token)


def _near(then: datetime, reader: Reader) -> str | None:
    today = reader.at(reader.now).date()
    days = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    return days.get((then.date() - today) // timedelta(days=1))


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


def text(text_object: Any, reader: Reader) -> Markup:  # noqa: ANN401 - whatever an app sent
    """Return a text object (or a bare string) as HTML; mrkdwn may hold paragraphs and lists."""
    if _is_mrkdwn(text_object):
        return mrkdwn(str(text_object.get("text") or ""), reader)
    return joined((with_emoji(line) for line in plain(text_object).split("\n")), "<br>")


def short_text(text_object: Any, reader: Reader) -> Markup:  # noqa: ANN401 - whatever an app sent
    """Return a text object as HTML for one line: a label, an option, a button."""
    if not text_object:
        return EMPTY
    if _is_mrkdwn(text_object):
        return inline(str(text_object.get("text") or "").replace("\n", " "), reader)
    return with_emoji(plain(text_object))


def _is_mrkdwn(text_object: Any) -> bool:  # noqa: ANN401 - whatever an app sent
    return isinstance(text_object, dict) and text_object.get("type") == "mrkdwn"


_ANGLE = re.compile(r"<([^<>\n]++)>")


def as_written(text: str, reader: Reader) -> str:
    """Return Slack's markup as plain typing: `<@U…>` becomes `@name`, `<https://…>` the bare address."""
    return unescaped(_ANGLE.sub(lambda match: _typed(match[1], reader), text))


def _typed(content: str, reader: Reader) -> str:
    target, _, label = content.partition("|")
    if target.startswith("@"):
        known = reader.people.get(target[1:])
        return f"@{known.name}" if known else f"@{label or target[1:]}"
    if target.startswith("#"):
        return f"#{reader.channel(target[1:], label)}"
    if target.startswith("!"):
        return f"@{target[1:]}"
    return label or target
