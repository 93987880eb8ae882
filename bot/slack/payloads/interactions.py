"""Slack's interaction payloads read into presses, shortcuts, submissions and Home tab visits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.slack.actions import ButtonValue, read_button_value
from bot.slack.payloads.events import SelectedMessage, selected_message
from bot.slack.payloads.fields import (
    MalformedPayload,
    Payload,
    id_at,
    id_or_none,
    object_at,
    objects_at,
    storable_field,
    text_at,
    text_or_empty,
    ts_at,
    ts_or_none,
    value_at,
)


@dataclass(frozen=True)
class ButtonPress:
    """A press on a button, or a choice in a menu, of a message.

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

    @cached_property
    def about(self) -> ButtonValue:
        """The turn and the choice in the value. Raises UnreadableValueError."""
        return read_button_value(self.value)


def button_press(body: Payload) -> ButtonPress:
    """Return what a `block_actions` payload from a message says. Raises MalformedPayload."""
    action, value = _pressed_action(body)
    return ButtonPress(
        person=id_at(body, "user", "id"),
        channel=id_at(body, "container", "channel_id"),
        message_ts=ts_at(body, "container", "message_ts"),
        thread_ts=ts_or_none(body, "container", "thread_ts"),
        value=value,
        trigger_id=text_at(body, "trigger_id"),
        action_id=text_at(action, "action_id"),
        workspace=_workspace_of(body),
    )


def _pressed_action(body: Payload) -> tuple[Payload, object]:
    """Return what was pressed, and its value or that of the option that was chosen."""
    actions = objects_at(body, "actions")
    if not actions:
        raise MalformedPayload("actions")
    return actions[0], object_at(actions[0], "selected_option").get("value", actions[0].get("value"))


def _workspace_of(body: Payload) -> str:
    """Return the workspace of a payload: the person's, where a whole organization installed the app."""
    return id_or_none(body, "team", "id") or id_or_none(body, "user", "team_id") or ""


_THUMBS = {"+1": True, "thumbsup": True, "-1": False, "thumbsdown": False}


def thumb_reaction(event: Payload) -> tuple[ButtonPress, bool] | None:
    """Return the press that a `reaction_added` event stands for, and whether its thumb is up.

    None stands for another reaction, or one not on a message. The name of a reaction carries its skin tone
    after two colons: `+1::skin-tone-3`.
    """
    item = object_at(event, "item")
    name = str(event.get("reaction") or "").partition("::")[0]
    if name not in _THUMBS or item.get("type") != "message":
        return None
    person, channel, ts = id_or_none(event, "user"), id_or_none(item, "channel"), ts_or_none(item, "ts")
    if person is None or channel is None or ts is None:
        return None
    return ButtonPress(person, channel, ts, None, value=None, trigger_id=""), _THUMBS[name]


def stop_request(event: Payload, workspace: str) -> tuple[ButtonPress, tuple[str, ...]]:
    """Return the press on Slack's own Stop of an `agent_session_stopped` event, and the stopped messages.

    Raises MalformedPayload.
    """
    ended = event.get("streaming_message_ts")
    found = [ts_or_none({"ts": each}, "ts") for each in (ended if isinstance(ended, list) else ())]
    messages = tuple(each for each in found if each is not None)
    person, channel, thread = id_at(event, "user"), id_at(event, "channel"), ts_at(event, "thread_ts")
    stopped = next(iter(messages), thread)
    press = ButtonPress(person, channel, stopped, thread, value=None, trigger_id="", workspace=workspace)
    return press, messages


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A chosen shortcut, with its message where it was chosen in a message's menu."""

    workspace: str
    person: str
    trigger_id: str
    message: SelectedMessage | None


def shortcut(body: Payload) -> Shortcut:
    """Return what a `shortcut` or `message_action` payload says. Raises MalformedPayload."""
    return Shortcut(
        workspace=_workspace_of(body),
        person=id_at(body, "user", "id"),
        trigger_id=text_at(body, "trigger_id"),
        message=selected_message(body) if "message" in body else None,
    )


