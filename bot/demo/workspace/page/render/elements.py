"""Interactive elements as HTML: buttons, menus, feedback, fields to type in, pickers, selects."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from markupsafe import Markup

from bot.demo.workspace.model import Json
from bot.demo.workspace.page.render.html import EMPTY, Attribute, joined, plain, safe_url, tag
from bot.demo.workspace.page.render.mrkdwn import short_text, text
from bot.demo.workspace.page.render.reader import Reader, Slot


def _common(slot: Slot) -> dict[str, Attribute]:
    """Attributes of every field; the input block's label names it, else its placeholder does."""
    placeholder = plain(slot.element.get("placeholder"))
    triggers = (slot.element.get("dispatch_action_config") or {}).get("trigger_actions_on") or []
    return slot.attributes | {
        "class": "field",
        "placeholder": placeholder or None,
        "aria-label": None if not slot.dispatch else placeholder or None,
        "data-on-character": "on_character_entered" in triggers,
        "autofocus": bool(slot.element.get("focus_on_load")),
        "aria-invalid": "true" if slot.block_id in slot.frame.errors else None,
        "autocomplete": "off",
    }


def _lengths(slot: Slot) -> dict[str, Attribute]:
    return {"minlength": slot.element.get("min_length"), "maxlength": slot.element.get("max_length")}


def _entered(slot: Slot) -> str:
    return str(slot.current("value", "initial_value") or "")


def _text_input(slot: Slot) -> Markup:
    attributes = _common(slot) | _lengths(slot)
    if slot.element.get("multiline"):
        return tag("textarea", attributes | {"rows": 4}, _entered(slot))
    return tag("input", {"type": "text", **attributes, "value": _entered(slot)})


def _rich_text_input(slot: Slot) -> Markup:
    rich = slot.current("rich_text_value", "initial_value")
    return tag("textarea", _common(slot) | {"rows": 4}, _words(rich) if isinstance(rich, dict) else "")


def _words(rich: Json) -> str:
    elements = [each for each in rich.get("elements") or [] if isinstance(each, dict)]
    return str(rich.get("text") or "") + "".join(_words(each) for each in elements)


def _typed(kind: str) -> Callable[[Slot], Markup]:
    def draw(slot: Slot) -> Markup:
        return tag("input", {"type": kind, **_common(slot), **_lengths(slot), "value": _entered(slot)})

    return draw


def _number(slot: Slot) -> Markup:
    step = "any" if slot.element.get("is_decimal_allowed") else "1"
    bounds = {"step": step, "min": slot.element.get("min_value"), "max": slot.element.get("max_value")}
    return tag("input", {"type": "number", **_common(slot), **bounds, "value": _entered(slot)})


def _picker(kind: str, key: str) -> Callable[[Slot], Markup]:
    def draw(slot: Slot) -> Markup:
        value = slot.current(f"selected_{key}", f"initial_{key}")
        attributes = _common(slot) | {
            "aria-label": plain(slot.element.get("placeholder")) or _PICKER_NAMES[kind]
        }
        return tag("input", {"type": kind, **attributes, "value": _as_input(kind, value, slot)})

    return draw


_PICKER_NAMES = {"date": "Select a date", "time": "Select a time", "datetime-local": "Select a date and time"}


def _as_input(kind: str, value: object, slot: Slot) -> str | None:
    if value is None or kind != "datetime-local":
        return None if value is None else str(value)
    return f"{slot.frame.reader.at(str(value)):%Y-%m-%dT%H:%M}"


def _file_input(slot: Slot) -> Markup:
    return tag("span", {"id": slot.id, "class": "hint"}, "Files cannot be attached in this workspace.")


def _boxes(slot: Slot) -> Markup:
    chosen = slot.current("selected_options", "initial_options") or []
    return _choices(slot, "checkbox", {str(each.get("value")) for each in chosen if isinstance(each, dict)})


def _radio(slot: Slot) -> Markup:
    chosen = slot.current("selected_option", "initial_option")
    return _choices(slot, "radio", {str(chosen.get("value"))} if isinstance(chosen, dict) else set())


def _choices(slot: Slot, kind: str, chosen: set[str]) -> Markup:
    options = [each for each in slot.element.get("options") or [] if isinstance(each, dict)]
    group = "radiogroup" if kind == "radio" else "group"
    labels = [_choice(slot, kind, option, index, chosen) for index, option in enumerate(options)]
    return tag("div", slot.attributes | {"class": "choices", "role": group}, *labels)


def _choice(slot: Slot, kind: str, option: Json, index: int, chosen: set[str]) -> Markup:
    value, reader = str(option.get("value")), slot.frame.reader
    description = option.get("description")
    box: Mapping[str, Attribute] = {
        "type": kind,
        "id": f"{slot.id}-{index}",
        "name": slot.id,
        "value": value,
        "checked": value in chosen,
    }
    hint = tag("span", {"class": "hint"}, short_text(description, reader)) if description else EMPTY
    return tag(
        "label",
        {"class": "choice"},
        tag("input", box),
        tag("span", None, short_text(option.get("text"), reader), hint),
    )


INPUTS: Mapping[str, Callable[[Slot], Markup]] = {
    "plain_text_input": _text_input,
    "rich_text_input": _rich_text_input,
    "email_text_input": _typed("email"),
    "url_text_input": _typed("url"),
    "number_input": _number,
    "datepicker": _picker("date", "date"),
    "timepicker": _picker("time", "time"),
    "datetimepicker": _picker("datetime-local", "date_time"),
    "file_input": _file_input,
    "checkboxes": _boxes,
    "radio_buttons": _radio,
}


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
    """Return options (`options` or `option_groups`) as they arrive while a person searches."""
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
            (plain(group.get("label")), _listed_choices(group.get("options"), reader))
            for group in groups
            if isinstance(group, dict)
        ]
    options = element.get("options")
    return [("", _listed_choices(options, reader))] if isinstance(options, list) else []


