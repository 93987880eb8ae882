"""A value inside blocks, with its place, so that every objection names it as Slack does."""

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
