"""What Slack accepts as written content: rich text, tables, and what Markdown becomes."""

import re

from bot.demo.workspace.checks.node import Node

TABLE_ROWS, TABLE_COLUMNS, TABLE_CHARACTERS = 100, 20, 10_000
"""Limits of a `table` block (docs.slack.dev, "Table block")."""

_PARTS = frozenset(
    {
        "text",
        "link",
        "user",
        "usergroup",
        "team",
        "channel",
        "emoji",
        "broadcast",
        "color",
        "date",
        "citation",
    }
)
_HOLDERS = frozenset(
    {"rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"},
)
_CELLS = frozenset({"raw_text", "rich_text", "raw_number"})
_HEADING = re.compile(r" {0,3}#{1,6}\s")
_RULE = re.compile(r" {0,3}([-*_])(\s*\1){2,}\s*$")
_TABLE_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?\s*$")
_FENCE = re.compile(r" {0,3}(```|~~~)")


def rich_text(node: Node) -> None:
    """Check a `rich_text` block or a cell that holds one."""
    node.fields(["elements"], ["block_id"])
    for holder in node.items("elements", 1000, 0):
        if not holder.is_object():
            continue
        kind = holder.value.get("type")
        if kind not in _HOLDERS:
            holder.wrong(f"unsupported type: {kind}", "type")
        elif kind == "rich_text_list":
            holder.fields(["style", "elements"], ["indent", "offset", "border"])
            holder.one_of("style", ("bullet", "ordered"))
            for item in holder.items("elements", 1000, 0):
                _parts(item)
        else:
            _parts(holder)


def _parts(node: Node) -> None:
    if not node.is_object():
        return
    for part in node.items("elements", 5000, 0):
        if not part.is_object():
            continue
        kind = part.value.get("type")
        if kind not in _PARTS:
            part.wrong(f"unsupported type: {kind}", "type")
        elif kind == "text" and not part.value.get("text"):
            part.wrong("must be more than 0 characters", "text")
        elif kind == "link" and not part.value.get("url"):
            part.wrong("missing required field: url")


def table(node: Node) -> None:
    """Check a `table` block."""
    node.fields(["rows"], ["column_settings", "block_id"])
    characters = 0
    for position, row in enumerate(node.items("rows", TABLE_ROWS)):
        holder = Node({"row": row.value}, f"{node.pointer}/rows/{position}", node.problems)
        for cell in holder.items("row", TABLE_COLUMNS):
            if not cell.is_object():
                continue
            kind = cell.value.get("type")
            if kind not in _CELLS:
                cell.wrong(f"unsupported type: {kind}", "type")
            elif kind == "rich_text":
                rich_text(cell)
            elif kind == "raw_text":
                cell.string("text", TABLE_CHARACTERS)
            characters += text_length(cell.value)
    if characters > TABLE_CHARACTERS:
        node.wrong(f"must be less than {TABLE_CHARACTERS + 1} characters", "rows")
    node.items("column_settings", TABLE_COLUMNS, 0)


def text_length(value: object) -> int:
    """Return how many characters people read in blocks: every text, title and label, added up."""
    if isinstance(value, dict):
        own = sum(len(held) for key, held in value.items() if key == "text" and isinstance(held, str))
        return own + sum(text_length(held) for held in value.values() if isinstance(held, (dict, list)))
    if isinstance(value, list):
        return sum(text_length(each) for each in value)
    return 0


def drawn_blocks(markdown: str) -> int:
    """Return how many blocks a `markdown` block becomes.

    Headings, rules and tables each become one of their own, and so does every run of other text
    between them (reported by people whose answers met the limit of 50 that way).
    """
    count, in_run, fenced = 0, False, False
    lines = markdown.splitlines()
    for number, line in enumerate(lines):
        if _FENCE.match(line):
            fenced = not fenced
        following = lines[number + 1] if number + 1 < len(lines) else ""
        starts_table = "|" in line and bool(_TABLE_RULE.match(following))
        if not fenced and (_HEADING.match(line) or _RULE.match(line) or starts_table):
            count, in_run = count + 1, starts_table
        elif line.strip() and not in_run:
            count, in_run = count + 1, True
    return max(count, 1)
