"""Block Kit blocks and attachments as HTML, each type as Slack draws it."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup

from bot.demo.workspace.model import Json
from bot.demo.workspace.page.render.elements import element
from bot.demo.workspace.page.render.html import EMPTY, dicts, joined, link, plain, tag
from bot.demo.workspace.page.render.markdown import markdown
from bot.demo.workspace.page.render.mrkdwn import mrkdwn, short_text, text
from bot.demo.workspace.page.render.reader import Frame, Reader, Slot
from bot.demo.workspace.page.render.rich_text import rich_text, table

_LEVELS = {"info": "💡", "warning": "⚠️", "error": "⛔", "success": "✅"}
_STATUSES = {"pending": "Pending", "in_progress": "In progress", "complete": "Complete", "error": "Failed"}


def linked(url: object, label: object, icon: str) -> Markup:
    """Return a card that names a picture, video or file; the page itself loads nothing from elsewhere."""
    return tag("div", {"class": "link-card"}, tag("span", {"aria-hidden": "true"}, icon), link(url, label))


def alert(block: Json, reader: Reader) -> Markup:
    """Return an `alert` block; its level gives colour and icon."""
    level = str(block.get("level") or "default")
    icon = tag("span", {"aria-hidden": "true"}, _LEVELS.get(level, "💬"))
    return tag(
        "div",
        {"class": f"alert-box {level if level in _LEVELS else 'default'}", "role": "note"},
        icon,
        tag("div", None, text(block.get("text"), reader)),
    )


def task_card(block: Json, reader: Reader) -> Markup:
    """Return a `task_card` block: status and title; details, output and sources unfold."""
    status = str(block.get("status") or "pending")
    mark = tag(
        "span", {"class": f"task-mark {status}", "role": "img", "aria-label": _STATUSES.get(status, status)}
    )
    parts = [
        rich_text(part, reader) for key in ("details", "output") if isinstance(part := block.get(key), dict)
    ]
    sources = [link(each.get("url"), each.get("text"), "source") for each in dicts(block.get("sources"))]
    title = plain(block.get("title"))
    if not parts and not sources:
        return tag("div", {"class": "task-card"}, mark, tag("span", None, title))
    return tag(
        "details",
        {"class": "task-card"},
        tag("summary", None, mark, tag("span", None, title)),
        *parts,
        tag("div", {"class": "sources"}, *sources) if sources else EMPTY,
    )


def plan(block: Json, reader: Reader) -> Markup:
    """Return a `plan` block: a title and its tasks."""
    tasks = [task_card(each, reader) for each in dicts(block.get("tasks"))]
    return joined([tag("div", {"class": "plan-title"}, plain(block.get("title"))), *tasks])


def card(block: Json, reader: Reader, actions: Markup) -> Markup:
    """Return a `card` block around its actions, already drawn."""
    image = block.get("hero_image")
    hero = (
        linked(image.get("image_url"), image.get("alt_text") or "Image", "🖼️")
        if isinstance(image, dict)
        else EMPTY
    )
    lines = [
        tag("div", {"class": f"card-{key}"}, text(block[key], reader))
        for key in ("title", "subtitle", "body")
        if block.get(key)
    ]
    row = tag("div", {"class": "card-actions"}, actions) if actions else EMPTY
    return tag("div", {"class": "card-box"}, hero, *lines, row)


def carousel(cards: Sequence[Markup]) -> Markup:
    """Return cards side by side."""
    return tag("div", {"class": "carousel", "tabindex": "0"}, *cards)


def container(block: Json, reader: Reader, inside: Markup) -> Markup:
    """Return a `container` block around its children, already drawn."""
    rich = block.get("rich_text_title")
    title = rich_text(rich, reader) if isinstance(rich, dict) else short_text(block.get("title"), reader)
    subtitle = tag("div", {"class": "hint"}, short_text(block.get("subtitle"), reader))
    if not block.get("is_collapsible"):
        return tag(
            "div", {"class": "container-box"}, tag("div", {"class": "card-title"}, title), subtitle, inside
        )
    return tag(
        "details",
        {"class": "container-box", "open": not block.get("default_collapsed")},
        tag("summary", {"class": "card-title"}, title),
        subtitle,
        inside,
    )


Draw = Callable[[Json, Frame], Markup]


def blocks(payload: Sequence[Any], frame: Frame) -> Markup:
    """Return every block, one below the other; an unknown type is shown as what it is."""
    drawn = [_block(each, frame) for each in payload if isinstance(each, dict)]
    return tag("div", {"class": "blocks"}, *drawn)


def _block(block: Json, frame: Frame) -> Markup:
    kind = str(block.get("type"))
    draw = _BLOCKS.get(kind, _unknown)
    return tag("div", {"class": f"block {kind}", "data-block-id": block.get("block_id")}, draw(block, frame))


def _slot(block: Json, inner: Any, frame: Frame, *, dispatch: bool = True) -> Markup:  # noqa: ANN401 - an app's
    if not isinstance(inner, dict):
        return EMPTY
    if inner.get("type") == "image":
        return linked(inner.get("image_url"), inner.get("alt_text") or "Image", "🖼️")
    return element(Slot(frame, str(block.get("block_id") or ""), inner, dispatch))


def _section(block: Json, frame: Frame) -> Markup:
    words = text(block["text"], frame.reader) if block.get("text") else EMPTY
    fields = [
        tag("div", {"class": "section-field"}, text(each, frame.reader))
        for each in dicts(block.get("fields"))
    ]
    grid = tag("div", {"class": "section-fields"}, *fields) if fields else EMPTY
    accessory = _slot(block, block.get("accessory"), frame)
    side = tag("div", {"class": "accessory"}, accessory) if accessory else EMPTY
    return joined([tag("div", {"class": "section-text"}, words, grid), side])


def _header(block: Json, frame: Frame) -> Markup:
    return tag("div", {"role": "heading", "aria-level": "3"}, short_text(block.get("text"), frame.reader))


def _divider(_: Json, __: Frame) -> Markup:
    return tag("hr")


def _context(block: Json, frame: Frame) -> Markup:
    return joined(_context_element(each, frame) for each in dicts(block.get("elements")))


def _context_element(inner: Json, frame: Frame) -> Markup:
    if inner.get("type") == "image":
        return tag("span", {"class": "context-image"}, f"🖼️ {inner.get('alt_text') or 'Image'}")
    return tag("div", None, text(inner, frame.reader))


def _actions(block: Json, frame: Frame) -> Markup:
    return joined(_slot(block, each, frame) for each in dicts(block.get("elements")))


def _input(block: Json, frame: Frame) -> Markup:
    inner = block.get("element") or {}
    slot = Slot(frame, str(block.get("block_id") or ""), inner, bool(block.get("dispatch_action")))
    error, hint = frame.errors.get(slot.block_id), block.get("hint")
    optional = tag("span", {"class": "optional"}, " (optional)") if block.get("optional") else EMPTY
    button = f"{slot.id}-button" if str(inner.get("type")).endswith("_select") else slot.id
    return joined(
        [
            tag("label", {"for": button}, short_text(block.get("label"), frame.reader), optional),
            element(slot),
            tag("div", {"class": "error", "role": "alert"}, error) if error else EMPTY,
            tag("div", {"class": "hint"}, short_text(hint, frame.reader)) if hint else EMPTY,
        ]
    )


def _image(block: Json, _: Frame) -> Markup:
    return linked(block.get("image_url"), plain(block.get("title")) or block.get("alt_text") or "Image", "🖼️")


def _video(block: Json, _: Frame) -> Markup:
    return linked(
        block.get("title_url") or block.get("video_url"), plain(block.get("title")) or "Video", "🎬"
    )


def _file(block: Json, _: Frame) -> Markup:
    return linked(None, block.get("external_id") or "File", "📄")


def _rich_text(block: Json, frame: Frame) -> Markup:
    return rich_text(block, frame.reader)


def _markdown(block: Json, frame: Frame) -> Markup:
    return markdown(str(block.get("text") or ""), frame.reader)


def _table(block: Json, frame: Frame) -> Markup:
    return table(block, frame.reader)


def _card(block: Json, frame: Frame) -> Markup:
    return card(block, frame.reader, _actions({**block, "elements": block.get("actions")}, frame))


def _carousel(block: Json, frame: Frame) -> Markup:
    return carousel(
        [_card({"block_id": block.get("block_id"), **each}, frame) for each in dicts(block.get("elements"))]
    )


def _container(block: Json, frame: Frame) -> Markup:
    inside = [
        _block(each, frame) for each in dicts(block.get("child_blocks")) if each.get("type") != "container"
    ]
    return container(block, frame.reader, joined(inside))


def _plan(block: Json, frame: Frame) -> Markup:
    return plan(block, frame.reader)


def _task_card(block: Json, frame: Frame) -> Markup:
    return task_card(block, frame.reader)


def _alert(block: Json, frame: Frame) -> Markup:
    return alert(block, frame.reader)


def _unknown(block: Json, _: Frame) -> Markup:
    source = json.dumps(block, indent=2, ensure_ascii=False)
    name = f"A “{block.get('type')}” block"
    return tag("details", {"class": "unknown"}, tag("summary", None, name), tag("pre", None, source))


_BLOCKS: dict[str, Draw] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "context": _context,
    "context_actions": _actions,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "video": _video,
    "file": _file,
    "rich_text": _rich_text,
    "markdown": _markdown,
    "table": _table,
    "card": _card,
    "carousel": _carousel,
    "container": _container,
    "plan": _plan,
    "task_card": _task_card,
    "alert": _alert,
}


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
