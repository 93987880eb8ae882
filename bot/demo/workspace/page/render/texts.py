"""Text objects: `plain_text` and `mrkdwn`."""

from typing import Any

from markupsafe import Markup

from bot.demo.workspace.page.render.emoji import with_emoji
from bot.demo.workspace.page.render.html import EMPTY, joined, plain
from bot.demo.workspace.page.render.mrkdwn import inline, mrkdwn
from bot.demo.workspace.page.render.reader import Reader


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
