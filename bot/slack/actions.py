"""What buttons carry: action ids and a versioned value.

A message outlives many versions of the bot. A value says which version drew it, so that a press on an
old message is understood or refused, never misread.
"""

import json
from dataclasses import dataclass

from bot.slack.limits import BUTTON_VALUE

STOP = "stop_answer"
TRY_AGAIN = "try_again"
RATE = "rate_answer"
RATE_UP = "rate_answer_up"
RATE_DOWN = "rate_answer_down"
TELL_MORE = "tell_more"
REGENERATE = "regenerate_answer"
SHARE = "share_conversation"
ARCHIVE = "archive_conversation"
UNARCHIVE = "unarchive_conversation"
MORE = "more_actions"

RENAMING = "rename_conversation"
DELETING = "delete_conversation"

UP = "up"
DOWN = "down"

VERSION = 1


class UnreadableValueError(ValueError):
    """A button's value is not one this version draws."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a button is about: a turn, and which of several things that one button offers."""

    turn: str
    choice: str = ""


def value(turn: str, choice: str = "") -> str:
    """Return the value of a button that is about a turn."""
    fields = {"v": VERSION, "turn": turn} | ({"choice": choice} if choice else {})
    return json.dumps(fields, separators=(",", ":"))


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
    if not isinstance(fields, dict) or fields.get("v") != VERSION:
        raise UnreadableValueError("another version")
    turn, choice = fields.get("turn"), fields.get("choice", "")
    if not isinstance(turn, str) or not isinstance(choice, str):
        raise UnreadableValueError("not one that was drawn")
    return Pressed(turn, choice)
