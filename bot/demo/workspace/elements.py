"""Finding the interactive elements of blocks, and giving ids to what the app left without."""

import copy
import secrets
from collections.abc import Iterator

from bot.demo.workspace.model import Json
from bot.demo.workspace.refusals import NotPossible

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
