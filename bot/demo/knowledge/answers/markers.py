"""Citation markers in a text: kept neutral while an answer is composed, told apart per vocabulary at the end.

A marker is a number between two characters of Unicode's private use area, which no document contains.
"""

import re
from collections.abc import Callable

OPEN, CLOSE = "\ue000", "\ue001"
MARKER = re.compile(f"[ ]?{OPEN}(\\d+){CLOSE}")


def marker(number: int) -> str:
    """Return the neutral marker of a citation."""
    return f"{OPEN}{number}{CLOSE}"


def replaced(text: str, written: Callable[[int], str]) -> str:
    """Return a text with each marker as `written` puts it, after one space."""
    return MARKER.sub(lambda found: f" {written(int(found.group(1)))}", text)


def bare(text: str) -> str:
    """Return a text with markers like `[1]`."""
    return replaced(text, lambda number: f"[{number}]")


def linked(text: str, urls: dict[int, str]) -> str:
    """Return a text with markers that are links, `[1](url)`."""
    return replaced(text, lambda number: f"[{number}]({urls[number]})" if number in urls else f"[{number}]")


def raw(text: str) -> str:
    """Return a text with the markers a model writes before the server has put its own in their place."""
    return replaced(text, lambda number: f"[source](ref{number})")


def unmarked(text: str) -> str:
    """Return a text without markers."""
    return MARKER.sub("", text)
