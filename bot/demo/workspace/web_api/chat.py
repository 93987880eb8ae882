"""chat.* and reactions.*: messages that the app posts, changes and deletes, and its reactions to them."""

import re
from collections.abc import Mapping
from typing import Any

from bot.demo.workspace.block_kit.blocks import check_message_blocks
from bot.demo.workspace.inputs import with_ids
from bot.demo.workspace.model import Channel, Json, Kind, Message, Refusal
from bot.demo.workspace.payloads import message_json
from bot.demo.workspace.web_api.method import Asked, Method

ATTACHMENTS = 100
"""Attachments of one message (docs.slack.dev, "chat.postMessage")."""

MARKDOWN_TEXT = 12_000
"""Characters of `markdown_text` (docs.slack.dev, "chat.postMessage")."""


def content_of(asked: Asked, longest_text: int) -> dict[str, Any]:
    """Return the fields of a message that the arguments describe; raises Refusal.

    A field is missing where its argument was not sent.
    """
    arguments, content = asked.arguments, dict[str, Any]()
    if arguments.given("text"):
        content["text"] = arguments.text("text")
        if len(content["text"]) > longest_text:
            raise Refusal("msg_too_long")
    if arguments.text("markdown_text"):
        content |= _markdown(asked)
    elif arguments.given("blocks"):
        content["blocks"] = blocks_of(asked)
    if arguments.given("attachments"):
        content["attachments"] = _attachments(asked)
    if arguments.given("metadata"):
        content["metadata"] = metadata_of(asked)
    return content


def blocks_of(asked: Asked) -> list[Json]:
    """Return the blocks sent, checked and with their ids; raises Refusal."""
    blocks = asked.arguments.json("blocks", "invalid_blocks_format") or []
    return with_ids(check_message_blocks(blocks, asked.workspace.app.refused_blocks))


def metadata_of(asked: Asked) -> Json:
    """Return the metadata sent; raises Refusal `invalid_metadata_format`."""
    metadata = asked.arguments.json("metadata", "invalid_metadata_format")
    if not isinstance(metadata, dict) or not {"event_type", "event_payload"} <= set(metadata):
        raise Refusal("invalid_metadata_format")
    return metadata


def _markdown(asked: Asked) -> dict[str, Any]:
    if asked.arguments.given("text") or asked.arguments.given("blocks"):
        raise Refusal("markdown_text_conflict")
    text = asked.arguments.text("markdown_text")
    if len(text) > MARKDOWN_TEXT:
        raise Refusal("msg_too_long")
    blocks = check_message_blocks([{"type": "markdown", "text": text}], asked.workspace.app.refused_blocks)
    return {"text": text, "blocks": with_ids(blocks)}


def _attachments(asked: Asked) -> list[Json]:
    attachments = asked.arguments.objects("attachments", "invalid_attachments")
    if len(attachments) > ATTACHMENTS:
        raise Refusal("too_many_attachments")
    for each in attachments:
        blocks = check_message_blocks(each.get("blocks") or [], asked.workspace.app.refused_blocks)
        if blocks:
            each["blocks"] = with_ids(blocks)
    return attachments


POSTED_TEXT, UPDATED_TEXT = 40_000, 4_000
"""Characters of `text`: of a new message (docs.slack.dev, "chat.postMessage"), and of an update, as
people report it."""

_CONTENT = ("text", "blocks", "attachments")


def post_message(asked: Asked) -> Json:
    """Post a message to a channel, a thread, or a person's direct messages."""
    channel = _target(asked)
    content = content_of(asked, POSTED_TEXT)
    if not any(content.get(key) for key in _CONTENT):
        raise Refusal("no_text")
    thread_ts = asked.thread_ts()
    broadcast = thread_ts is not None and asked.arguments.flag("reply_broadcast")
    message = own_message(asked, channel, thread_ts)
    message.subtype = "thread_broadcast" if broadcast else None
    if username := asked.arguments.text("username"):
        asked.scope("chat:write.customize")
        message.username, message.subtype = username, "bot_message"
    for name, value in content.items():
        setattr(message, name, value)
    asked.workspace.conversations.post(message)
    shown = message_json(message, asked.workspace.state, asked.workspace.app)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def own_message(asked: Asked, channel: Channel, thread_ts: str | None) -> Message:
    """Return an empty message of the app's bot user."""
    app, state = asked.workspace.app, asked.workspace.state
    # As Slack does where the thread's first message was deleted before anybody replied.
    if (channel.id, thread_ts) in state.deleted and not any(
        each.root == thread_ts for each in state.histories.get(channel.id, {}).values()
    ):
        thread_ts = None
    return Message(
        ts=state.next_ts(),
        channel=channel.id,
        user=app.bot_user,
        thread_ts=thread_ts,
        bot_id=app.bot_id,
        app_id=app.id,
    )


def open_channel(asked: Asked, channel: Channel) -> Channel:
    """Return the channel where the bot may write; raises Refusal `is_archived` or `not_in_channel`."""
    if channel.is_archived:
        raise Refusal("is_archived")
    may_anywhere = channel.kind is Kind.PUBLIC and "chat:write.public" in asked.workspace.app.scopes
    if not asked.is_member(channel) and not may_anywhere:
        raise Refusal("not_in_channel")
    return channel


