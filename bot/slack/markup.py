"""Slack's markup in what people write, turned into plain text."""

import html
import re
from collections.abc import Mapping

# https://docs.slack.dev/messaging/formatting-message-text/#retrieving-messages
_TOKEN = re.compile(r"<([@#!])?([^<>|]++)(?:\|([^<>]*+))?>")
_TAG = re.compile(r"<([^<>]*+)>")
_LONG_NUMBER = re.compile(r"&#(?=[xX]?[0-9a-fA-F]{8})")  # no character's; Python reads no very long ones
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

# What follows an address: a dash only where it is none of a number or an option, a colon only where it
# begins no emoji.
_AFTER_ADDRESS = re.compile(
    "\\A(?:[\\s,;\uff1a\uff0c\u3001\uff1b]|:(?![\\w+'-]{1,100}:)|[-\u2013\u2014!.\u2026]{1,3}(?=\\s|\\Z))+"
)
_NO_WORDS = re.compile("[\\s?!.,;:\u2026]*")
_SENTENCE_ENDS = ("", "?", "!", ".")

UNKNOWN_PERSON = "someone"
UNKNOWN_CHANNEL = "a channel"
UNKNOWN_GROUP = "a user group"


def find_mentions(text: str) -> tuple[list[str], list[str]]:
    """Return the ids of users and of channels that `text` mentions without giving their names, in order."""
    found: dict[str, dict[str, None]] = {"@": {}, "#": {}}
    for kind, target, label in _TOKEN.findall(text):
        if kind in found and not label:
            found[kind][target] = None
    return list(found["@"]), list(found["#"])


def without_mention(text: str, user: str) -> str:
    """Return `text` without the mentions of one user, and without the marks that set them off.

    "@bot: how?", "hey @bot, how?" and "how, @bot?" ask "how?", "hey, how?" and "how?".
    """

    def left_over(mention: re.Match[str]) -> str:
        follows = text[mention.end() : mention.end() + 1]
        if follows in _SENTENCE_ENDS:  # also at the very end
            return ""
        return mention[1] if follows in ",:;" else f"{mention[1]} "

    if f"<@{user}" not in text:
        return text.strip()
    bare = rf"<@{re.escape(user)}(?:\|[^<>]*+)?>"
    text = re.sub(rf"([*_~]{{1,2}})({bare})\1|\(({bare})\)", rf"<@{user}>", text)
    # Few spaces at a time: a long run of them would be read again from each of its places.
    said, mentions = re.subn(rf"(,?)[ \t]{{0,9}}{bare}[ \t]{{0,9}}", left_over, text)
    said = said.strip()
    if mentions and _NO_WORDS.fullmatch(said):
        return ""
    return _AFTER_ADDRESS.sub("", said) if re.match(rf"\s*+{bare}", text) else said


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
            name = target.partition("^")[0]  # dates have a label
            return label or (UNKNOWN_GROUP if name == "subteam" else f"@{name}")
        address = target.removeprefix("mailto:")
        return address if not label or label in address else f"{label} ({address})"

    written = html.unescape(_LONG_NUMBER.sub("&amp;#", _TOKEN.sub(spoken, text)))
    return _CONTROL.sub("", _TAG.sub("\u2039\\1\u203a", written)).strip()
