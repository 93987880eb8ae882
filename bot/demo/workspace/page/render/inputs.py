"""Fields to type in, dates and times, checkboxes and radio buttons."""

from collections.abc import Callable, Mapping

from markupsafe import Markup

from bot.demo.workspace.model import Json
from bot.demo.workspace.page.render.frame import Slot
from bot.demo.workspace.page.render.html import EMPTY, Attribute, plain, tag
from bot.demo.workspace.page.render.texts import short_text


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
