"""Bodies read tolerantly: three generations of servers disagree on keys, types and what they leave out."""

from datetime import UTC, datetime
from typing import Annotated

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

from bot.domain.text import whole

_MILLISECONDS_FROM = (
    1e11  # as seconds this is the year 5138, as milliseconds 1973: no server's date is between
)


class Body(BaseModel):
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


def moment(value: object) -> datetime | None:
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
    return whole(value) if isinstance(value, str) else value


Moment = Annotated[datetime | None, BeforeValidator(moment)]
Objects = BeforeValidator(_objects)
"""Keeps of a list what are objects, so that one bad element does not cost the others."""
Text = Annotated[str, BeforeValidator(_unicode)]
"""Text in which half a surrogate pair is replaced, since nothing further on could encode it."""
