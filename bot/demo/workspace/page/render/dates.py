"""Slack's date tokens: `<!date^1392734382^Posted {date_num} at {time}|fallback>`."""

import re
from datetime import datetime, timedelta

from markupsafe import Markup

from bot.demo.workspace.page.render.html import link, tag, unescaped
from bot.demo.workspace.page.render.reader import Reader, ordinal

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