def _listed_choices(options: Any, reader: Reader) -> list[Choice]:  # noqa: ANN401 - whatever an app sent
    found = options if isinstance(options, list) else []
    return [_listed_choice(option, reader) for option in found if isinstance(option, dict)]


def _listed_choice(option: Json, reader: Reader) -> Choice:
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
        _listed_choice(one, reader) if isinstance(one, dict) else (str(one), _known(str(one), reader))
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


_ICONS = {"trash": "🗑️"}
"""The icons of `icon_button`; Slack documents "trash" alone."""


def element(slot: Slot) -> Markup:
    """Return any interactive element, with its confirmation where it asks for one."""
    draw = _ELEMENTS.get(str(slot.element.get("type")), _unknown)
    return joined([draw(slot), confirmation(slot)])


def confirmation(slot: Slot) -> Markup:
    """Return the dialog of the element's `confirm` object, closed until it is needed."""
    confirm = slot.element.get("confirm")
    if not isinstance(confirm, dict):
        return EMPTY
    style = "btn danger" if confirm.get("style") == "danger" else "btn primary"
    reader, title = slot.frame.reader, f"{slot.id}-confirm-title"
    return tag(
        "dialog",
        {"id": f"{slot.id}-confirm", "class": "confirm", "aria-labelledby": title},
        tag("h2", {"id": title}, short_text(confirm.get("title") or "Are you sure?", reader)),
        tag("div", {"class": "confirm-text"}, text(confirm.get("text") or "", reader)),
        tag(
            "div",
            {"class": "confirm-buttons"},
            tag(
                "button",
                {"type": "button", "class": "btn", "value": "deny"},
                plain(confirm.get("deny")) or "Cancel",
            ),
            tag(
                "button",
                {"type": "button", "class": style, "value": "confirm"},
                plain(confirm.get("confirm")) or "Yes",
            ),
        ),
    )


def _button(slot: Slot) -> Markup:
    style = slot.element.get("style")
    attributes = slot.attributes | {
        "class": f"btn {style}" if style in {"primary", "danger"} else "btn",
        "aria-label": slot.element.get("accessibility_label"),
        "data-press": True,
    }
    label = short_text(slot.element.get("text"), slot.frame.reader)
    if url := safe_url(slot.element.get("url")):
        return tag("a", attributes | {"href": url, "target": "_blank", "rel": "noopener noreferrer"}, label)
    return tag("button", attributes | {"type": "button"}, label)


def _icon_button(slot: Slot) -> Markup:
    visible = slot.element.get("visible_to_user_ids")
    if visible and slot.frame.reader.user not in visible:
        return EMPTY
    label = plain(slot.element.get("text"))
    attributes = slot.attributes | {
        "type": "button",
        "class": "icon-btn",
        "title": label,
        "aria-label": slot.element.get("accessibility_label") or label,
        "data-press": True,
    }
    return tag("button", attributes, _ICONS.get(str(slot.element.get("icon")), "✦"))


def _feedback(slot: Slot) -> Markup:
    chosen = (slot.value or {}).get("value")
    return tag(
        "span",
        {"class": "feedback", "role": "group", "aria-label": "Feedback"},
        _feedback_button(slot, "positive_button", "👍", chosen),
        _feedback_button(slot, "negative_button", "👎", chosen),
    )


def _feedback_button(slot: Slot, key: str, icon: str, chosen: object) -> Markup:
    button: Json = slot.element.get(key) or {}
    label = plain(button.get("text"))
    attributes = slot.attributes | {
        "id": f"{slot.id}-{key}",
        "type": "button",
        "class": "icon-btn",
        "title": label,
        "aria-label": button.get("accessibility_label") or label,
        "aria-pressed": str(button.get("value") == chosen).lower(),
        "data-press": True,
        "data-value": button.get("value"),
    }
    return tag("button", attributes, icon)


def _overflow(slot: Slot) -> Markup:
    menu = f"{slot.id}-menu"
    options = [each for each in slot.element.get("options") or [] if isinstance(each, dict)]
    return joined(
        [
            tag(
                "button",
                {
                    "id": slot.id,
                    "type": "button",
                    "class": "btn overflow",
                    "aria-haspopup": "menu",
                    "aria-label": "More options",
                    "popovertarget": menu,
                },
                "⋯",
            ),
            tag(
                "div",
                {"id": menu, "class": "menu", "role": "menu", "popover": True},
                *(_overflow_item(slot, option, index) for index, option in enumerate(options)),
            ),
        ]
    )


def _overflow_item(slot: Slot, option: Json, index: int) -> Markup:
    attributes = slot.attributes | {
        "id": f"{slot.id}-{index}",
        "type": "button",
        "role": "menuitem",
        "data-press": True,
        "data-value": option.get("value"),
    }
    label = short_text(option.get("text"), slot.frame.reader)
    if url := safe_url(option.get("url")):
        return tag(
            "a",
            {**attributes, "type": None, "href": url, "target": "_blank", "rel": "noopener noreferrer"},
            label,
        )
    return tag("button", attributes, label)


def _unknown(slot: Slot) -> Markup:
    return tag("span", {"class": "unknown-element"}, f"[{slot.element.get('type')}]")


_ELEMENTS: dict[str, Callable[[Slot], Markup]] = {
    "button": _button,
    "workflow_button": _button,
    "icon_button": _icon_button,
    "feedback_buttons": _feedback,
    "overflow": _overflow,
    **INPUTS,
    **SELECTS,
}
