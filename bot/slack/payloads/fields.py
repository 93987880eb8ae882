"""Fields of Slack's payloads, validated before they reach a flow, the database or PipesHub.

Slack signs the payload, but people fill in parts of it and its forms change: a value of another type
than documented ends here.
"""

import re
from collections.abc import Mapping
from typing import Any

from bot.domain import text as characters

Payload = Mapping[str, Any]

_ID = re.compile(r"[A-Za-z0-9]{1,64}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}")

MOST_TEXT = 100_000
"""Characters; more than twice the longest message that Slack takes (40,000)."""


class Malformed(ValueError):
    """A payload that Slack would not send; says which key is wrong, and never what stands there."""


def part(body: Payload, *path: str) -> Payload:
    """Return the object at `path`, an empty one where there is none."""
    found = at(body, *path)
    return found if isinstance(found, Mapping) else {}


def at(body: Payload, *path: str) -> object:
    """Return what stands at `path`, None where nothing does."""
    found: object = body
    for name in path:
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found


def text(body: Payload, *path: str) -> str:
    """Return the text at `path`, fit for a database. Raises Malformed where there is none."""
    found = at(body, *path)
    if not isinstance(found, str):
        raise _wrong(path)
    return storable(found)


def slack_id(body: Payload, *path: str) -> str:
    """Return the id at `path`, of a user, channel, view or the like. Raises Malformed."""
    found = id_or_none(body, *path)
    if found is None:
        raise _wrong(path)
    return found


def timestamp(body: Payload, *path: str) -> str:
    """Return the `ts` at `path`. Raises Malformed."""
    found = timestamp_or_none(body, *path)
    if found is None:
        raise _wrong(path)
    return found


def id_or_none(body: Payload, *path: str) -> str | None:
    """Return the id at `path`, None where there is none."""
    return _like(_ID, at(body, *path))


def timestamp_or_none(body: Payload, *path: str) -> str | None:
    """Return the `ts` at `path`, None where there is none."""
    return _like(_TIMESTAMP, at(body, *path))


def text_or_empty(body: Payload, *path: str) -> str:
    """Return the text at `path`, fit for a database; empty where there is none."""
    found = at(body, *path)
    return storable(found) if isinstance(found, str) else ""


def objects(body: Payload, *path: str) -> list[Payload]:
    """Return the list of objects at `path`, empty where there is none."""
    found = at(body, *path)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def storable(found: str) -> str:
    """Return a text as databases hold it, cut where it is endless."""
    return characters.storable(found[:MOST_TEXT])


def _like(pattern: re.Pattern[str], found: object) -> str | None:
    return found if isinstance(found, str) and pattern.fullmatch(found) else None


def _wrong(path: tuple[str, ...]) -> Malformed:
    return Malformed(".".join(path))
