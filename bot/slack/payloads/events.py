"""Slack's events and commands read into questions, edits, deletions, slash commands and uninstallations."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from slack_bolt.request.async_request import AsyncBoltRequest

from bot.domain.turns import Question, Thread
from bot.slack import markup
from bot.slack.payloads.fields import (
    MalformedPayload,
    Payload,
    id_at,
    id_or_none,
    object_at,
    objects_at,
    text_at,
    text_or_empty,
    ts_at,
    ts_or_none,
    value_at,
)
from bot.slack.payloads.message_text import shared_text, whole_text

# A message that a person wrote has no subtype, or one of these.
PERSON_SUBTYPES = (None, "file_share", "me_message", "thread_broadcast")

MAX_EDIT_AGE = 24 * 3600.0
"""Seconds from a message to an edit that is taken as a question though Slack does not say what it was before;
turns are kept for at least as long."""

# Where an event names the workspace of who wrote it, which in a shared channel can be another one.
AUTHOR_TEAM_KEYS = ("user_team", "source_team")


def question_from(event: Payload, workspace: str, bot_user: str) -> Question | None:
    """Return the question of a `message` or `app_mention` event, None if it asks nothing.

    Edits that do not mention the bot, the messages of bots and those that begin by mentioning another person
    ask nothing. The event does not say whether another message is meant for the bot: see
    `Question.addressed`.
    """
    if event.get("subtype") not in PERSON_SUBTYPES or any(
        event.get(each) for each in ("bot_id", "bot_profile", "hidden")
    ):
        return None
    if event.get("edited") and not _is_mention_by_edit(event):
        return None
    channel, ts = id_or_none(event, "channel"), ts_or_none(event, "ts")
    asker = id_or_none(event, "user")
    if channel is None or ts is None or asker is None or asker == bot_user:
        return None
    said = text_or_empty(event, "text")
    direct = event.get("channel_type") == "im" or channel.startswith("D")
    mentioned = f"<@{bot_user}>" in said or f"<@{bot_user}|" in said or event.get("type") == "app_mention"
    if not (direct or mentioned) and said.lstrip().startswith("<@"):
        return None
    return Question(
        thread=Thread(workspace, channel, ts_or_none(event, "thread_ts") or ts),
        ts=ts,
        asker=asker,
        text="\n\n".join(filter(None, (markup.without_mention(said, bot_user), shared_text(event)))),
        addressed=direct or mentioned,
        asker_team=next((found for each in AUTHOR_TEAM_KEYS if (found := id_or_none(event, each))), None),
    )


def _is_mention_by_edit(event: Payload) -> bool:
    """Return whether an edit, soon after the message, is delivered since it mentions the bot.

    Much later the question of an edited mention may be forgotten, and would be asked once more.
    """
    edited, ts = ts_or_none(event, "edited", "ts"), ts_or_none(event, "ts")
    if event.get("type") != "app_mention" or edited is None or ts is None:
        return False
    return value_at(event, "edited", "user") == event.get("user") and float(edited) - float(ts) < MAX_EDIT_AGE


def asks_by_edit(event: Payload, workspace: str, bot_user: str) -> bool:
    """Return whether an edit turns what asked the bot nothing into a question for it."""
    after = edited_question(event, workspace, bot_user)
    if after is None or not (after.addressed and after.text):
        return False
    fields = {name: event[name] for name in ("channel", "channel_type") if name in event}
    before = {**object_at(event, "previous_message"), **fields, "edited": None}
    was = question_from(before, workspace, bot_user)
    return was is None or not (was.addressed and was.text)


def edited_question(event: Payload, workspace: str, bot_user: str) -> Question | None:
    """Return the edited question of a `message_changed` event, None if no person changed its text.

    Slack sends the event for previews of links too, and for each edit of the bot's own.
    """
    message = object_at(event, "message")
    editor = value_at(message, "edited", "user")
    if event.get("subtype") != "message_changed" or not is_text_change(event):
        return None
    if editor is None or editor != message.get("user"):
        return None
    channel_fields = {name: event[name] for name in ("channel", "channel_type") if name in event}
    return question_from({**message, **channel_fields, "edited": None}, workspace, bot_user)


def is_text_change(event: Payload) -> bool:
    """Return whether an event says that a person edited a message's text, or that it was deleted."""
    message, before = object_at(event, "message"), object_at(event, "previous_message")
    if not message or not before:
        return event.get("subtype") == "message_deleted"
    return not message.get("bot_id") and message.get("text") != before.get("text")


