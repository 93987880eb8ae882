"""Users, channels, messages and views as Slack's JSON shows them."""

from bot.demo.workspace.app import App
from bot.demo.workspace.inputs import state_values
from bot.demo.workspace.model import Channel, File, Json, Kind, Message, Surface, User, View
from bot.demo.workspace.state import State

CHANNEL_TYPES = {Kind.PUBLIC: "channel", Kind.PRIVATE: "group", Kind.IM: "im", Kind.MPIM: "mpim"}
"""What `channel_type` of an event calls each kind."""


def user_json(user: User, state: State, app: App, *, with_email: bool) -> Json:
    """Return a user object; the e-mail address only where the token may see it."""
    profile: Json = {
        "title": user.title,
        "real_name": user.real_name,
        "display_name": user.name,
        "real_name_normalized": user.real_name,
        "display_name_normalized": user.name,
        "team": user.team_id or state.team.id,
    }
    if with_email and user.email:
        profile["email"] = user.email
    if user.is_bot:
        profile |= {"bot_id": app.bot_id, "api_app_id": app.id}
    return {
        "id": user.id,
        "team_id": user.team_id or state.team.id,
        "name": user.name,
        "deleted": user.deleted,
        "color": user.color.removeprefix("#"),
        "real_name": user.real_name,
        "tz": user.tz,
        "profile": profile,
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "is_stranger": bool(user.team_id),
        "updated": 0,
    }


def channel_json(channel: Channel, state: State, app: App) -> Json:
    """Return a conversation object as the app's bot sees it."""
    if channel.kind is Kind.IM:
        other = next((each for each in channel.members if each != app.bot_user), app.bot_user)
        return {
            "id": channel.id,
            "created": channel.created,
            "is_im": True,
            "is_archived": channel.is_archived,
            "user": other,
            "context_team_id": state.team.id,
        }
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind is Kind.PUBLIC,
        "is_group": channel.kind is Kind.PRIVATE,
        "is_im": False,
        "is_mpim": channel.kind is Kind.MPIM,
        "is_private": channel.kind is not Kind.PUBLIC,
        "is_archived": channel.is_archived,
        "is_general": channel.name == "general",
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_member": app.bot_user in channel.members,
        "created": channel.created,
        "creator": next(iter(channel.members), ""),
        "context_team_id": state.team.id,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(channel.members),
    }


def file_json(file: File, state: State) -> Json:
    """Return a file object; its content has no address here, only its description travels."""
    return {
        "id": file.id,
        "name": file.name,
        "title": file.name,
        "mimetype": file.mimetype,
        "filetype": file.name.rpartition(".")[2] or "text",
        "size": file.size or len(file.content.encode()),
        "user": file.user,
        "mode": "hosted",
        "is_external": False,
        "url_private": f"{state.base_url}/files/{file.id}/{file.name}",
        "permalink": f"{state.base_url}/files/{file.id}/{file.name}",
    }


def message_json(message: Message, state: State, app: App, *, counts: bool = False) -> Json:
    """Return a message object; with `counts` the parent of a thread tells of its replies."""
    shown: Json = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": state.team.id,
    }
    optional: Json = {
        "subtype": message.subtype,
        "blocks": message.blocks,
        "attachments": message.attachments,
        "edited": message.edited,
        "metadata": message.metadata,
        "username": message.username,
        "files": [file_json(each, state) for each in message.files],
        "reactions": [
            {"name": name, "users": list(users), "count": len(users)}
            for name, users in message.reactions.items()
        ],
    }
    shown |= {name: value for name, value in optional.items() if value}
    if message.bot_id:
        shown |= {"bot_id": message.bot_id, "app_id": message.app_id, "bot_profile": app.profile}
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
    if message.is_reply:
        parent = state.find_message(message.channel, message.root)
        shown["parent_user_id"] = parent.user if parent else ""
    elif counts:
        shown |= _reply_counts(message, state)
    return shown


def _reply_counts(parent: Message, state: State) -> Json:
    replies = state.replies(parent.channel, parent.ts)
    if not replies:
        return {}
    users = list(dict.fromkeys(each.user for each in replies))
    return {
        "thread_ts": parent.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "latest_reply": replies[-1].ts,
        "reply_users": users[:5],
        "subscribed": False,
    }


def view_json(view: View, state: State, app: App) -> Json:
    """Return a view object with what the person has entered so far."""
    payload, enterprise = view.payload, state.team.enterprise
    shown: Json = {
        "id": view.id,
        "team_id": state.team.id,
        "type": str(view.type),
        "blocks": view.blocks,
        "private_metadata": view.private_metadata,
        "callback_id": view.callback_id,
        "state": {"values": state_values(view.blocks, view.state)},
        "hash": view.hash,
        "title": payload.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
        "clear_on_close": bool(payload.get("clear_on_close")),
        "notify_on_close": bool(payload.get("notify_on_close")),
        "close": payload.get("close"),
        "submit": payload.get("submit"),
        "previous_view_id": view.previous_view_id,
        "root_view_id": view.root_view_id,
        "app_id": app.id,
        "external_id": view.external_id,
        "app_installed_team_id": enterprise.id if enterprise and app.is_org_wide else state.team.id,
        "bot_id": app.bot_id,
    }
    if view.type is Surface.MODAL:
        shown["submit_disabled"] = bool(payload.get("submit_disabled"))
    return shown
