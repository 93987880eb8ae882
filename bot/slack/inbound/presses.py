"""Buttons, choices, reactions and shortcuts that somebody used beside messages."""

from dataclasses import dataclass

from bot.slack.inbound.fields import (
    Malformed,
    Payload,
    id_or_none,
    objects,
    part,
    slack_id,
    text,
    timestamp,
    timestamp_or_none,
)
from bot.slack.inbound.messages import Written, written


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
    action_id: str = ""
    workspace: str = ""


def press(body: Payload) -> Press:
    """Return what a `block_actions` payload from a message says. Raises Malformed."""
    action = pressed(body)
    return Press(
        person=slack_id(body, "user", "id"),
        channel=slack_id(body, "container", "channel_id"),
        message_ts=timestamp(body, "container", "message_ts"),
        thread_ts=timestamp_or_none(body, "container", "thread_ts"),
        value=chosen(action),
        trigger_id=text(body, "trigger_id"),
        action_id=text(action, "action_id"),
        workspace=workspace(body),
    )


def pressed(body: Payload) -> Payload:
    """Return what was pressed. Raises Malformed where nothing was."""
    actions = objects(body, "actions")
    if not actions:
        raise Malformed("actions")
    return actions[0]


def chosen(action: Payload) -> object:
    """Return the value of what was pressed, or of what was chosen in it."""
    return part(action, "selected_option").get("value", action.get("value"))


def workspace(body: Payload) -> str:
    """Return the workspace of a payload, which is that of the person where the app is a whole company's."""
    return id_or_none(body, "team", "id") or id_or_none(body, "user", "team_id") or ""


_THUMBS = {"+1": True, "thumbsup": True, "-1": False, "thumbsdown": False}


@dataclass(frozen=True, slots=True)
class Thumb:
    """A thumb that somebody put on a message as a reaction."""

    person: str
    channel: str
    ts: str
    up: bool

    def press(self, thread_ts: str) -> Press:
        """Return the same as a press in the thread it was put on, so that it can be answered there."""
        return Press(self.person, self.channel, self.ts, thread_ts, value=None, trigger_id="")


def thumb(event: Payload) -> Thumb | None:
    """Return what a `reaction_added` event says, or None if it is no thumb on a message.

    The name of a reaction carries its skin tone after two colons: `+1::skin-tone-3`.
    """
    item = part(event, "item")
    name = str(event.get("reaction") or "").partition("::")[0]
    if name not in _THUMBS or item.get("type") != "message":
        return None
    person, channel, ts = (
        id_or_none(event, "user"),
        id_or_none(item, "channel"),
        timestamp_or_none(item, "ts"),
    )
    if person is None or channel is None or ts is None:
        return None
    return Thumb(person, channel, ts, _THUMBS[name])


@dataclass(frozen=True, slots=True)
class Halt:
    """Slack's own Stop, pressed in a thread; `messages` are those that it stopped from growing."""

    workspace: str
    person: str
    channel: str
    thread_ts: str
    messages: tuple[str, ...]

    def press(self) -> Press:
        """Return the same as a press on what was stopped, so that it can be answered there."""
        message = self.messages[0] if self.messages else self.thread_ts
        return Press(self.person, self.channel, message, self.thread_ts, value=None, trigger_id="")


def halt(event: Payload, workspace: str) -> Halt:
    """Return what an `agent_session_stopped` event says. Raises Malformed."""
    stopped = event.get("streaming_message_ts")
    found = [timestamp_or_none({"ts": each}, "ts") for each in (stopped if isinstance(stopped, list) else ())]
    return Halt(
        workspace=workspace,
        person=slack_id(event, "user"),
        channel=slack_id(event, "channel"),
        thread_ts=timestamp(event, "thread_ts"),
        messages=tuple(each for each in found if each is not None),
    )


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut somebody chose, with the message in whose menu it stands, if it stands in one."""

    workspace: str
    person: str
    trigger_id: str
    message: Written | None


def shortcut(body: Payload) -> Shortcut:
    """Return what a `shortcut` or `message_action` payload says. Raises Malformed."""
    return Shortcut(
        workspace=workspace(body),
        person=slack_id(body, "user", "id"),
        trigger_id=text(body, "trigger_id"),
        message=written(body) if "message" in body else None,
    )
