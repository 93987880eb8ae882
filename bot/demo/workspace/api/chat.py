"""chat.*: messages that the app posts, changes and deletes."""

from collections.abc import Mapping

from bot.demo.workspace.api.method import Asked, Method
from bot.demo.workspace.api.written import content_of
from bot.demo.workspace.model import Channel, Json, Kind, Message
from bot.demo.workspace.payloads import message_json
from bot.demo.workspace.refusals import Refusal

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
    app = asked.workspace.app
    ts = asked.workspace.state.next_ts()
    return Message(
        ts=ts,
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
