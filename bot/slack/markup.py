"""Slack's markup in what people write, turned into plain text."""

import html
import re
from collections.abc import Mapping

# https://docs.slack.dev/messaging/formatting-message-text/#retrieving-messages
_TOKEN = re.compile(r"<([@#!])?([^<>|]+)(?:\|([^<>]*))?>")
_TAG = re.compile(r"<([^<>]*)>")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

UNKNOWN_PERSON = "someone"
UNKNOWN_CHANNEL = "a channel"


def find_mentions(text: str) -> tuple[set[str], set[str]]:
    """Return the ids of users and of channels that `text` mentions without giving their names."""
    users, channels = set(), set()
    for kind, target, label in _TOKEN.findall(text):
        if kind == "@" and not label:
            users.add(target)
        elif kind == "#" and not label:
            channels.add(target)
    return users, channels


def without_mention(text: str, user: str) -> str:
    """Return `text` without the mentions of one user; the rest keeps its spacing."""
    return re.sub(rf"[ \t]*<@{re.escape(user)}(?:\|[^<>]*)?>[ \t]*", " ", text).strip()


def plain_text(text: str, users: Mapping[str, str], channels: Mapping[str, str]) -> str:
    """Return `text` as a person reads it: names for ids, links written out, no angle brackets.

    PipesHub takes anything between angle brackets for an attack and may never answer, so brackets
    that people typed themselves become single quotation marks of the same shape.
    """

    def spoken(token: re.Match[str]) -> str:
        kind, target, label = token.groups()
        if kind == "@":
            return "@" + (label or users.get(target) or UNKNOWN_PERSON)
        if kind == "#":
            return "#" + (label or channels.get(target) or UNKNOWN_CHANNEL)
        if kind == "!":
            return label or "@" + target.partition("^")[0]  # dates and user groups have a label
        address = target.removeprefix("mailto:")
        return address if not label or label in address else f"{label} ({address})"

    written = html.unescape(_TOKEN.sub(spoken, text))
    return _CONTROL.sub("", _TAG.sub("\u2039\\1\u203a", written)).strip()
