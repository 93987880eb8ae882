"""JSON from PipesHub read leniently: missing and malformed fields count as absent."""

from collections.abc import Callable, Mapping
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

from bot.domain.text import join_surrogates, readable_text, single_line
from bot.pipeshub.limits import read_json

JsonObject = Mapping[str, Any]


def as_object(value: object) -> JsonObject:
    """Return `value` where it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects_in(value: object) -> list[JsonObject]:
    """Return the objects in a JSON array, so that one bad element does not cost the others."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def first_text(body: JsonObject, *names: str) -> str:
    """Return the first of the named members that is a string and not empty, else an empty string."""
    for name in names:
        value = body.get(name)
        if isinstance(value, str) and value:
            return value
    return ""


@dataclass(frozen=True, slots=True)
class Frame:
    """One event of a stream: its name, and its data as a JSON object, an array or text."""

    name: str
    value: object

    @property
    def body(self) -> JsonObject:
        """The JSON object, empty where the data is none."""
        return as_object(self.value)


def parse_frame(event: str, data: str) -> Frame:
    """Read one frame. A frame without an event name is named by its `type`, as AG-UI allows.

    Raises TooLarge.
    """
    value: object = data
    try:
        parsed = read_json(data, "a frame")
    except ValueError:
        parsed = None
    if isinstance(parsed, dict | list | str):
        value = parsed
    name = "" if event == "message" else event
    return Frame(name or first_text(as_object(value), "type"), value)


# As seconds this is the year 5138, as milliseconds 1973: no date of a server lies between.
_MILLISECONDS_FROM = 1e11
_MAX_DATE = 64  # characters


def parse_datetime(value: object) -> datetime | None:
    """Read a date: seconds or milliseconds since 1970, or ISO 8601 (UTC where it names no offset)."""
    if isinstance(value, str):
        value = value[:_MAX_DATE]
        value = float(value) if value.replace(".", "", 1).isdecimal() else value
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS_FROM else value, UTC)
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    return parsed.replace(tzinfo=UTC) if parsed and parsed.tzinfo is None else parsed


LenientDatetime = Annotated[datetime | None, BeforeValidator(parse_datetime)]


def _text(clean: Callable[[str], str]) -> BeforeValidator:
    return BeforeValidator(lambda value: clean(value) if isinstance(value, str) else value)


CleanText = Annotated[str, _text(join_surrogates)]
"""Text in which half a surrogate pair is replaced, since it could be neither stored nor sent."""

ReadableText = Annotated[str, _text(readable_text)]
"""Text without control characters and those that change its direction."""

SingleLine = Annotated[str, _text(single_line)]
"""Such text on one line: names, titles and addresses."""


class LenientModel(BaseModel):
    """A JSON object; a member of the wrong type counts as left out, so every field needs a default."""

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
