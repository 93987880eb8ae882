"""One frame of an event stream, before anybody knows what it means."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame's event name and what its `data` holds: a JSON object or array, or else text."""

    name: str
    value: object

    @property
    def body(self) -> Body:
        """The JSON object, empty where the data is none."""
        return objects(self.value)


def read(event: str, data: str) -> Frame:
    """Read one frame. A frame without an event name is named by its `type`, as AG-UI allows."""
    value = _value(data)
    name = "" if event == "message" else event
    return Frame(name or text(objects(value), "type"), value)


def objects(value: object) -> Body:
    """Return `value` where it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def text(body: Body, *names: str) -> str:
    """Return the first of the named members that is a string with something in it, else an empty one."""
    for name in names:
        value = body.get(name)
        if isinstance(value, str) and value:
            return value
    return ""


def _value(data: str) -> object:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return data
    return value if isinstance(value, dict | list | str) else data
