"""Fields of Slack's payloads, validated before they reach a flow, the database or PipesHub.

Slack signs the payload, but people fill in parts of it and its format changes: a value of another type
than documented is refused here.
"""

import re
from collections.abc import Mapping
from typing import Any

from bot.domain.text import storable_text

Payload = Mapping[str, Any]

_ID = re.compile(r"[A-Za-z0-9]{1,64}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}")

MAX_TEXT_LENGTH = 100_000
"""Characters; more than twice the longest message that Slack takes (40,000)."""


class MalformedPayload(ValueError):
    """A payload that Slack would not send; names the wrong key, never its value."""


def object_at(body: Payload, *path: str) -> Payload:
    """Return the object at `path`, an empty one where there is none."""
    found = value_at(body, *path)
    return found if isinstance(found, Mapping) else {}


def value_at(body: Payload, *path: str) -> object:
    """Return the value at `path`, None where there is none."""
    found: object = body
    for name in path:
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found


def text_at(body: Payload, *path: str) -> str:
    """Return the text at `path`, fit for a database. Raises MalformedPayload where there is none."""
    found = value_at(body, *path)
    if not isinstance(found, str):
        raise MalformedPayload(".".join(path))
    return storable_field(found)


def id_at(body: Payload, *path: str) -> str:
    """Return the id at `path`, of a user, channel, view or the like. Raises MalformedPayload."""
    found = id_or_none(body, *path)
    if found is None:
        raise MalformedPayload(".".join(path))
    return found


def ts_at(body: Payload, *path: str) -> str:
    """Return the `ts` at `path`. Raises MalformedPayload."""
    found = ts_or_none(body, *path)
    if found is None:
        raise MalformedPayload(".".join(path))
    return found


def id_or_none(body: Payload, *path: str) -> str | None:
    """Return the id at `path`, None where there is none."""
    return _like(_ID, value_at(body, *path))


def ts_or_none(body: Payload, *path: str) -> str | None:
    """Return the `ts` at `path`, None where there is none."""
    return _like(_TIMESTAMP, value_at(body, *path))


def text_or_empty(body: Payload, *path: str) -> str:
    """Return the text at `path`, fit for a database; empty where there is none."""
    found = value_at(body, *path)
    return storable_field(found) if isinstance(found, str) else ""


def objects_at(body: Payload, *path: str) -> list[Payload]:
    """Return the list of objects at `path`, empty where there is none."""
    found = value_at(body, *path)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def storable_field(found: str) -> str:
    """Return a text as databases can store it, cut at `MAX_TEXT_LENGTH`."""
    return storable_text(found[:MAX_TEXT_LENGTH])


def _like(pattern: re.Pattern[str], found: object) -> str | None:
    return found if isinstance(found, str) and pattern.fullmatch(found) else None