def deleted_message(event: Payload) -> tuple[str, str] | None:
    """Return channel and `ts` of the deleted message of an event, None if it is about another change.

    A deleted message that has replies becomes a tombstone: Slack sends a change instead.
    """
    match event.get("subtype"), value_at(event, "message", "subtype"):
        case "message_deleted", _:
            ts = ts_or_none(event, "deleted_ts")
        case "message_changed", "tombstone":
            ts = ts_or_none(event, "message", "ts")
        case _:
            return None
    channel = id_or_none(event, "channel")
    return (channel, ts) if channel is not None and ts is not None else None


@dataclass(frozen=True, slots=True)
class SelectedMessage:
    """The message of a shortcut; `author` is empty where no user wrote it, `app` names an app that did."""

    channel: str
    ts: str
    thread_ts: str
    author: str
    text: str
    app: str = ""


def selected_message(body: Payload) -> SelectedMessage:
    """Return the message in whose menu a shortcut was chosen. Raises MalformedPayload."""
    ts = ts_at(body, "message", "ts")
    return SelectedMessage(
        channel=id_at(body, "channel", "id"),
        ts=ts,
        thread_ts=ts_or_none(body, "message", "thread_ts") or ts,
        author=id_or_none(body, "message", "user") or "",
        text=whole_text(object_at(body, "message")),
        app=text_or_empty(body, "message", "username")
        or text_or_empty(body, "message", "bot_profile", "name"),
    )


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A slash command; `text` is Slack markup, `trigger_id` opens one modal within 3 seconds."""

    workspace: str
    person: str
    channel: str
    text: str
    trigger_id: str = ""


def slash_command(body: Payload) -> SlashCommand:
    """Return a slash command. Raises MalformedPayload."""
    return SlashCommand(
        workspace=id_at(body, "team_id"),
        person=id_at(body, "user_id"),
        channel=id_at(body, "channel_id"),
        text=text_at(body, "text").strip() if "text" in body else "",
        trigger_id=text_or_empty(body, "trigger_id"),
    )


MAX_KEY_LENGTH = 500
"""Characters of an event's or trigger's id; Slack's have fewer than a hundred."""

NO_RETRY = "x-slack-no-retry"
"""The header that, as 1, keeps Slack from sending the same again (docs.slack.dev, "The Events API")."""

_OBJECTS = ("event", "view", "container", "message", "state")
_WORDS = ("type", "callback_id", "action_id", "command", "trigger_id", "event_id")


def check_envelope(body: Payload, workspace: object) -> None:
    """Check the types that Bolt relies on when it looks for a listener. Raises MalformedPayload.

    `workspace` is what Bolt found, in one of many places.
    """
    if workspace is not None and id_or_none({"team": workspace}, "team") is None:
        raise MalformedPayload("team")
    if "actions" in body:
        text_at(next(iter(objects_at(body, "actions")), {}), "action_id")
    if "view" in body:
        text_at(body, "view", "type")
    for name in _OBJECTS:
        if name in body and not isinstance(body[name], Mapping):
            raise MalformedPayload(name)
    for each in (body, object_at(body, "event"), object_at(body, "view")):
        for name in _WORDS:
            if name in each and not isinstance(each[name], str):
                raise MalformedPayload(name)


