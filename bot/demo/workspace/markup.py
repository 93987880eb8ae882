"""Slack's own markup: what people type on one side, what is stored and sent on the other."""

import re

from bot.demo.workspace.model import Json, Kind
from bot.demo.workspace.state import State

_SPECIAL = frozenset({"here", "channel", "everyone"})
_TYPED = re.compile(
    r"(?P<url>https?://[^\s<>|]*[^\s<>|.,:;!?)\]}'\"])"
    r"|(?<![\w@])@(?P<name>[\w][\w.-]*\w|\w)"
    r"|(?<![\w#&])#(?P<channel>[\w][\w-]*)"
)
_STORED = re.compile(r"<(@|#|!)?([^<>|]+)(?:\|([^<>]*))?>")
_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)


def escaped(text: str) -> str:
    """Return text with `&`, `<` and `>` as Slack stores them."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(text: str) -> str:
    """Return text as people read it."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def as_typed(text: str, state: State) -> str:
    """Turn what a person typed into what Slack stores.

    Known `@names` and `#channels` and bare addresses become markup, everything else is escaped;
    nothing inside code is touched.
    """
    parts = _CODE.split(text)
    return "".join(
        escaped(part) if number % 2 else _marked_up(part, state) for number, part in enumerate(parts)
    )


def _marked_up(text: str, state: State) -> str:
    people = _people(state)
    channels = {
        each.name: each.id for each in state.channels.values() if each.kind in {Kind.PUBLIC, Kind.PRIVATE}
    }
    stored, end = [], 0
    for found in _TYPED.finditer(text):
        stored.append(escaped(text[end : found.start()]))
        stored.append(_mark(found, people, channels))
        end = found.end()
    return "".join([*stored, escaped(text[end:])])


def _people(state: State) -> dict[str, str]:
    """Return ids by handle and by the name people see, in small letters: both are typed after `@`."""
    here = [each for each in state.users.values() if not each.deleted]
    return {each.real_name.lower(): each.id for each in here} | {each.name.lower(): each.id for each in here}


def _mark(found: re.Match[str], people: dict[str, str], channels: dict[str, str]) -> str:
    if found["url"]:
        return f"<{escaped(found['url'])}>"
    if found["name"] in _SPECIAL:
        return f"<!{found['name']}>"
    if found["name"] and found["name"].lower() in people:
        return f"<@{people[found['name'].lower()]}>"
    if found["channel"] in channels:
        return f"<#{channels[found['channel']]}|{found['channel']}>"
    return escaped(found[0])


def mentions(text: str, user: str) -> bool:
    """Whether stored text mentions this user id."""
    return f"<@{user}>" in text or f"<@{user}|" in text


def as_rich_text(stored: str) -> Json:
    """Return the `rich_text` block that Slack puts beside the text of a person's message."""
    elements: list[Json] = []
    end = 0
    for found in _STORED.finditer(stored):
        elements += _plain(stored[end : found.start()])
        elements.append(_element(found))
        end = found.end()
    elements += _plain(stored[end:])
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def _plain(text: str) -> list[Json]:
    return [{"type": "text", "text": unescaped(text)}] if text else []


def _element(found: re.Match[str]) -> Json:
    sign, target, label = found.groups()
    if sign == "@":
        return {"type": "user", "user_id": target}
    if sign == "#":
        return {"type": "channel", "channel_id": target}
    if sign == "!":
        return {"type": "broadcast", "range": target}
    link: Json = {"type": "link", "url": unescaped(target)}
    return link | {"text": unescaped(label)} if label else link
