"""Attachments, the older way to put a coloured bar beside something."""

import re
from collections.abc import Sequence

from markupsafe import Markup

from bot.demo.workspace.model import Json
from bot.demo.workspace.page.render.blocks import blocks
from bot.demo.workspace.page.render.frame import Frame
from bot.demo.workspace.page.render.html import EMPTY, joined, link, tag
from bot.demo.workspace.page.render.mrkdwn import mrkdwn
from bot.demo.workspace.page.render.reader import Reader

_NAMED = {"good": "#2eb67d", "warning": "#ecb22e", "danger": "#e01e5a"}
_HEX = re.compile(r"#?([0-9a-fA-F]{6})")


def attachments(payload: Sequence[Json], frame: Frame) -> Markup:
    """Return every attachment: its bar, then title, text, fields, footer, or its own blocks."""
    return joined(
        _attachment(each, Frame(frame.reader, f"{frame.key}-a{index}", frame.values))
        for index, each in enumerate(payload)
        if isinstance(each, dict)
    )


def _attachment(attachment: Json, frame: Frame) -> Markup:
    # A drawing, because the page's security policy forbids the style attribute a colour would need.
    bar = tag(
        "svg",
        {"class": "bar", "aria-hidden": "true", "preserveAspectRatio": "none", "viewBox": "0 0 4 4"},
        tag("rect", {"width": 4, "height": 4, "fill": _color(attachment.get("color"))}),
    )
    inner = attachment.get("blocks")
    content = blocks(inner, frame) if isinstance(inner, list) else _classic(attachment, frame.reader)
    return tag("div", {"class": "attachment"}, bar, tag("div", {"class": "attachment-body"}, content))


def _color(color: object) -> str:
    name = str(color or "")
    match = _HEX.fullmatch(name)
    return _NAMED.get(name) or (f"#{match[1]}" if match else "#dddddd")


def _classic(attachment: Json, reader: Reader) -> Markup:
    title = attachment.get("title")
    head = tag("div", {"class": "card-title"}, link(attachment.get("title_link"), title)) if title else EMPTY
    lines = [
        tag("div", {"class": css}, mrkdwn(str(attachment[key]), reader))
        for key, css in (("pretext", "p"), ("text", "p"), ("footer", "hint"))
        if attachment.get(key)
    ]
    fields = [
        tag(
            "div", {"class": "section-field"}, tag("b", None, each.get("title")), tag("br"), each.get("value")
        )
        for each in attachment.get("fields") or []
        if isinstance(each, dict)
    ]
    if not (title or lines or fields):
        return mrkdwn(str(attachment.get("fallback") or ""), reader)
    return joined([head, *lines, tag("div", {"class": "section-fields"}, *fields) if fields else EMPTY])