def delivery_key(body: Payload) -> str | None:
    """Return the idempotency key of a delivery, None where handling it twice does no harm.

    A new message has none: its question is recorded once, by channel and `ts`, under whatever event it
    comes. Each press, submission, shortcut and command has a trigger of its own.
    """
    event = body.get("event")
    if isinstance(event, Mapping):
        is_new = event.get("type") in ("message", "app_mention") and not is_text_change(event)
        id_ = "" if is_new else text_or_empty(body, "event_id")
    else:
        id_ = "" if body.get("type") == "block_suggestion" else text_or_empty(body, "trigger_id")
    return f"delivery:{id_}" if 0 < len(id_) <= MAX_KEY_LENGTH else None


def log_ids(body: Payload) -> dict[str, str]:
    """Return the ids of workspace, channel and thread in any payload, as far as it has them: for the log."""
    found = {
        "workspace": _first(id_or_none, body, "team_id", "team.id"),
        "channel": _first(id_or_none, body, "event.channel", "event.item.channel", *_CHANNELS, "channel.id"),
        "thread": _first(
            ts_or_none,
            body,
            "event.thread_ts",
            "event.ts",
            "event.item.ts",
            "container.thread_ts",
            "container.message_ts",
        ),
    }
    return {name: value for name, value in found.items() if value is not None}


_CHANNELS = ("container.channel_id", "channel_id")


def _first(read: Callable[..., str | None], body: Payload, *paths: str) -> str | None:
    """Return the first value at one of the dotted paths that `read` accepts."""
    return next((found for path in paths if (found := read(body, *path.split(".")))), None)


def is_externally_shared(body: Payload) -> bool:
    """Return whether an event says that people of another company read its channel."""
    return body.get("is_ext_shared_channel") is True


def reply_address(body: Payload) -> tuple[str, str, str | None] | None:
    """Return channel, person and thread of any payload that has them: where an error can be told."""
    channel = _first(id_or_none, body, "event.channel", *_CHANNELS)
    if channel is None and "message" in body:
        channel = id_or_none(body, "channel", "id")
    person = _first(id_or_none, body, "event.user", "event.message.user", "user.id", "user_id")
    if channel is None or person is None:
        return None
    return (
        channel,
        person,
        _first(ts_or_none, body, "event.thread_ts", "event.message.thread_ts", "container.thread_ts"),
    )


UNINSTALL_EVENTS = frozenset({"app_uninstalled", "tokens_revoked"})
"""Both are sent, in any order; they name no installation, so there is no token to handle them with."""


def uninstalled(body: Payload) -> tuple[str, float] | None:
    """Return where the bot was uninstalled, and when (since 1970); None for another delivery.

    That is a workspace or an organization, "" for none.
    Slack tells whole seconds: an installation of that same second is what was uninstalled.
    Where only tokens of people are revoked, the bot is uninstalled nowhere.
    """
    event = object_at(body, "event")
    kind = text_or_empty(event, "type")
    if kind not in UNINSTALL_EVENTS:
        return None
    holder = id_or_none(body, "team_id") or id_or_none(body, "enterprise_id") or ""
    if kind == "tokens_revoked" and not value_at(event, "tokens", "bot"):
        holder = ""
    seconds = body.get("event_time")
    return holder, seconds + 1.0 if isinstance(seconds, int | float) else time.time()


def delivery_origin(delivery: AsyncBoltRequest) -> tuple[str, str | None]:
    """Return the workspace of a delivery, and its organization where the app is installed for all of one.

    Where a whole organization installed the app, presses and submissions name no team, and what Bolt finds
    may be the organization: the view or the person tells the workspace then.
    """
    context, body = delivery.context, delivery.body
    enterprise = id_or_none(context, "enterprise_id") if context.is_enterprise_install else None
    workspace = id_or_none(context, "team_id")
    if enterprise is not None and workspace in (None, enterprise):
        workspace = id_or_none(body, "view", "team_id") or id_or_none(body, "user", "team_id")
    return workspace or "", enterprise
