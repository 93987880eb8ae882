"""Text that can be encoded and stored, and a question with what was said before it in its thread."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


def whole(text: str) -> str:
    """Join surrogate pairs and replace halves of them.

    JSON may escape an emoji as two halves, and a delta can end between them.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def storable(text: str) -> str:
    """Return a text without what no database holds: halves of characters, and NULs."""
    return whole(text).replace("\0", "")


HEADING = "Earlier in this thread:"

_RULE = "\n\n---\n"
_CUT = re.compile(r"\n\n-{0,3}\n?$")

MOST = 6_000
"""Characters of a thread that are sent along: about 1,500 tokens, beside which the sources have room."""

LONGEST = 2_000
"""Characters of one message of it: what is longer begins well before its end."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message as a person reads it."""

    speaker: str
    text: str


def with_context(question: str, said: Sequence[Said]) -> str:
    """Return a question with what was said before it, oldest first; of too much the newest is kept."""
    kept: list[str] = []
    room = MOST
    for each in reversed(said):
        text = each.text.strip()
        line = f"{each.speaker}: {text if len(text) <= LONGEST else text[: LONGEST - 1] + '…'}"
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    if not kept:
        return question
    return f"{question}{_RULE}{HEADING}\n" + "\n".join(reversed(kept))


def asked(text: str) -> str:
    """Return the question of a text that was sent, or of a title, which may be cut off anywhere."""
    question, rule, rest = _CUT.sub("", text).partition(_RULE)
    return question if not rule or rest.startswith(HEADING) or HEADING.startswith(rest) else text
