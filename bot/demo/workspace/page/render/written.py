"""A stored message as the person typed it, for editing."""

import re

from bot.demo.workspace.page.render.html import unescaped
from bot.demo.workspace.page.render.reader import Reader

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
