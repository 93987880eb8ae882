"""Select menus with a search field: static, external, people, channels, conversations; single and multi."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from markupsafe import Markup

from bot.demo.workspace.model import Json
from bot.demo.workspace.page.render.frame import Slot
from bot.demo.workspace.page.render.html import EMPTY, Attribute, joined, plain, tag
from bot.demo.workspace.page.render.reader import Reader
from bot.demo.workspace.page.render.texts import short_text

Choice = tuple[str, object]
"""An option's value and what is shown for it."""


def select(slot: Slot) -> Markup:
    """Return a button that shows what is chosen, with the list that it opens."""
    several = str(slot.element.get("type")).startswith("multi_")
    chosen = _chosen(slot)
    placeholder = plain(slot.element.get("placeholder")) or "Choose an option"
    shown = joined([tag("span", {"class": "chip"}, label) for _, label in chosen]) if several else chosen[:1]
    label = shown if several else (shown[0][1] if shown else "")
    attributes = slot.attributes | {
        "class": "select",
        "data-several": several,
        "data-most": slot.element.get("max_selected_items"),
        "data-placeholder": placeholder,
        "data-external": str(slot.element.get("type")).endswith("external_select"),
        "data-least": slot.element.get("min_query_length", 3),
    }
    opener: dict[str, Attribute] = {
        "type": "button",
        "class": "select-value" if chosen else "select-value empty",
        "id": f"{slot.id}-button",
        "aria-haspopup": "listbox",
        "aria-label": placeholder if slot.dispatch else None,
        "popovertarget": f"{slot.id}-list",
    }
    return tag(
        "div", attributes, tag("button", opener, label if chosen else placeholder), _popup(slot, chosen)
    )


def _popup(slot: Slot, chosen: list[Choice]) -> Markup:
    search: dict[str, Attribute] = {
        "type": "search",
        "class": "select-search",
        "role": "combobox",
        "aria-label": "Search options",
        "aria-expanded": "true",
        "aria-controls": f"{slot.id}-options",
        "autocomplete": "off",
        "placeholder": "Search",
    }
    options = tag("div", {"id": f"{slot.id}-options", "role": "listbox"}, options_html(slot, chosen))
    return tag(
        "div",
        {"id": f"{slot.id}-list", "class": "menu select-list", "popover": True},
        tag("input", search),
        options,
    )


def options_html(slot: Slot, chosen: list[Choice]) -> Markup:
    """Return every option of the list, the chosen ones marked."""
    values = {value for value, _ in chosen}
    groups = _groups(slot.element, slot.frame.reader) or [("", chosen)]
    return joined(_group(label, choices, values) for label, choices in groups)


def listed(options: Json, reader: Reader) -> Markup:
    """Return options (`options` or `option_groups`) as they arrive while somebody searches."""
    groups = _static_groups(options, reader)
    if not any(choices for _, choices in groups):
        return tag("div", {"class": "select-none"}, "No results")
    return joined(_group(label, choices, set()) for label, choices in groups)


def _group(label: object, choices: Iterable[Choice], chosen: set[str]) -> Markup:
    heading = tag("div", {"class": "select-group"}, label) if label else EMPTY
    return joined([heading, *(_option(value, shown, value in chosen) for value, shown in choices)])


def _option(value: str, shown: object, chosen: bool) -> Markup:  # noqa: FBT001 - a fact about the option
    return tag(
        "div",
        {"role": "option", "tabindex": "-1", "data-value": value, "aria-selected": str(chosen).lower()},
        tag("span", {"class": "option-text"}, shown),
    )


def _groups(element: Json, reader: Reader) -> list[tuple[object, list[Choice]]]:
    kind = str(element.get("type")).removeprefix("multi_")
    if kind == "users_select":
        people = [(each.id, each.real_name) for each in reader.people.values() if not each.deleted]
        return [("", list(people))]
    if kind in {"channels_select", "conversations_select"}:
        return [("", [(key, _channel_label(key, name)) for key, name in reader.channels.items()])]
    return _static_groups(element, reader)


def _static_groups(element: Json, reader: Reader) -> list[tuple[object, list[Choice]]]:
    groups = element.get("option_groups")
    if isinstance(groups, list):
        return [
            (plain(group.get("label")), _choices(group.get("options"), reader))
            for group in groups
            if isinstance(group, dict)
        ]
    options = element.get("options")
    return [("", _choices(options, reader))] if isinstance(options, list) else []


def _choices(options: Any, reader: Reader) -> list[Choice]:  # noqa: ANN401 - whatever an app sent
    found = options if isinstance(options, list) else []
    return [_choice(option, reader) for option in found if isinstance(option, dict)]


def _choice(option: Json, reader: Reader) -> Choice:
    shown = short_text(option.get("text"), reader)
    if description := option.get("description"):
        shown = joined([shown, tag("span", {"class": "hint"}, short_text(description, reader))])
    return str(option.get("value")), shown


def _chosen(slot: Slot) -> list[Choice]:
    several, thing = _shape(str(slot.element.get("type")))
    key = f"{thing}s" if several else thing
    found = slot.current(f"selected_{key}", f"initial_{key}")
    reader = slot.frame.reader
    each = found if several and isinstance(found, list) else [found] if found else []
    return [
        _choice(one, reader) if isinstance(one, dict) else (str(one), _known(str(one), reader))
        for one in each
    ]


def _shape(kind: str) -> tuple[bool, str]:
    """Return whether several can be chosen, and Slack's word for one: option, user, channel, …."""
    things = {"users_select": "user", "channels_select": "channel", "conversations_select": "conversation"}
    return kind.startswith("multi_"), things.get(kind.removeprefix("multi_"), "option")


def _known(key: str, reader: Reader) -> str:
    return reader.name(key) if key in reader.people else _channel_label(key, reader.channel(key))


def _channel_label(key: str, name: str) -> str:
    return name if key.startswith("D") else f"# {name}"


SELECTS: Mapping[str, Callable[[Slot], Markup]] = {
    f"{several}{kind}_select": select
    for several in ("", "multi_")
    for kind in ("static", "external", "users", "channels", "conversations")
}
