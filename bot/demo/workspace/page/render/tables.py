"""The `table` block."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from bot.demo.workspace.model import Json
from bot.demo.workspace.page.render.emoji import with_emoji
from bot.demo.workspace.page.render.html import tag
from bot.demo.workspace.page.render.reader import Reader
from bot.demo.workspace.page.render.rich_text import rich_text

_ALIGNMENTS = frozenset({"left", "center", "right"})


def table(block: Json, reader: Reader) -> Markup:
    """Return a `table` block; its first row is the head, columns align as `column_settings` say."""
    rows = [row for row in block.get("rows") or [] if isinstance(row, list)]
    settings = [each if isinstance(each, dict) else {} for each in block.get("column_settings") or []]
    head, body = rows[:1], rows[1:]
    inside = tag(
        "table",
        None,
        tag("thead", None, *(_row("th", row, settings, reader) for row in head)),
        tag("tbody", None, *(_row("td", row, settings, reader) for row in body)),
    )
    return tag("div", {"class": "table-scroll", "tabindex": "0"}, inside)


def _row(name: str, row: Sequence[Any], settings: Sequence[Json], reader: Reader) -> Markup:
    return tag(
        "tr",
        None,
        *(tag(name, {"class": _css(index, settings)}, _cell(cell, reader)) for index, cell in enumerate(row)),
    )


def _css(index: int, settings: Sequence[Json]) -> str | None:
    setting = settings[index] if index < len(settings) else {}
    align = setting.get("align")
    names = [align] if align in _ALIGNMENTS else []
    return " ".join([*names, *(["wrap"] if setting.get("is_wrapped") else [])]) or None


def _cell(cell: Any, reader: Reader) -> object:  # noqa: ANN401 - whatever an app sent
    match cell:
        case {"type": "rich_text"}:
            return rich_text(cell, reader)
        case {"type": "raw_text", "text": str(words)}:
            return with_emoji(words)
        case {"type": "raw_number", "value": number}:
            return f"{number:,}" if isinstance(number, int | float) else str(number)
        case _:
            return ""
