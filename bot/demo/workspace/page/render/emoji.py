"""Slack's names of emoji and the characters they stand for."""

import json
import re
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from bot.demo.workspace.page.render.html import tag

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
