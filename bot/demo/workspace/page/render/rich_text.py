"""Rich text, the form in which Slack's own composer stores what people write, and tables of it, as HTML."""

from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup

from bot.demo.workspace.model import Json
from bot.demo.workspace.page.render.html import EMPTY, dicts, joined, link, tag
from bot.demo.workspace.page.render.mrkdwn import channel_mention, date_token, drawn, user_mention, with_emoji
from bot.demo.workspace.page.render.reader import Reader

_BULLETS = ("•", "◦", "▪")
_STYLES = (("code", "code"), ("bold", "b"), ("italic", "i"), ("strike", "s"), ("underline", "u"))


def rich_text(block: Json, reader: Reader) -> Markup:
    """Return a `rich_text` block: sections, lists, quotes and preformatted text."""
    return joined(_element(each, reader) for each in dicts(block.get("elements")))


def _element(element: Json, reader: Reader) -> Markup:
    draw = _ELEMENTS.get(str(element.get("type")))
    return draw(element, reader) if draw else EMPTY


def _section(element: Json, reader: Reader) -> Markup:
    return tag("div", {"class": "p"}, _inlines(element, reader))


def _quote(element: Json, reader: Reader) -> Markup:
    return tag("blockquote", None, _inlines(element, reader))


def _preformatted(element: Json, reader: Reader) -> Markup:
    return tag("pre", None, tag("code", None, _inlines(element, reader)))


def _list(element: Json, reader: Reader) -> Markup:
    depth = min(8, int(element.get("indent") or 0))
    first = int(element.get("offset") or 0) + 1
    ordered = element.get("style") == "ordered"
    items = [
        tag(
            "li",
            {"data-depth": depth},
            tag("span", {"class": "marker"}, f"{number}." if ordered else _BULLETS[depth % len(_BULLETS)]),
            tag("span", None, _inlines(each, reader)),
        )
        for number, each in enumerate(dicts(element.get("elements")), first)
    ]
    return tag("ul", {"class": "list"}, *items)


_ELEMENTS: dict[str, Callable[[Json, Reader], Markup]] = {
    "rich_text_section": _section,
    "rich_text_quote": _quote,
    "rich_text_preformatted": _preformatted,
    "rich_text_list": _list,
}


def _inlines(element: Json, reader: Reader) -> Markup:
    return joined(_styled(each, reader) for each in dicts(element.get("elements")))


def _styled(element: Json, reader: Reader) -> Markup:
    shown = _inline(element, reader)
    style = element.get("style")
    wanted: Json = style if isinstance(style, dict) else {}
    for key, name in _STYLES:
        if wanted.get(key):
            shown = tag(name, None, shown)
    return shown


def _inline(element: Json, reader: Reader) -> Markup:
    draw = _INLINES.get(str(element.get("type")))
    return draw(element, reader) if draw else EMPTY


def _text(element: Json, _: Reader) -> Markup:
    return joined((with_emoji(line) for line in str(element.get("text") or "").split("\n")), "<br>")


def _link(element: Json, _: Reader) -> Markup:
    return link(element.get("url"), element.get("text") or element.get("url"))


def _emoji(element: Json, _: Reader) -> Markup:
    return drawn(str(element.get("name")))


def _user(element: Json, reader: Reader) -> Markup:
    return user_mention(str(element.get("user_id")), reader)


def _channel(element: Json, reader: Reader) -> Markup:
    return channel_mention(str(element.get("channel_id")), reader)


def _group(element: Json, _: Reader) -> Markup:
    return tag("span", {"class": "mention"}, f"@{element.get('usergroup_id')}")


def _broadcast(element: Json, _: Reader) -> Markup:
    return tag("span", {"class": "mention loud"}, f"@{element.get('range')}")


def _date(element: Json, reader: Reader) -> Markup:
    pattern, fallback = element.get("format") or "{date}", str(element.get("fallback") or "")
    return date_token(f"date^{element.get('timestamp')}^{pattern}", fallback, reader)


def _color(element: Json, _: Reader) -> Markup:
    return tag("code", None, element.get("value"))


_INLINES: dict[str, Callable[[Json, Reader], Markup]] = {
    "text": _text,
    "link": _link,
    "emoji": _emoji,
    "user": _user,
    "channel": _channel,
    "usergroup": _group,
    "broadcast": _broadcast,
    "date": _date,
    "color": _color,
}


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
