"""The words of a message that stand in its blocks and attachments: forwarded messages, alerts of apps."""

from collections.abc import Iterator

from bot.domain.text import quotation
from bot.slack.payloads.fields import (
    Payload,
    id_or_none,
    objects_at,
    storable_field,
    text_or_empty,
)

MAX_QUOTED_LENGTH = 3_000
"""Characters of other messages that go with a question: about 750 tokens, which leaves room for sources."""

MAX_PARTS = 500
"""Parts of a message that are read; Slack's own limits are 50 blocks, and 100 attachments."""

MAX_DEPTH = 8
"""How deep parts are nested: a list in a block, in a message that is shared in another one, has six."""

# Where a part has parts of its own.
_NESTED = ("blocks", "elements", "fields", "rows", "child_blocks", "message_blocks", "attachments")
_WORDS = ("text", "title", "author_name", "alt_text", "subtitle", "message")
# Of what `text` has no Slack markup, and what says what can be pressed.
_PLAIN = frozenset({"plain_text", "markdown", "raw_text", "text"})
_CONTROLS = frozenset({"actions", "context_actions", "input"})
_INLINE = frozenset({"text", "link", "user", "channel", "usergroup", "emoji", "broadcast", "color", "date"})


def shared_text(message: Payload) -> str:
    """Return what other people wrote in the messages that a person shares with theirs, marked as whose it is.

    Previews of web pages are not among it: Slack adds them after the message is delivered, if at all.
    """
    quotes = [
        quotation(_author(each), words)
        for each in objects_at(message, "attachments")
        if (each.get("is_share") is True or each.get("is_msg_unfurl") is True)
        and (words := _cut(_attachment_text(each)))
    ]
    return _cut("\n\n".join(quotes))


def whole_text(message: Payload) -> str:
    """Return all words of a message in Slack markup, wherever they stand.

    People's blocks repeat their text. Apps put a line into `text` and the rest elsewhere.
    """
    text, blocks = text_or_empty(message, "text"), _part_text({"blocks": message.get("blocks")})
    if not text or (message.get("bot_id") and len(blocks) > len(text)):
        text = blocks
    attached = [
        quotation(_author(each), words) if each.get("is_share") is True else words
        for each in objects_at(message, "attachments")
        if (words := _attachment_text(each))
    ]
    return storable_field("\n".join(filter(None, (text, _cut("\n".join(attached))))))


def _author(attachment: Payload) -> str:
    person = id_or_none(attachment, "author_id")
    name = _escaped(text_or_empty(attachment, "author_name") or text_or_empty(attachment, "author_subname"))
    return name or (f"<@{person}>" if person else "Someone")


def _attachment_text(attachment: Payload) -> str:
    """Return the words of an attachment; the fallback is what Slack shows where there are no others."""
    words = [text_or_empty(attachment, name) for name in ("pretext", "title", "text")]
    fields = [
        ": ".join(filter(None, (text_or_empty(each, "title"), text_or_empty(each, "value"))))
        for each in objects_at(attachment, "fields")
    ]
    if not words[2]:
        nested = {name: attachment.get(name) for name in ("blocks", "message_blocks", "attachments")}
        words.append(_part_text(nested))
    found = "\n".join(each for each in (*words, *fields) if each.strip())
    return found or text_or_empty(attachment, "fallback")


def _part_text(part: Payload) -> str:
    """Return the words of blocks, a line for each part that has words of its own."""
    return "\n".join(line for line in _lines(part, MAX_DEPTH, iter(range(MAX_PARTS))) if line.strip())


def _lines(part: Payload, depth: int, budget: Iterator[int]) -> Iterator[str]:
    if depth == 0 or part.get("type") in _CONTROLS or next(budget, None) is None:
        return
    for name in _WORDS:
        words = part.get(name)
        if isinstance(words, dict):
            yield from _lines(words, depth - 1, budget)
        elif isinstance(words, str):
            is_markup = name == "text" and part.get("type") not in _PLAIN
            yield storable_field(words if is_markup else _escaped(words))
    for name in _NESTED:
        inline = ""
        for each in _objects(part.get(name)):
            if name == "elements" and each.get("type") in _INLINE:
                inline += _inline_text(each)
            else:
                yield from _lines(each, depth - 1, budget)
        yield inline


def _objects(found: object) -> Iterator[Payload]:
    """Return the objects of a list; of a table's rows, those of their cells."""
    for each in found if isinstance(found, list) else ():
        if isinstance(each, dict):
            yield each
        elif isinstance(each, list):
            yield from (cell for cell in each if isinstance(cell, dict))


def _inline_text(element: Payload) -> str:
    """Return an element of rich text as Slack markup."""
    match element.get("type"):
        case "user":
            return f"<@{id_or_none(element, 'user_id')}>"
        case "channel":
            return f"<#{id_or_none(element, 'channel_id')}>"
        case "usergroup":
            return f"<!subteam^{id_or_none(element, 'usergroup_id')}>"
        case "broadcast":
            return f"@{_escaped(text_or_empty(element, 'range'))}"
        case "emoji":
            return f":{_escaped(text_or_empty(element, 'name'))}:"
        case "link":
            url, label = _escaped(text_or_empty(element, "url")), _escaped(text_or_empty(element, "text"))
            return f"<{url.replace('|', '%7C')}|{label}>" if label else f"<{url.replace('|', '%7C')}>"
        case "date":
            return _escaped(text_or_empty(element, "fallback"))
        case _:
            return _escaped(text_or_empty(element, "text") or text_or_empty(element, "value"))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(text: str) -> str:
    return text if len(text) <= MAX_QUOTED_LENGTH else text[: MAX_QUOTED_LENGTH - 1] + "…"
