"""Interactive elements that send at once: buttons, menus, feedback; and the door to all the others."""

from collections.abc import Callable

from markupsafe import Markup

from bot.demo.workspace.model import Json
from bot.demo.workspace.page.render.frame import Slot
from bot.demo.workspace.page.render.html import EMPTY, joined, plain, safe_url, tag
from bot.demo.workspace.page.render.inputs import INPUTS
from bot.demo.workspace.page.render.selects import SELECTS
from bot.demo.workspace.page.render.texts import short_text, text

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
