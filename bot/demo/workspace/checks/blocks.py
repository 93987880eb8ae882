"""What Slack accepts as a block, on each surface."""

from collections.abc import Callable

from bot.demo.workspace.checks.content import rich_text, table
from bot.demo.workspace.checks.elements import (
    IN_ACTIONS,
    IN_CARD,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    check_element,
    image,
)
from bot.demo.workspace.checks.node import LONGEST_ID, Node

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
