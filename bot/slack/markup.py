"""Slack's markup in what people write, turned into plain text."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

# https://docs.slack.dev/messaging/formatting-message-text/#retrieving-messages
_TOKEN = re.compile(r"<([@#!])?([^<>|]+)(?:\|([^<>]*))?>")
_TAG = re.compile(r"<([^<>]*)>")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

UNKNOWN_PERSON = "someone"
UNKNOWN_CHANNEL = "a channel"


@dataclass(frozen=True, slots=True)
class MentionedIds:
    """Ids in a text whose names only Slack knows."""

    users: frozenset[str]
    channels: frozenset[str]


def find_mentions(text: str) -> MentionedIds:
    """Return the users and channels that `text` mentions without giving their names."""
    users, channels = set(), set()
    for kind, target, label in _TOKEN.findall(text):
        if kind == "@" and not label:
            users.add(target)
        elif kind == "#" and not label:
            channels.add(target)
    return MentionedIds(frozenset(users), frozenset(channels))


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
            return "@" + (label or users.get(target, UNKNOWN_PERSON))
        if kind == "#":
            return "#" + (label or channels.get(target, UNKNOWN_CHANNEL))
        if kind == "!":
            return _special(target, label)
        return _link(target, label)

    written = html.unescape(_TOKEN.sub(spoken, text))
    return _CONTROL.sub("", _TAG.sub("\u2039\\1\u203a", written)).strip()


def _special(target: str, label: str | None) -> str:
    if label:
        return label  # dates and user groups carry what a person reads
    return "@" + target.partition("^")[0]


def _link(target: str, label: str | None) -> str:
    address = target.removeprefix("mailto:")
    if not label or label in address:
        return address
    return f"{label} ({address})"
