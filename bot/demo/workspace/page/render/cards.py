"""Blocks drawn as boxes: cards, alerts, tasks and plans, containers, links to what is not loaded here."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from bot.demo.workspace.model import Json
from bot.demo.workspace.page.render.html import EMPTY, joined, link, plain, tag
from bot.demo.workspace.page.render.reader import Reader
from bot.demo.workspace.page.render.rich_text import rich_text
from bot.demo.workspace.page.render.texts import short_text, text

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
    sources = [link(each.get("url"), each.get("text"), "source") for each in _dicts(block.get("sources"))]
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
    tasks = [task_card(each, reader) for each in _dicts(block.get("tasks"))]
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


def _dicts(value: Any) -> list[Json]:  # noqa: ANN401 - whatever an app sent
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
