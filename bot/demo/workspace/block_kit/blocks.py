"""What Slack accepts as a block, and as a whole: the blocks of a message, a modal, a Home tab."""

import json
from collections.abc import Callable, Iterable

from bot.demo.workspace.block_kit.content import LONGEST_ID, Node, drawn_blocks, rich_text, table, text_length
from bot.demo.workspace.block_kit.elements import (
    IN_ACTIONS,
    IN_CARD,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    check_element,
    image,
)
from bot.demo.workspace.inputs import elements
from bot.demo.workspace.model import Json, Refusal

# Every number in this module is on the page of its block on docs.slack.dev.
_SECTION, _FIELDS, _FIELD = 3000, 10, 2000
_HEADER, _CONTEXT, _ACTIONS, _LABEL = 150, 10, 25, 2000
_CONTEXT_ACTIONS = 5
MARKDOWN = 12_000
_CARD_TITLE, _CARD_BODY, _ALERT = 150, 200, 200
_STATES = ("pending", "in_progress", "complete", "error")
_LEVELS = ("default", "info", "warning", "error", "success")

_EVERYWHERE = frozenset({"actions", "context", "divider", "header", "image", "input", "rich_text", "section"})
ON_MESSAGES = _EVERYWHERE | {
    "card",
    "carousel",
    "container",
    "context_actions",
    "file",
    "markdown",
    "plan",
    "table",
    "task_card",
    "video",
}
ON_HOME = _EVERYWHERE | {"card", "carousel", "container", "video"}
ON_MODALS = _EVERYWHERE | {"alert", "video"}


def check_block(node: Node, allowed: frozenset[str]) -> None:
    """Check one block where these types are `allowed`."""
    if not node.is_object():
        return
    kind = node.value.get("type")
    check = _BLOCKS.get(str(kind))
    if check is None or kind not in allowed:
        node.wrong(f"unsupported type: {kind}", "type")
        return
    check(node)
    node.string("block_id", LONGEST_ID)


def _section(node: Node) -> None:
    node.fields([], ["block_id", "text", "fields", "accessory", "expand"])
    if not node.has("text") and not node.has("fields"):
        node.wrong("must define either text or fields")
    node.text("text", _SECTION)
    for field in node.items("fields", _FIELDS):
        field.text_object(_FIELD)
    if node.has("accessory"):
        check_element(node.child("accessory"), IN_SECTION)


def _divider(node: Node) -> None:
    node.fields([], ["block_id"])


def _header(node: Node) -> None:
    node.fields(["text"], ["block_id", "level"])
    node.text("text", _HEADER, plain=True)


def _context(node: Node) -> None:
    node.fields(["elements"], ["block_id"])
    for element in node.items("elements", _CONTEXT):
        if isinstance(element.value, dict) and element.value.get("type") == "image":
            image(element)
        else:
            element.text_object(_SECTION)


def _row_of(most: int, allowed: frozenset[str]) -> Callable[[Node], None]:
    def check(node: Node) -> None:
        node.fields(["elements"], ["block_id"])
        for element in node.items("elements", most):
            check_element(element, allowed)

    return check


def _input(node: Node) -> None:
    if node.fields(["label", "element"], ["block_id", "hint", "optional", "dispatch_action"]):
        check_element(node.child("element"), IN_INPUT)
    node.text("label", _LABEL, plain=True)
    node.text("hint", _LABEL, plain=True)
    node.flag("optional", "dispatch_action")


def _image(node: Node) -> None:
    image(node)
    node.text("title", _LABEL, plain=True)


def _markdown(node: Node) -> None:
    node.fields(["text"], ["block_id"])
    node.string("text", MARKDOWN)


def _video(node: Node) -> None:
    node.fields(
        ["alt_text", "title", "thumbnail_url", "video_url"],
        ["author_name", "description", "provider_icon_url", "provider_name", "title_url", "block_id"],
    )
    node.text("title", 200, plain=True)
    node.text("description", 200, plain=True)
    node.string("author_name", 50)


def _file(node: Node) -> None:
    node.fields(["external_id", "source"], ["block_id"])


def _task_card(node: Node) -> None:
    node.fields(["task_id", "title", "status"], ["details", "output", "sources", "block_id"])
    node.one_of("status", _STATES)
    for key in ("details", "output"):
        if node.has(key) and node.child(key).is_object():
            rich_text(node.child(key))


def _plan(node: Node) -> None:
    node.fields(["title"], ["tasks", "block_id"])
    for task in node.items("tasks", 50, 0):
        check_block(task, frozenset({"task_card"}))


def _alert(node: Node) -> None:
    node.fields(["text"], ["level", "block_id"])
    node.text("text", _ALERT)
    node.one_of("level", _LEVELS)


def _card(node: Node) -> None:
    node.fields(
        [],
        ["hero_image", "icon", "slack_icon", "title", "subtitle", "body", "subtext", "actions", "block_id"],
    )
    if not any(node.has(key) for key in ("hero_image", "title", "actions", "body")):
        node.wrong("must define at least one of hero_image, title, actions, or body")
    node.text("title", _CARD_TITLE)
    node.text("subtitle", _CARD_TITLE)
    node.text("body", _CARD_BODY)
    for key in ("hero_image", "icon"):
        if node.has(key) and node.child(key).is_object():
            image(node.child(key))
    for element in node.items("actions", _CONTEXT_ACTIONS):
        check_element(element, IN_CARD)


def _carousel(node: Node) -> None:
    node.fields(["elements"], ["block_id"])
    for card in node.items("elements", 10):
        check_block(card, frozenset({"card"}))


def _container(node: Node) -> None:
    node.fields(
        ["child_blocks"],
        [
            "title",
            "rich_text_title",
            "subtitle",
            "width",
            "icon",
            "is_collapsible",
            "default_collapsed",
            "has_header_divider",
            "block_id",
        ],
    )
    node.text("title", _CARD_TITLE, plain=True)
    for block in node.items("child_blocks", 10):
        check_block(block, ON_MESSAGES - {"container"})


_BLOCKS: dict[str, Callable[[Node], None]] = {
    "actions": _row_of(_ACTIONS, IN_ACTIONS),
    "alert": _alert,
    "card": _card,
    "carousel": _carousel,
    "container": _container,
    "context": _context,
    "context_actions": _row_of(_CONTEXT_ACTIONS, IN_CONTEXT_ACTIONS),
    "divider": _divider,
    "file": _file,
    "header": _header,
    "image": _image,
    "input": _input,
    "markdown": _markdown,
    "plan": _plan,
    "rich_text": rich_text,
    "section": _section,
    "table": table,
    "task_card": _task_card,
    "video": _video,
}


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
