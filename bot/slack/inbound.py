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
    """A button or choice of a message that somebody pressed.

    `value` is as it was drawn, of whatever was chosen; `trigger_id` opens one modal within 3 seconds.
    """

    person: str
    channel: str
    message_ts: str
    thread_ts: str | None
    value: object
    trigger_id: str


def press(body: Payload) -> Press:
    """Return what a `block_actions` payload from a message says.

    Raises KeyError, IndexError or TypeError for a payload that Slack would not send.
    """
    container, action = body["container"], body["actions"][0]
    chosen = action.get("selected_option") or {}
    return Press(
        person=str(body["user"]["id"]),
        channel=str(container["channel_id"]),
        message_ts=str(container["message_ts"]),
        thread_ts=container.get("thread_ts"),
        value=chosen.get("value", action.get("value")),
        trigger_id=str(body["trigger_id"]),
    )


@dataclass(frozen=True, slots=True)
class Submission:
    """A modal somebody submitted: who, what it was opened about, and what was entered, by block id.

    A text is a string, a choice its value, several choices a list of theirs, nothing chosen None.
    """

    workspace: str
    person: str
    about: str
    entered: Mapping[str, str | list[str] | None]
    view_id: str


def submission(body: Payload) -> Submission:
    """Return what a `view_submission` payload says. Raises KeyError or TypeError as `press` does."""
    view = body["view"]
    entered = {
        block_id: _entered(next(iter(elements.values()), {}))
        for block_id, elements in view["state"]["values"].items()
    }
    return Submission(
        workspace=str((body.get("team") or {}).get("id") or body["user"].get("team_id", "")),
        person=str(body["user"]["id"]),
        about=str(view.get("private_metadata") or ""),
        entered=entered,
        view_id=str(view["id"]),
    )


def _entered(element: Payload) -> str | list[str] | None:
    """Return what one input holds; Slack puts it under a key of its own for each kind."""
    for many in ("selected_options", "selected_users", "selected_conversations", "selected_channels"):
        if many in element:
            return [str(each["value"]) if isinstance(each, dict) else str(each) for each in element[many]]
    if "selected_option" in element:
        return str(element["selected_option"]["value"]) if element["selected_option"] else None
    for one in ("value", "selected_user", "selected_conversation", "selected_channel", "selected_date"):
        if one in element:
            return None if element[one] is None else str(element[one])
    return None


def whereabouts(body: Payload) -> tuple[str, str, str | None] | None:
    """Return channel, person and thread of any payload that has them: where a sentence can be said."""
    event = body.get("event") or {}
    container = body.get("container") or {}
    channel = event.get("channel") or container.get("channel_id")
    user = event.get("user") or (body.get("user") or {}).get("id")
    if not (isinstance(channel, str) and isinstance(user, str)):
        return None
    return channel, user, event.get("thread_ts") or container.get("thread_ts")
