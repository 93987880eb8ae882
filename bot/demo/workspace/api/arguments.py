"""The arguments of a Web API call, wherever the client put them."""

import json
from typing import Any

from aiohttp import web

from bot.demo.workspace.model import Json
from bot.demo.workspace.refusals import Refusal, invalid_arguments


class Arguments:
    """Query, form and JSON body as one: slack-sdk sends most arguments in the query, even on POST."""

    def __init__(self, values: Json) -> None:
        self.values = values

    def text(self, name: str, default: str = "") -> str:
        """Return a text argument."""
        value = self.values.get(name)
        return default if value is None else str(value)

    def required(self, name: str, error: str = "") -> str:
        """Return a text argument; raises Refusal `error`, or `invalid_arguments`, where there is none."""
        value = self.text(name)
        if not value and error:
            raise Refusal(error)
        if not value:
            raise invalid_arguments(f"missing required field: {name}")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean argument, however it is spelt."""
        value = self.values.get(name)
        return default if value is None else str(value).lower() in {"1", "true", "t", "yes"}

    def number(self, name: str, default: int) -> int:
        """Return a whole number; raises Refusal `invalid_arguments`."""
        try:
            return int(self.text(name) or default)
        except ValueError:
            raise invalid_arguments(f"must be a number: {name}") from None

    def given(self, name: str) -> bool:
        """Whether the argument was sent at all."""
        return self.values.get(name) is not None

    def json(self, name: str, error: str = "invalid_arguments") -> Any:  # noqa: ANN401 - any JSON value
        """Return an argument that is JSON, sent as such or as a string of it; None where not sent."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise Refusal(error) from None

    def objects(self, name: str, error: str = "invalid_arguments") -> list[Json]:
        """Return a list of JSON objects; raises Refusal `error` for anything else."""
        value = self.json(name, error)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise Refusal(error)
        return value


async def arguments_of(request: web.Request) -> Arguments:
    """Merge the arguments of a request; raises Refusal `invalid_json`."""
    values: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = await request.json() if request.can_read_body else {}
        except ValueError:
            raise Refusal("invalid_json") from None
        if not isinstance(body, dict):
            raise Refusal("json_not_object")
        values |= body
    elif request.can_read_body:
        form = await request.post()
        values |= {name: value for name, value in form.items() if isinstance(value, str)}
    return Arguments(values)
