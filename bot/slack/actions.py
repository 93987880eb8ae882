"""What buttons carry: action ids and a versioned value.

A message outlives many versions of the bot. A value says which version drew it, so that a press on an
old message is understood or refused, never misread.
"""

import json
from dataclasses import dataclass

from bot.slack.limits import BUTTON_VALUE

STOP = "stop_answer"
TRY_AGAIN = "try_again"

VERSION = 1


class UnreadableValueError(ValueError):
    """A button's value is not one this version draws."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a button is about."""

    turn: str


def value(turn: str) -> str:
    """Return the value of a button that is about a turn."""
    return json.dumps({"v": VERSION, "turn": turn}, separators=(",", ":"))


def read(text: object) -> Pressed:
    """Return what a button is about.

    Raises UnreadableValueError for a value of another version, and for one that was never drawn.
    """
    if not isinstance(text, str) or len(text) > BUTTON_VALUE:
        raise UnreadableValueError("not a value")
    try:
        fields = json.loads(text)
    except ValueError:
        raise UnreadableValueError("not JSON") from None
    if not isinstance(fields, dict) or fields.get("v") != VERSION or not isinstance(fields.get("turn"), str):
        raise UnreadableValueError("another version")
    return Pressed(turn=fields["turn"])
