"""What a method of the Web API is, and what every method needs."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bot.demo.workspace.api.arguments import Arguments
from bot.demo.workspace.model import Channel, Json, Kind, Message
from bot.demo.workspace.refusals import Refusal, invalid_arguments
from bot.demo.workspace.slack import Slack
from bot.demo.workspace.workspace import Workspace

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
