"""What people write, change and delete in channels."""

from dataclasses import dataclass

from bot.domain.turns import Question, Thread
from bot.slack import markup
from bot.slack.inbound.fields import (
    Payload,
    at,
    id_or_none,
    part,
    slack_id,
    text,
    text_or_empty,
    timestamp,
    timestamp_or_none,
)

# A message that a person wrote has no subtype, or one of these.
WRITTEN = (None, "file_share", "thread_broadcast")

# Where an event names the workspace of who wrote it, which in a shared channel can be another one.
AUTHORS_TEAM = ("user_team", "source_team")


def question(event: Payload, workspace: str, bot_user: str) -> Question | None:
    """Return what a `message` or `app_mention` event asks, or None if it asks nothing.

    Edits, the messages of bots and those that begin by addressing somebody else ask nothing. Whether
    another message is meant for the bot, its sender does not say: see `Question.addressed`.
    """
    if (
        event.get("subtype") not in WRITTEN
        or event.get("bot_id")
        or event.get("bot_profile")
        or event.get("edited")
        or event.get("hidden")
    ):
        return None
    channel, ts = id_or_none(event, "channel"), timestamp_or_none(event, "ts")
    asker = id_or_none(event, "user")
    if channel is None or ts is None or asker is None or asker == bot_user:
        return None
    said = text_or_empty(event, "text")
    direct = event.get("channel_type") == "im" or channel.startswith("D")
    mentioned = f"<@{bot_user}>" in said or f"<@{bot_user}|" in said or event.get("type") == "app_mention"
    if not (direct or mentioned) and said.lstrip().startswith("<@"):
        return None
    return Question(
        thread=Thread(workspace, channel, timestamp_or_none(event, "thread_ts") or ts),
        ts=ts,
        asker=asker,
        text=markup.without_mention(said, bot_user),
        addressed=direct or mentioned,
        asker_team=next((found for each in AUTHORS_TEAM if (found := id_or_none(event, each))), None),
    )


def edit(event: Payload, workspace: str, bot_user: str) -> Question | None:
    """Return what a `message_changed` event makes of a question, or None if no person changed its words.

    Slack sends the event for previews of links too, and for each edit of the bot's own.
    """
    message = part(event, "message")
    if event.get("subtype") != "message_changed" or not changes_words(event):
        return None
    if at(message, "edited", "user") is None or at(message, "edited", "user") != message.get("user"):
        return None
    place = {name: event[name] for name in ("channel", "channel_type") if name in event}
    return question({**message, **place, "edited": None}, workspace, bot_user)


def changes_words(event: Payload) -> bool:
    """Return whether an event tells of a message that is edited by a person or deleted."""
    message, before = part(event, "message"), part(event, "previous_message")
    if not message or not before:
        return event.get("subtype") == "message_deleted"
    return not message.get("bot_id") and message.get("text") != before.get("text")


@dataclass(frozen=True, slots=True)
class Deleted:
    """A message that is no more."""

    workspace: str
    channel: str
    ts: str


def deletion(event: Payload, workspace: str) -> Deleted | None:
    """Return which message an event says is deleted, or None if it says none.

    Of one that has replies Slack leaves a tombstone: it is changed instead.
    """
    match event.get("subtype"), at(event, "message", "subtype"):
        case "message_deleted", _:
            ts = timestamp_or_none(event, "deleted_ts")
        case "message_changed", "tombstone":
            ts = timestamp_or_none(event, "message", "ts")
        case _:
            return None
    channel = id_or_none(event, "channel")
    return Deleted(workspace, channel, ts) if channel is not None and ts is not None else None


@dataclass(frozen=True, slots=True)
class Written:
    """A message that somebody points at; `author` is empty where no user wrote it."""

    channel: str
    ts: str
    thread_ts: str
    author: str
    text: str


def written(body: Payload) -> Written:
    """Return the message in whose menu a shortcut was chosen. Raises Malformed."""
    ts = timestamp(body, "message", "ts")
    return Written(
        channel=slack_id(body, "channel", "id"),
        ts=ts,
        thread_ts=timestamp_or_none(body, "message", "thread_ts") or ts,
        author=id_or_none(body, "message", "user") or "",
        text=text_or_empty(body, "message", "text"),
    )


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command; `text` is Slack markup, `trigger_id` opens one modal within 3 seconds."""

    workspace: str
    person: str
    channel: str
    text: str
    trigger_id: str = ""


def command(body: Payload) -> Command:
    """Return what the form of a slash command says. Raises Malformed."""
    return Command(
        workspace=slack_id(body, "team_id"),
        person=slack_id(body, "user_id"),
        channel=slack_id(body, "channel_id"),
        text=text(body, "text").strip() if "text" in body else "",
        trigger_id=text_or_empty(body, "trigger_id"),
    )
