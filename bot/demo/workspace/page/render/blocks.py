"""Block Kit blocks as HTML, each type as Slack draws it."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup

from bot.demo.workspace.model import Json
from bot.demo.workspace.page.render.cards import alert, card, carousel, container, linked, plan, task_card
from bot.demo.workspace.page.render.elements import element
from bot.demo.workspace.page.render.frame import Frame, Slot
from bot.demo.workspace.page.render.html import EMPTY, joined, plain, tag
from bot.demo.workspace.page.render.markdown import markdown
from bot.demo.workspace.page.render.rich_text import rich_text
from bot.demo.workspace.page.render.tables import table
from bot.demo.workspace.page.render.texts import short_text, text

Draw = Callable[[Json, Frame], Markup]


def blocks(payload: Sequence[Any], frame: Frame) -> Markup:
    """Return every block, one below the other; a type nobody knows is shown as what it is."""
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


def _dicts(block: Json, key: str) -> list[Json]:
    found = block.get(key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _section(block: Json, frame: Frame) -> Markup:
    words = text(block["text"], frame.reader) if block.get("text") else EMPTY
    fields = [
        tag("div", {"class": "section-field"}, text(each, frame.reader)) for each in _dicts(block, "fields")
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
    return joined(_context_element(each, frame) for each in _dicts(block, "elements"))


def _context_element(inner: Json, frame: Frame) -> Markup:
    if inner.get("type") == "image":
        return tag("span", {"class": "context-image"}, f"🖼️ {inner.get('alt_text') or 'Image'}")
    return tag("div", None, text(inner, frame.reader))


def _actions(block: Json, frame: Frame) -> Markup:
    return joined(_slot(block, each, frame) for each in _dicts(block, "elements"))


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
        [_card({"block_id": block.get("block_id"), **each}, frame) for each in _dicts(block, "elements")]
    )


def _container(block: Json, frame: Frame) -> Markup:
    inside = [
        _block(each, frame) for each in _dicts(block, "child_blocks") if each.get("type") != "container"
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
