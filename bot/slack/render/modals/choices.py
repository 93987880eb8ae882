"""Inputs of a modal in which something is chosen."""

from collections.abc import Collection, Mapping, Sequence

from bot.slack.limits import OPTION_TEXT
from bot.slack.render.message import Block, option, shortened
from bot.slack.render.modals.frame import plain

Choice = tuple[str, str]
"""What a person reads, and the value that comes back."""


def radio(block_id: str, label: str, choices: Sequence[Choice], *, chosen: str = "") -> Block:
    """Return a few choices of which one is taken; once taken, another can be, but none no more."""
    options = _options(choices)
    element = {"type": "radio_buttons", "action_id": "choice", "options": options} | _initial(options, chosen)
    return _input(block_id, label, element)


def select(
    block_id: str, label: str, choices: Sequence[Choice], *, empty: str, chosen: str = "", hint: str = ""
) -> Block:
    """Return a menu of which one entry is taken; `empty` stands in it while none is."""
    options = _options(choices)
    element: Block = {
        "type": "static_select",
        "action_id": "choice",
        "options": options,
        "placeholder": plain(empty),
    }
    return _input(block_id, label, element | _initial(options, chosen), hint)


def several(
    block_id: str,
    label: str,
    groups: Mapping[str, Sequence[Choice]],
    *,
    empty: str,
    chosen: Collection[str] = (),
    hint: str = "",
) -> Block:
    """Return a menu of which any number of entries is taken; each group has a name, and an entry at least."""
    options = {name: _options(choices) for name, choices in groups.items()}
    element: Block = {
        "type": "multi_static_select",
        "action_id": "choice",
        "option_groups": [{"label": plain(name), "options": found} for name, found in options.items()],
        "placeholder": plain(empty),
    }
    initial = [each for found in options.values() for each in found if each["value"] in chosen]
    return _input(block_id, label, element | ({"initial_options": initial} if initial else {}), hint)


def checkboxes(block_id: str, label: str, choices: Sequence[Choice]) -> Block:
    """Return up to ten choices of which any number is taken."""
    element: Block = {"type": "checkboxes", "action_id": "choice", "options": _options(choices)}
    return _input(block_id, label, element)


def _input(block_id: str, label: str, element: Block, hint: str = "") -> Block:
    drawn: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "optional": True,
        "element": element,
    }
    return drawn | ({"hint": plain(hint)} if hint else {})


def _options(choices: Sequence[Choice]) -> list[Block]:
    return [option(shortened(label, OPTION_TEXT), value) for label, value in choices]


def _initial(options: Sequence[Block], chosen: str) -> Block:
    found = next((each for each in options if each["value"] == chosen), None)
    return {"initial_option": found} if found else {}
