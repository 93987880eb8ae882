"""The only reader of the keys of Slack's payloads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.questions import Question
from bot.domain.threads import Thread
from bot.slack import markup

Payload = Mapping[str, Any]

# A message that a person wrote has no subtype, or one of these.
WRITTEN = {None, "file_share", "thread_broadcast"}


def question(event: Payload, workspace: str, bot_user: str) -> Question | None:
    """Return what a `message` or `app_mention` event asks, or None if it asks nothing.

    Edits, the messages of bots and those that begin by addressing somebody else ask nothing. Whether a
    reply in a thread is meant for the bot, its sender does not say: see `Question.addressed`.
    """
    if (
        event.get("subtype") not in WRITTEN
        or event.get("bot_id")
        or event.get("edited")
        or event.get("hidden")
    ):
        return None
    channel, ts, asker = event.get("channel"), event.get("ts"), event.get("user")
    text = event.get("text") or ""
    if not (isinstance(channel, str) and isinstance(ts, str) and isinstance(asker, str)) or asker == bot_user:
        return None
    direct = event.get("channel_type") == "im" or channel.startswith("D")
    mentioned = f"<@{bot_user}>" in text or f"<@{bot_user}|" in text or event.get("type") == "app_mention"
    if not (direct or mentioned) and ("thread_ts" not in event or text.lstrip().startswith("<@")):
        return None
    return Question(
        thread=Thread(workspace, channel, str(event.get("thread_ts") or ts)),
        ts=ts,
        asker=asker,
        text=markup.without_mention(text, bot_user),
        addressed=direct or mentioned,
    )


@dataclass(frozen=True, slots=True)
class Press:
    """A button somebody pressed, and the message it stands in."""

    person: str
    channel: str
    message_ts: str
    thread_ts: str | None
    value: object


def press(body: Payload) -> Press:
    """Return what a `block_actions` payload from a message says.

    Raises KeyError, IndexError or TypeError for a payload that Slack would not send.
    """
    container = body["container"]
    return Press(
        person=str(body["user"]["id"]),
        channel=str(container["channel_id"]),
        message_ts=str(container["message_ts"]),
        thread_ts=container.get("thread_ts"),
        value=body["actions"][0].get("value"),
    )


def whereabouts(body: Payload) -> tuple[str, str, str | None] | None:
    """Return channel, person and thread of any payload that has them: where a sentence can be said."""
    event = body.get("event") or {}
    container = body.get("container") or {}
    channel = event.get("channel") or container.get("channel_id")
    user = event.get("user") or (body.get("user") or {}).get("id")
    if not (isinstance(channel, str) and isinstance(user, str)):
        return None
    return channel, user, event.get("thread_ts") or container.get("thread_ts")
