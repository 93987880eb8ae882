"""Values inside blocks, each with its place for objections; rich text, tables, and what Markdown becomes."""

import re
from collections.abc import Iterable
from typing import Any

LONGEST_ID = 255
"""Characters of a `block_id` or `action_id` (docs.slack.dev, "Blocks")."""


class Node:
    """One value; objections to it and to what it holds are gathered in one list for all."""

    def __init__(self, value: Any, pointer: str, problems: list[str]) -> None:  # noqa: ANN401 - any JSON
        self.value = value
        self.pointer = pointer
        self.problems = problems

    def wrong(self, what: str, key: str = "") -> None:
        """Note an objection to this value, or to what it holds under `key`."""
        self.problems.append(f"{what} [json-pointer:{self.pointer}{'/' + key if key else ''}]")

    def has(self, key: str) -> bool:
        """Whether something is given under this key."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def child(self, key: str | int) -> "Node":
        """Return what is held under a key or at a position."""
        return Node(self.value[key], f"{self.pointer}/{key}", self.problems)

    def is_object(self) -> bool:
        """Whether this is a JSON object; an objection is noted where it is not."""
        if isinstance(self.value, dict):
            return True
        self.wrong("must be an object")
        return False

    def fields(self, required: Iterable[str], optional: Iterable[str] = ()) -> bool:
        """Check which fields are given; False where a required one is missing."""
        wanted = list(required)
        for key in self.value:
            if key not in {"type", *wanted, *optional}:
                self.wrong(f"invalid additional property: {key}")
        missing = [key for key in wanted if not self.has(key)]
        for key in missing:
            self.wrong(f"missing required field: {key}")
        return not missing

    def string(self, key: str, most: int, least: int = 1) -> None:
        """Check a text held under `key`, where there is one."""
        if self.has(key):
            self.child(key).length(most, least)

    def length(self, most: int, least: int = 1) -> None:
        """Check that this is a text of at least and at most so many characters."""
        if not isinstance(self.value, str):
            self.wrong("must be a string")
        elif len(self.value) > most:
            self.wrong(f"must be less than {most + 1} characters")
        elif len(self.value) < least:
            self.wrong(f"must be more than {least - 1} characters")

    def one_of(self, key: str, words: Iterable[str]) -> None:
        """Check that the text under `key`, where there is one, is one of these words."""
        if self.has(key) and self.value[key] not in set(words):
            self.wrong(f"must be a valid enum value: {', '.join(sorted(words))}", key)

    def flag(self, *keys: str) -> None:
        """Check that these are booleans where they are given."""
        for key in keys:
            if self.has(key) and not isinstance(self.value[key], bool):
                self.wrong("must be a boolean", key)

    def items(self, key: str, most: int, least: int = 1) -> "list[Node]":
        """Return the members of a list under `key`, its length checked; empty where there is none."""
        if not self.has(key):
            return []
        held = self.child(key)
        if not isinstance(held.value, list):
            held.wrong("must be an array")
            return []
        if len(held.value) > most:
            held.wrong(f"no more than {most} items allowed")
        if len(held.value) < least:
            held.wrong(f"no fewer than {least} items allowed")
        return [held.child(position) for position in range(len(held.value))]

    def text(self, key: str, most: int, *, plain: bool = False) -> None:
        """Check a text object under `key`, where there is one; `plain` admits no mrkdwn."""
        if self.has(key):
            self.child(key).text_object(most, plain=plain)

    def text_object(self, most: int, *, plain: bool = False) -> None:
        """Check that this is a text object of at most so many characters, and not empty."""
        if not self.is_object():
            return
        kind = self.value.get("type")
        if kind not in ({"plain_text"} if plain else {"plain_text", "mrkdwn"}):
            self.wrong("must be plain_text" if plain else f"unsupported type: {kind}", "type")
            return
        if self.fields(["text"], ["emoji"] if kind == "plain_text" else ["verbatim"]):
            self.string("text", most)
            self.flag("emoji", "verbatim")


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