@dataclass(frozen=True, slots=True)
class ViewPress:
    """A press, choice or text field's Enter in a modal or in the Home tab.

    `metadata` is what the view was drawn with, `value` as in `ButtonPress`; of a text field its text.
    """

    workspace: str
    person: str
    view_id: str
    metadata: str
    value: object
    trigger_id: str


def view_press(body: Payload) -> ViewPress:
    """Return what a `block_actions` payload from a view says. Raises MalformedPayload."""
    _, value = _pressed_action(body)
    return ViewPress(
        workspace=_workspace_of(body),
        person=id_at(body, "user", "id"),
        view_id=id_at(body, "view", "id"),
        metadata=text_or_empty(body, "view", "private_metadata"),
        value=storable_field(value) if isinstance(value, str) else value,
        trigger_id=text_at(body, "trigger_id"),
    )


def home_opened(event: Payload) -> tuple[str, str] | None:
    """Return who opened the Home tab, and the metadata that it was last drawn with, empty the first time.

    None stands for another tab. Raises MalformedPayload.
    """
    if event.get("tab") != "home":
        return None
    return id_at(event, "user"), text_or_empty(event, "view", "private_metadata")


@dataclass(frozen=True, slots=True)
class Submission:
    """A submitted modal: by whom, what it was drawn with, and what was entered, by block id.

    A text is a string, a choice its value, several choices a list of theirs, nothing chosen None.
    """

    workspace: str
    person: str
    metadata: str
    entered: Mapping[str, str | list[str] | None]
    view_id: str
    blocks: Sequence[Payload] = ()
    """Those that were drawn, for drawing the modal again with an error."""

    @property
    def turn_id(self) -> str:
        """The turn that the modal is about. Raises UnreadableValueError."""
        return read_button_value(self.metadata).turn_id

    def text(self, block_id: str) -> str:
        """Return what was entered in a text field, empty where nothing was."""
        entered = self.entered.get(block_id)
        return entered if isinstance(entered, str) else ""


def submission(body: Payload) -> Submission:
    """Return what a `view_submission` payload says. Raises MalformedPayload."""
    values = value_at(body, "view", "state", "values")
    if not isinstance(values, Mapping):
        raise MalformedPayload("view.state.values")
    return Submission(
        workspace=_workspace_of(body),
        person=id_at(body, "user", "id"),
        metadata=text_or_empty(body, "view", "private_metadata"),
        entered={storable_field(block_id): _entered(values, block_id) for block_id in values},
        view_id=id_at(body, "view", "id"),
        blocks=[each for each in objects_at(body, "view", "blocks") if _is_whole(each)],
    )


def submitted_title(body: Payload) -> str | None:
    """Return the title of the modal that a payload submits, None for every other payload."""
    if body.get("type") != "view_submission":
        return None
    return text_or_empty(body, "view", "title", "text") or "PipesHub"


def _is_whole(block: Payload) -> bool:
    """Whether a block came back with everything that an input needs to be filled in again."""
    element = object_at(block, "element")
    options = objects_at(element, "options")
    known = options == element.get("options", []) and all("value" in each for each in options)
    return block.get("type") != "input" or (bool(element) and known)


def _entered(values: Payload, block_id: str) -> str | list[str] | None:
    """Return what the one input of a block holds; Slack puts it under a key of its own for each kind."""
    element = next(iter(object_at(values, block_id).values()), None)
    if not isinstance(element, Mapping):
        return None
    for many in ("selected_options", "selected_users", "selected_conversations", "selected_channels"):
        if isinstance(element.get(many), list):
            named = (each.get("value") if isinstance(each, Mapping) else each for each in element[many])
            return [storable_field(each) for each in named if isinstance(each, str)]
    for one in ("value", "selected_user", "selected_conversation", "selected_channel", "selected_date"):
        if isinstance(element.get(one), str):
            return storable_field(element[one])
    return text_or_empty(element, "selected_option", "value") or None
