"""JSON from PipesHub read tolerantly: missing and malformed fields become absent ones."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic.alias_generators import to_camel

from bot.domain.text import join_surrogates

LenientModel = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame's event name and what its `data` holds: a JSON object or array, or else text."""

    name: str
    value: object

    @property
    def body(self) -> LenientModel:
        """The JSON object, empty where the data is none."""
        return as_object(self.value)


def parse_frame(event: str, data: str) -> Frame:
    """Read one frame. A frame without an event name is named by its `type`, as AG-UI allows."""
    value = _value(data)
    name = "" if event == "message" else event
    return Frame(name or first_text(as_object(value), "type"), value)


def as_object(value: object) -> LenientModel:
    """Return `value` where it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def first_text(body: LenientModel, *names: str) -> str:
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


_MILLISECONDS_FROM = (
    1e11  # as seconds this is the year 5138, as milliseconds 1973: no server's date is between
)


class JsonBody(BaseModel):
    """A JSON object in which a member of the wrong type counts as left out.

    Every field of a subclass has a default, so any JSON object is a valid body.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        coerce_numbers_to_str=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    @field_validator("*", mode="wrap")
    @classmethod
    def _wrong_is_absent(
        cls, value: object, validate: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> object:
        try:
            return validate(value)
        except ValidationError:
            return cls.model_fields[str(info.field_name)].get_default(call_default_factory=True)


def parse_datetime(value: object) -> datetime | None:
    """Read a date: seconds or milliseconds since 1970, or ISO 8601 (UTC where it names no offset)."""
    if isinstance(value, str) and value.replace(".", "", 1).isdecimal():
        value = float(value)
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS_FROM else value, UTC)
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    return parsed.replace(tzinfo=UTC) if parsed and parsed.tzinfo is None else parsed


def _objects(value: object) -> list[object]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _unicode(value: object) -> object:
    return join_surrogates(value) if isinstance(value, str) else value


LenientDatetime = Annotated[datetime | None, BeforeValidator(parse_datetime)]
ObjectsOnly = BeforeValidator(_objects)
"""Keeps of a list what are objects, so that one bad element does not cost the others."""
CleanText = Annotated[str, BeforeValidator(_unicode)]
"""Text in which half a surrogate pair is replaced, since nothing further on could encode it."""
