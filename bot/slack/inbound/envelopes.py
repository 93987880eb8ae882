"""What every delivery says of itself, whatever it is about."""

from collections.abc import Mapping

from bot.slack.inbound.fields import (
    Malformed,
    Payload,
    id_or_none,
    objects,
    part,
    text,
    text_or_empty,
    timestamp_or_none,
)
from bot.slack.inbound.messages import changes_words

LONGEST_NAME = 500
"""Characters of an event's or trigger's id; Slack's have fewer than a hundred."""

NO_RETRY = "x-slack-no-retry"
"""The header that, as 1, keeps Slack from sending the same again (docs.slack.dev, "The Events API")."""

_OBJECTS = ("event", "view", "container", "message", "state")
_WORDS = ("type", "callback_id", "action_id", "command", "trigger_id", "event_id")


def check(body: Payload, workspace: object) -> None:
    """Make sure of what Bolt takes for granted when it looks for a listener. Raises Malformed.

    `workspace` is what Bolt found as such, in whichever of many places.
    """
    if workspace is not None and id_or_none({"team": workspace}, "team") is None:
        raise Malformed("team")
    if "actions" in body:
        text(next(iter(objects(body, "actions")), {}), "action_id")
    if "view" in body:
        text(body, "view", "type")
    for name in _OBJECTS:
        if name in body and not isinstance(body[name], Mapping):
            raise Malformed(name)
    for each in (body, part(body, "event"), part(body, "view")):
        for name in _WORDS:
            if name in each and not isinstance(each[name], str):
                raise Malformed(name)


def name(body: Payload) -> str | None:
    """Return the name of a delivery, the same however often it comes; None where it may come again.

    A new message is known by its channel and `ts`, under whatever event it comes. A trigger is made anew
    for each press, submission, shortcut and command.
    """
    event = body.get("event")
    if not isinstance(event, Mapping):
        asks = body.get("type") == "block_suggestion"
        return _named("" if asks else text_or_empty(body, "trigger_id"))
    if event.get("type") in ("message", "app_mention") and not changes_words(event):
        return None
    return _named(text_or_empty(body, "event_id"))


def _named(id_: str) -> str | None:
    return f"delivery:{id_}" if 0 < len(id_) <= LONGEST_NAME else None


def ids(body: Payload) -> dict[str, str]:
    """Return the ids of workspace, channel and thread in any payload, as far as it has them: for the log."""
    found = {
        "workspace": id_or_none(body, "team_id") or id_or_none(body, "team", "id"),
        "channel": id_or_none(body, "event", "channel")
        or id_or_none(body, "event", "item", "channel")
        or id_or_none(body, "container", "channel_id")
        or id_or_none(body, "channel_id")
        or id_or_none(body, "channel", "id"),
        "thread": timestamp_or_none(body, "event", "thread_ts")
        or timestamp_or_none(body, "event", "ts")
        or timestamp_or_none(body, "event", "item", "ts")
        or timestamp_or_none(body, "container", "thread_ts")
        or timestamp_or_none(body, "container", "message_ts"),
    }
    return {name: value for name, value in found.items() if value is not None}


def is_shared(body: Payload) -> bool:
    """Return whether an event says that people of another company read its channel."""
    return body.get("is_ext_shared_channel") is True


def whereabouts(body: Payload) -> tuple[str, str, str | None] | None:
    """Return channel, person and thread of any payload that has them: where a sentence can be said."""
    channel = (
        id_or_none(body, "event", "channel")
        or id_or_none(body, "container", "channel_id")
        or id_or_none(body, "channel_id")
    )
    if channel is None and "message" in body:
        channel = id_or_none(body, "channel", "id")
    person = (
        id_or_none(body, "event", "user") or id_or_none(body, "user", "id") or id_or_none(body, "user_id")
    )
    if channel is None or person is None:
        return None
    thread = timestamp_or_none(body, "event", "thread_ts")
    return channel, person, thread or timestamp_or_none(body, "container", "thread_ts")
