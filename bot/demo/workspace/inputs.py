"""Interactive elements of blocks: finding them, giving them ids, and what people enter into them."""

import copy
import secrets
from collections.abc import Iterator, Sequence

from bot.demo.workspace.model import Json, NotPossible

_HOLDERS = {"section": "accessory", "input": "element"}
_ROWS = ("actions", "context_actions")


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Yield every interactive element with the block it stands in."""
    for block in blocks:
        held = block.get(_HOLDERS.get(str(block.get("type")), ""))
        if isinstance(held, dict) and held.get("type") != "image":
            yield block, held
        if block.get("type") in _ROWS:
            yield from ((block, each) for each in block.get("elements", []))
        if block.get("type") == "card":
            yield from ((block, each) for each in block.get("actions") or [])
        if block.get("type") == "carousel":
            yield from elements(block.get("elements") or [])
        if block.get("type") == "container":
            yield from elements(block.get("child_blocks") or [])


def find(blocks: list[Json], action_id: str, block_id: str | None) -> tuple[Json, Json]:
    """Return the block and element with this `action_id`; raises NotPossible where there is none."""
    for block, element in elements(blocks):
        if element.get("action_id") == action_id and block_id in {None, block.get("block_id")}:
            return block, element
    raise NotPossible(f"there is no element {action_id!r} here")


def with_ids(blocks: list[Json]) -> list[Json]:
    """Return a copy of the blocks in which every block and element has its id, as Slack stores them."""
    stored = copy.deepcopy(blocks)
    for block in stored:
        block.setdefault("block_id", secrets.token_urlsafe(4))
    for block, element in elements(stored):
        block.setdefault("block_id", secrets.token_urlsafe(4))
        element.setdefault("action_id", secrets.token_urlsafe(4))
    return stored


Values = Sequence[str]

_STORED_AS = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "overflow": ("selected_option", ""),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
"""Where each kind of element keeps what was entered, and what it starts with."""

STATELESS = frozenset({"button", "icon_button", "feedback_buttons", "overflow", "workflow_button"})
"""Elements that tell the app and remember nothing."""

TEXTS = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input"})


def entered(element: Json, values: Values, offered: list[Json]) -> Json:
    """Return what an element holds once a person entered `values`, as an action and the state show it.

    `offered` are the options an external select has loaded. Raises NotPossible for what the element
    does not offer.
    """
    kind = str(element["type"])
    if kind == "feedback_buttons":
        return {"type": kind, **_feedback(element, values)}
    key = _STORED_AS.get(kind, ("", ""))[0]
    if not key:
        raise NotPossible(f"nothing can be chosen or written in a {kind}")
    if key == "selected_option":
        held: object = _option(element, _one(values), offered) if values else None
    elif key == "selected_options":
        held = [_option(element, each, offered) for each in values]
    elif kind.startswith("multi_"):
        held = list(values)
    elif kind == "rich_text_input":
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": _one(values)}]}
        held = {"type": "rich_text", "elements": [section]}
    elif kind == "datetimepicker":
        held = int(_one(values))
    else:
        held = _one(values) if values else None
    return {"type": kind, key: (held or None) if kind in TEXTS else held}


def _one(values: Values) -> str:
    if len(values) != 1:
        raise NotPossible("exactly one value can be entered here")
    return values[0]


def _feedback(element: Json, values: Values) -> Json:
    wanted = _one(values)
    for name in ("positive_button", "negative_button"):
        button: Json = element[name]
        if wanted in {name, button.get("value"), button["text"]["text"]}:
            return {"value": button.get("value"), "text": button["text"]}
    raise NotPossible(f"there is no {wanted!r} among the feedback buttons")


def _option(element: Json, wanted: str, offered: list[Json]) -> Json:
    groups: list[Json] = [*element.get("option_groups", []), *(o for o in offered if "options" in o)]
    options = [*element.get("options", []), *(o for o in offered if "options" not in o)]
    options += [option for group in groups for option in group["options"]]
    for option in options:
        if wanted in {option.get("value"), option["text"]["text"]}:
            found: Json = {key: option[key] for key in ("text", "value", "description") if key in option}
            return found
    raise NotPossible(f"there is no option {wanted!r}")


def initial(element: Json) -> Json | None:
    """Return what an element holds before anybody touched it; None where it holds nothing ever."""
    kind = str(element.get("type"))
    if kind in STATELESS or kind not in _STORED_AS:
        return None
    key, start = _STORED_AS[kind]
    several = key.endswith(("options", "users", "channels", "conversations"))
    return {"type": kind, key: element.get(start, [] if several else None)}


def state_values(blocks: list[Json], touched: Json) -> Json:
    """Return `state.values`: every element that holds something, touched or as it started."""
    values: Json = {}
    for block, element in elements(blocks):
        start = initial(element)
        if start is None:
            continue
        block_id, action_id = block["block_id"], element["action_id"]
        held = touched.get(block_id, {}).get(action_id)
        kept = held if held is not None and held["type"] == start["type"] else start
        values.setdefault(block_id, {})[action_id] = kept
    return values


def unfilled(blocks: list[Json], touched: Json) -> dict[str, str]:
    """Return, by block id, why Slack's own client would not submit a view yet."""
    values = state_values(blocks, touched)
    wrong: dict[str, str] = {}
    for block, element in elements(blocks):
        held = values.get(block["block_id"], {}).get(element["action_id"])
        if block["type"] != "input" or held is None:
            continue
        value = next((held[key] for key in held if key != "type"), None)
        if value in (None, "", []):
            if not block.get("optional"):
                wrong[block["block_id"]] = "Please complete this required field."
        elif element["type"] in TEXTS and (problem := _length_problem(element, str(value))):
            wrong[block["block_id"]] = problem
    return wrong


def _length_problem(element: Json, value: str) -> str:
    least, most = element.get("min_length"), element.get("max_length")
    if least is not None and len(value) < least:
        return f"Please enter at least {least} characters."
    if most is not None and len(value) > most:
        return f"Please enter at most {most} characters."
    return ""