def _target(asked: Asked) -> Channel:
    workspace, wanted = asked.workspace, asked.arguments.required("channel", "channel_not_found")
    user = workspace.state.users.get(wanted)
    if user is not None:
        if user.is_bot or user.deleted:
            raise Refusal("channel_not_found")
        return workspace.conversations.open_direct_message([user.id, workspace.app.bot_user])
    return _named(asked)


def _named(asked: Asked) -> Channel:
    """Return the channel to write to, given by id or by name; raises Refusal."""
    name = asked.arguments.text("channel").removeprefix("#")
    named = next((c for c in asked.workspace.state.channels.values() if c.name == name), None)
    if named is not None:
        asked.arguments.values["channel"] = named.id
    return open_channel(asked, asked.channel())


def update(asked: Asked) -> Json:
    """Change one of the app's own messages; text alone replaces the blocks that stood there."""
    channel = asked.joined_channel()
    message = asked.message(channel)
    if message.bot_id != asked.workspace.app.bot_id:
        raise Refusal("cant_update_message")
    if channel.is_archived:
        raise Refusal("is_archived")
    if still_streaming(asked, message):
        raise Refusal("streaming_state_conflict")
    content = content_of(asked, UPDATED_TEXT)
    if not any(content.get(key) for key in _CONTENT):
        raise Refusal("no_text")
    if "text" in content:
        content.setdefault("blocks", [])
    asked.workspace.conversations.change(message, content, editor=message.user)
    shown = message_json(message, asked.workspace.state, asked.workspace.app)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def still_streaming(asked: Asked, message: Message) -> bool:
    """Whether a stream is still open; one past its lifetime is ended here, as Slack does by itself."""
    workspace = asked.workspace
    if message.streaming and workspace.clock() - message.stream_started > workspace.app.stream_lifetime:
        workspace.conversations.change(message, {"streaming": False}, editor=None)
    return message.streaming


def delete(asked: Asked) -> Json:
    """Delete one of the app's own messages."""
    channel = asked.joined_channel()
    message = asked.message(channel)
    if message.bot_id != asked.workspace.app.bot_id or still_streaming(asked, message):
        raise Refusal("cant_delete_message")
    asked.workspace.conversations.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(asked: Asked) -> Json:
    """Show a message to one person in a channel."""
    channel = _named(asked)
    user = asked.arguments.required("user")
    if user not in channel.members:
        raise Refusal("user_not_in_channel")
    content = content_of(asked, POSTED_TEXT)
    if not any(content.get(key) for key in _CONTENT):
        raise Refusal("no_text")
    message = own_message(asked, channel, asked.thread_ts())
    message.visible_to = user
    for name, value in content.items():
        setattr(message, name, value)
    asked.workspace.conversations.post_ephemeral(message)
    return {"message_ts": message.ts}


def get_permalink(asked: Asked) -> Json:
    """Return the address of a message."""
    channel = asked.channel()
    message = asked.message(channel, "message_ts")
    link = f"{asked.workspace.state.base_url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def unfurl(asked: Asked) -> Json:
    """Show previews of links in a person's message."""
    channel = asked.joined_channel()
    message = asked.message(channel)
    unfurls = asked.arguments.json("unfurls")
    if not isinstance(unfurls, dict):
        raise Refusal("missing_unfurls")
    missing = [url for url in unfurls if url not in message.text]
    if missing:
        raise Refusal("cannot_unfurl_url")
    previews = [*message.attachments, *({"from_url": url} | shown for url, shown in unfurls.items())]
    asked.workspace.conversations.change(message, {"attachments": previews}, editor=None)
    return {}


_WRITE = ("chat:write",)

METHODS: Mapping[str, Method] = {
    "chat.postMessage": Method(post_message, _WRITE),
    "chat.update": Method(update, _WRITE),
    "chat.delete": Method(delete, _WRITE),
    "chat.postEphemeral": Method(post_ephemeral, _WRITE),
    "chat.getPermalink": Method(get_permalink),
    "chat.unfurl": Method(unfurl, ("links:write",)),
}


_NAME = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


def _reacted_to(asked: Asked) -> Message:
    return asked.message(asked.joined_channel(), "timestamp")


def _emoji(asked: Asked) -> str:
    name = asked.arguments.required("name", "invalid_name").strip(":")
    if not _NAME.fullmatch(name):
        raise Refusal("invalid_name")
    return name


def add_reaction(asked: Asked) -> Json:
    """React to a message."""
    message, name = _reacted_to(asked), _emoji(asked)
    if not asked.workspace.conversations.react(message, name, asked.workspace.app.bot_user):
        raise Refusal("already_reacted")
    return {}


def remove_reaction(asked: Asked) -> Json:
    """Take a reaction back."""
    message, name = _reacted_to(asked), _emoji(asked)
    if not asked.workspace.conversations.unreact(message, name, asked.workspace.app.bot_user):
        raise Refusal("no_reaction")
    return {}


def get_reactions(asked: Asked) -> Json:
    """Return a message with its reactions."""
    message = _reacted_to(asked)
    shown = message_json(message, asked.workspace.state, asked.workspace.app)
    return {"type": "message", "channel": message.channel, "message": shown}


REACTIONS: Mapping[str, Method] = {
    "reactions.add": Method(add_reaction, ("reactions:write",)),
    "reactions.get": Method(get_reactions, ("reactions:read",)),
    "reactions.remove": Method(remove_reaction, ("reactions:write",)),
}
