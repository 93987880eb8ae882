"""A form as it was submitted: what somebody wrote is not lost because it could not be sent."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.slack.render.message import Block, section

_TROUBLE = "trouble"
_INITIAL = frozenset({"initial_value", "initial_option", "initial_options"})


def refilled(
    blocks: Sequence[Mapping[str, Any]],
    entered: Mapping[str, str | list[str] | None],
    trouble: str,
) -> list[Block]:
    """Return the blocks of a form with what was entered in them, under a sentence in Slack markup."""
    said = section(f":warning: {trouble}") | {"block_id": _TROUBLE}
    form = [block for block in blocks if block.get("block_id") != _TROUBLE]
    return [said, *(_with(block, entered.get(str(block.get("block_id")))) for block in form)]


def _with(block: Mapping[str, Any], value: str | list[str] | None) -> Block:
    if block.get("type") != "input":
        return dict(block)
    element = {key: held for key, held in block["element"].items() if key not in _INITIAL}
    return {**block, "element": element | _starting(element, value)}


def _starting(element: Block, value: str | list[str] | None) -> Block:
    """Return what an element starts with so that it holds `value`."""
    if not value:
        return {}
    if "options" not in element:
        return {"initial_value": value}
    several = isinstance(value, list)
    chosen = [each for each in element["options"] if each["value"] in (value if several else [value])]
    if not chosen:
        return {}
    return {"initial_options": chosen} if several else {"initial_option": chosen[0]}
