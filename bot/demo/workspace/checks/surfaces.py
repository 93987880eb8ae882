"""What Slack accepts as a whole: the blocks of a message, a modal, a Home tab."""

import json
from collections.abc import Iterable

from bot.demo.workspace.checks.blocks import MARKDOWN, ON_HOME, ON_MESSAGES, ON_MODALS, check_block
from bot.demo.workspace.checks.content import drawn_blocks, text_length
from bot.demo.workspace.checks.node import LONGEST_ID, Node
from bot.demo.workspace.elements import elements
from bot.demo.workspace.model import Json
from bot.demo.workspace.refusals import Refusal

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
"""Blocks in a message and in a view (docs.slack.dev, "Blocks")."""

MESSAGE_CHARACTERS = 13_200
"""All text of a message's blocks; reported as `msg_blocks_too_long` in bolt-js issue 2509."""

TITLE, METADATA, VIEW_BYTES = 24, 3000, 250_000
"""Characters of a view's title and buttons, of `private_metadata`; bytes of a whole view
(docs.slack.dev, "Modals")."""

_VIEW_FIELDS = ("callback_id", "external_id", "private_metadata")
_MODAL_FIELDS = ("close", "submit", "submit_disabled", "clear_on_close", "notify_on_close")


def check_message_blocks(blocks: object, refused: Iterable[str] = ()) -> list[Json]:
    """Return the blocks of a message when Slack would take them; `refused` types are unknown here.

    Raises Refusal `invalid_blocks`, `invalid_blocks_format`, `invalid_attachments` for a second table,
    or `msg_blocks_too_long`.
    """
    if not isinstance(blocks, list):
        raise Refusal("invalid_blocks_format")
    problems: list[str] = []
    root = Node({"blocks": blocks}, "", problems)
    nodes = root.items("blocks", MESSAGE_BLOCKS, 0)
    for node in nodes:
        check_block(node, ON_MESSAGES - set(refused))
    _check_ids(nodes, problems)
    if not problems:
        _check_sums(root, blocks)
    if problems:
        raise _refusal("invalid_blocks", problems)
    if sum(each["type"] == "table" for each in blocks) > 1:
        # Slack keeps tables as attachments, hence the word (docs.slack.dev, "Table block").
        raise _refusal("invalid_attachments", ["only_one_table_allowed"])
    if text_length(blocks) > MESSAGE_CHARACTERS:
        raise Refusal("msg_blocks_too_long")
    return blocks


def _check_sums(root: Node, blocks: list[Json]) -> None:
    markdown = [each["text"] for each in blocks if each["type"] == "markdown"]
    if sum(map(len, markdown)) > MARKDOWN:
        root.wrong(f"markdown blocks together must be less than {MARKDOWN + 1} characters", "blocks")
    if len(blocks) - len(markdown) + sum(map(drawn_blocks, markdown)) > MESSAGE_BLOCKS:
        root.wrong(f"no more than {MESSAGE_BLOCKS} items allowed", "blocks")


def check_view(view: object, wanted: str, refused: Iterable[str] = ()) -> Json:
    """Return a view's payload when Slack would take it as a `modal` or `home`.

    Raises Refusal `invalid_arguments` or `view_too_large`.
    """
    problems: list[str] = []
    node = Node(view, "/view", problems)
    if not isinstance(view, dict):
        raise _refusal("invalid_arguments", ["must be an object [json-pointer:/view]"])
    if view.get("type") != wanted:
        node.wrong(f"must be of type {wanted}", "type")
    is_modal = wanted == "modal"
    node.fields(["blocks", *(["title"] if is_modal else [])], (*_VIEW_FIELDS, *_MODAL_FIELDS, "title"))
    nodes = node.items("blocks", VIEW_BLOCKS, 0)
    for each in nodes:
        check_block(each, (ON_MODALS if is_modal else ON_HOME) - set(refused))
    _check_ids(nodes, problems)
    for key in ("title", "submit", "close"):
        node.text(key, TITLE, plain=True)
    node.string("private_metadata", METADATA, 0)
    node.string("callback_id", LONGEST_ID, 0)
    node.string("external_id", LONGEST_ID, 0)
    node.flag("clear_on_close", "notify_on_close", "submit_disabled")
    if is_modal and not node.has("submit") and any(_is_input(each) for each in nodes):
        node.wrong("submit is required when an input block is within blocks")
    if problems:
        raise _refusal("invalid_arguments", problems)
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        raise Refusal("view_too_large")
    return view


def _is_input(node: Node) -> bool:
    return isinstance(node.value, dict) and node.value.get("type") == "input"


def _check_ids(nodes: list[Node], problems: list[str]) -> None:
    if problems:
        return
    seen: set[str] = set()
    for node in nodes:
        block_id = node.value.get("block_id")
        if block_id is not None and block_id in seen:
            node.wrong(f"`block_id` {block_id!r} already exists", "block_id")
        seen.add(block_id)
        actions = [each.get("action_id") for _, each in elements([node.value])]
        for action_id in {each for each in actions if each is not None and actions.count(each) > 1}:
            node.wrong(f"`action_id` {action_id!r} already exists")


def _refusal(code: str, problems: list[str]) -> Refusal:
    messages = [f"[ERROR] {problem}" for problem in problems]
    return Refusal(code, errors=problems, response_metadata={"messages": messages})
