"""Text that can be encoded, stored and read, and a question with the earlier messages of its thread."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


def join_surrogates(text: str) -> str:
    """Join surrogate pairs, and replace single surrogates.

    JSON may escape an emoji as two surrogates, and a delta can end between them.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def storable_text(text: str) -> str:
    """Return a text without what databases refuse: single surrogates and NULs."""
    return join_surrogates(text).replace("\0", "")


_LINE_END = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_NOT_SHOWN = re.compile("[\0-\b\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that change the direction of what follows; both can make a text lie."""


def readable_text(text: str) -> str:
    """Return a text of others without characters that are not shown, its line ends as newlines."""
    return _NOT_SHOWN.sub("", _LINE_END.sub("\n", join_surrogates(text)))


def single_line(text: str) -> str:
    """Return a name or a title of others as one readable line, so that it cannot draw lines of its own."""
    return " ".join(readable_text(text).split())


THREAD_HEADING = "Earlier in this thread:"

_THREAD_SEPARATOR = "\n\n---\n"
_CUT_SEPARATOR = re.compile(r"\n\n-{0,3}\n?$")

MAX_THREAD_LENGTH = 6_000
"""Characters of a thread that are sent along: about 1,500 tokens, which leaves room for the sources."""

MAX_THREAD_MESSAGE_LENGTH = 2_000
"""Characters of one message of it; longer ones are cut."""


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """One message as a person reads it."""

    author: str
    text: str


def quotation(author: str, text: str) -> str:
    """Return what another person wrote as it goes with a question."""
    return f"“{author} wrote: {text}”"


def question_with_thread(question: str, messages: Sequence[ThreadMessage]) -> str:
    """Return a question with the messages before it, oldest first; of too many the newest are kept."""
    kept: list[str] = []
    room = MAX_THREAD_LENGTH
    for each in reversed(messages):
        text = each.text.strip()
        if len(text) > MAX_THREAD_MESSAGE_LENGTH:
            text = text[: MAX_THREAD_MESSAGE_LENGTH - 1] + "…"
        line = f"{each.author}: {text}"
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    if not kept:
        return question
    return f"{question}{_THREAD_SEPARATOR}{THREAD_HEADING}\n" + "\n".join(reversed(kept))


def question_without_thread(text: str) -> str:
    """Return the question of a text that was sent, or of a title, which may be cut anywhere."""
    question, rule, rest = _CUT_SEPARATOR.sub("", text).partition(_THREAD_SEPARATOR)
    return (
        question if not rule or rest.startswith(THREAD_HEADING) or THREAD_HEADING.startswith(rest) else text
    )
