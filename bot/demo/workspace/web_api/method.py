"""What a method of the Web API is, and what every method needs: arguments, token, workspace, pages."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from aiohttp import web

from bot.demo.workspace.model import Channel, Json, Kind, Message, Refusal, invalid_arguments
from bot.demo.workspace.workspace import Slack, Workspace


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


Item = TypeVar("Item")

PAGE, LARGEST_PAGE = 100, 1000
"""Items on a page unless told otherwise, and at most (docs.slack.dev, "Pagination")."""


class Token(StrEnum):
    """Which kind of token a method takes."""

    BOT = "bot"
    APP = "app"
    CONFIGURATION = "configuration"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of a method, its token accepted, for one workspace.

    `authorization` is the header, for client secrets.
    """

    slack: Slack
    workspace: Workspace
    arguments: Arguments
    authorization: str = ""
    token: str = ""

    def channel(self, name: str = "channel") -> Channel:
        """Return the channel an argument names, as far as the bot can see it; raises Refusal."""
        wanted = self.arguments.required(name, "channel_not_found")
        channel = self.workspace.state.channels.get(wanted)
        if channel is None or (channel.kind is not Kind.PUBLIC and not self.is_member(channel)):
            raise Refusal("channel_not_found")
        return channel

    def joined_channel(self, name: str = "channel") -> Channel:
        """Return a channel the bot is in; raises Refusal `channel_not_found` or `not_in_channel`."""
        channel = self.channel(name)
        if not self.is_member(channel):
            raise Refusal("not_in_channel")
        return channel

    def is_member(self, channel: Channel) -> bool:
        """Whether the bot is in the channel."""
        return self.workspace.app.bot_user in channel.members

    def message(self, channel: Channel, name: str = "ts") -> Message:
        """Return the message an argument names; raises Refusal `message_not_found`."""
        message = self.workspace.state.find_message(channel.id, self.arguments.text(name))
        if message is None:
            raise Refusal("message_not_found")
        return message

    def thread_ts(self) -> str | None:
        """Return the thread to write to: a reply stands for its parent. Raises Refusal."""
        wanted = self.arguments.text("thread_ts")
        if not wanted:
            return None
        if not wanted.replace(".", "", 1).isdigit():
            raise invalid_arguments("invalid thread_ts")
        where = self.arguments.text("channel") or self.arguments.text("channel_id")
        known = self.workspace.state.find_message(where, wanted)
        return known.root if known else wanted

    def scope(self, *any_of: str) -> None:
        """Raise Refusal `missing_scope` unless the token has one of these scopes."""
        granted = self.workspace.app.scopes
        if not granted & set(any_of):
            provided = ",".join(sorted(granted))
            raise Refusal("missing_scope", needed=",".join(any_of), provided=provided)


@dataclass(frozen=True, slots=True)
class Method:
    """One method: what it does, the scopes of which it needs one, and the token it takes."""

    run: Callable[[Asked], Json]
    scopes: tuple[str, ...] = ()
    token: Token = Token.BOT


def page_of(asked: Asked, items: Sequence[Item]) -> tuple[list[Item], Json]:
    """Return the page that `cursor` and `limit` ask for, and the `response_metadata` that goes with it.

    Raises Refusal `invalid_cursor` or `invalid_limit`.
    """
    limit = asked.arguments.number("limit", PAGE) or PAGE
    if not 0 < limit <= LARGEST_PAGE:
        raise Refusal("invalid_limit")
    start = 0
    if cursor := asked.arguments.text("cursor"):
        try:
            start = int(base64.b64decode(cursor, validate=True))
        except ValueError:
            raise Refusal("invalid_cursor") from None
    end = start + limit
    following = base64.b64encode(str(end).encode()).decode() if end < len(items) else ""
    return list(items[start:end]), {"next_cursor": following}


_LISTS = frozenset({"conversations.list", "users.conversations", "users.list"})
"""Methods that need `team_id` with an organization's token (docs.slack.dev, "Organization-ready apps")."""

_PLACES = ("channel", "channel_id", "user", "user_id", "users", "file", "email", "trigger_id", "view_id")


def whose(slack: Slack, method: str, arguments: Arguments, token: str) -> Workspace:
    """Return the workspace a call is for; the first where the token says nothing.

    Raises Refusal `team_access_not_granted` or `missing_argument` for an organization's token.
    """
    holders = slack.holders(token)
    if not holders:
        return slack.first
    if not holders[0].app.is_org_wide:
        return holders[0]
    if team := arguments.text("team_id"):
        named = next((each for each in holders if each.state.team.id == team), None)
        if named is None:
            raise Refusal("team_access_not_granted")
        return named
    if method in _LISTS:
        raise Refusal("missing_argument")
    given = {arguments.text(name) for name in _PLACES} - {""}
    # Ids are unique within an organization, so whatever a call names is in one of its workspaces.
    return next((each for each in holders if any(_has(each, name) for name in given)), holders[0])


def _has(workspace: Workspace, name: str) -> bool:
    state = workspace.state
    ids = (state.channels, state.users, state.files, state.views)
    return (
        any(name.partition(",")[0] in known for known in ids)
        or workspace.triggers.knows(name)
        or any(each.email == name for each in state.users.values())
    )
