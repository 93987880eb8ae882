"""The only reader of the keys of Slack's payloads."""

from collections.abc import Mapping, Sequence
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
    action_id: str = ""
    workspace: str = ""


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
        action_id=str(action["action_id"]),
        workspace=_workspace(body),
    )


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
    item = event.get("item") or {}
    name = str(event.get("reaction") or "").partition("::")[0]
    person, channel, ts = event.get("user"), item.get("channel"), item.get("ts")
    if name not in _THUMBS or item.get("type") != "message":
        return None
    if not (isinstance(person, str) and isinstance(channel, str) and isinstance(ts, str)):
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
    """Return what an `agent_session_stopped` event says. Raises KeyError as `press` does."""
    return Halt(
        workspace=workspace,
        person=str(event["user"]),
        channel=str(event["channel"]),
        thread_ts=str(event["thread_ts"]),
        messages=tuple(str(each) for each in event.get("streaming_message_ts") or ()),
    )


@dataclass(frozen=True, slots=True)
class ViewPress:
    """A button, choice or text field of a modal or Home tab that somebody used.

    `about` is what the view was drawn about, `value` as in `Press`; for a text field it is what stands there.
    """

    workspace: str
    person: str
    view_id: str
    about: str
    value: object
    trigger_id: str


def view_press(body: Payload) -> ViewPress:
    """Return what a `block_actions` payload from a view says. Raises KeyError or its like as `press` does."""
    view, action = body["view"], body["actions"][0]
    chosen = action.get("selected_option") or {}
    return ViewPress(
        workspace=_workspace(body),
        person=str(body["user"]["id"]),
        view_id=str(view["id"]),
        about=str(view.get("private_metadata") or ""),
        value=chosen.get("value", action.get("value")),
        trigger_id=str(body["trigger_id"]),
    )


@dataclass(frozen=True, slots=True)
class HomeVisit:
    """Somebody looks at the Home tab; `about` is what it was last drawn about, empty the first time."""

    person: str
    about: str


def home_visit(event: Payload) -> HomeVisit | None:
    """Return what an `app_home_opened` event says, or None if it is about another tab."""
    if event.get("tab") != "home":
        return None
    about = (event.get("view") or {}).get("private_metadata")
    return HomeVisit(str(event["user"]), str(about or ""))


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command; `text` is Slack markup."""

    workspace: str
    person: str
    channel: str
    text: str


def command(body: Payload) -> Command:
    """Return what the form of a slash command says. Raises KeyError as `press` does."""
    return Command(
        workspace=str(body["team_id"]),
        person=str(body["user_id"]),
        channel=str(body["channel_id"]),
        text=str(body.get("text") or "").strip(),
    )


@dataclass(frozen=True, slots=True)
class Written:
    """A message that somebody points at; `author` is empty where no user wrote it."""

    channel: str
    ts: str
    thread_ts: str
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut somebody chose, with the message in whose menu it stands, if it stands in one."""

    workspace: str
    person: str
    trigger_id: str
    message: Written | None


def shortcut(body: Payload) -> Shortcut:
    """Return what a `shortcut` or `message_action` payload says. Raises KeyError or TypeError as `press`."""
    return Shortcut(
        workspace=_workspace(body),
        person=str(body["user"]["id"]),
        trigger_id=str(body["trigger_id"]),
        message=_written(body) if "message" in body else None,
    )


def _written(body: Payload) -> Written:
    message = body["message"]
    ts = str(message["ts"])
    return Written(
        channel=str(body["channel"]["id"]),
        ts=ts,
        thread_ts=str(message.get("thread_ts") or ts),
        author=str(message.get("user") or ""),
        text=str(message.get("text") or ""),
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
        workspace=_workspace(body),
        person=str(body["user"]["id"]),
        about=str(view.get("private_metadata") or ""),
        entered=entered,
        view_id=str(view["id"]),
    )


def submitted(body: Payload) -> str | None:
    """Return the title of the modal that a payload submits, None for every other payload."""
    if body.get("type") != "view_submission":
        return None
    return str(body["view"]["title"]["text"])


def drawn(body: Payload) -> Sequence[Payload]:
    """Return the blocks of a submitted modal as they were drawn, for drawing it again."""
    return list(body["view"]["blocks"])


def _workspace(body: Payload) -> str:
    return str((body.get("team") or {}).get("id") or body["user"].get("team_id", ""))


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
    channel = event.get("channel") or container.get("channel_id") or body.get("channel_id")
    user = event.get("user") or (body.get("user") or {}).get("id") or body.get("user_id")
    if channel is None and "message" in body:
        channel = (body.get("channel") or {}).get("id")
    if not (isinstance(channel, str) and isinstance(user, str)):
        return None
    return channel, user, event.get("thread_ts") or container.get("thread_ts")
