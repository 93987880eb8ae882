"""conversations.*: channels, their members and what was said in them."""

from collections.abc import Mapping

from bot.demo.workspace.model import Channel, Json, Kind, Message, NotPossible, Refusal, invalid_arguments
from bot.demo.workspace.payloads import channel_json, message_json
from bot.demo.workspace.web_api.method import Asked, Method, page_of

MOST_IN_DIRECT_MESSAGE = 8
"""People beside the bot in one direct message (docs.slack.dev, "conversations.open")."""

_TYPES = {
    "public_channel": Kind.PUBLIC,
    "private_channel": Kind.PRIVATE,
    "im": Kind.IM,
    "mpim": Kind.MPIM,
}
_FAMILIES = {Kind.PUBLIC: "channels", Kind.PRIVATE: "groups", Kind.IM: "im", Kind.MPIM: "mpim"}


def _every(verb: str) -> tuple[str, ...]:
    return tuple(f"{family}:{verb}" for family in _FAMILIES.values())


def info(asked: Asked) -> Json:
    """Return a channel."""
    channel = asked.channel()
    asked.scope(f"{_FAMILIES[channel.kind]}:read")
    shown = channel_json(channel, asked.workspace.state, asked.workspace.app)
    if not asked.arguments.flag("include_num_members"):
        shown.pop("num_members", None)
    return {"channel": shown}


def history(asked: Asked) -> Json:
    """Return the messages at the top level of a channel, the newest first."""
    channel = asked.joined_channel()
    asked.scope(f"{_FAMILIES[channel.kind]}:history")
    newest_first = [each for each in reversed(asked.workspace.messages(channel.id)) if _in_time(asked, each)]
    shown, metadata = page_of(asked, newest_first)
    return {"messages": _shown(asked, shown)} | _paged(metadata)


def replies(asked: Asked) -> Json:
    """Return a thread: its parent, then the replies, the oldest first."""
    channel = asked.joined_channel()
    asked.scope(f"{_FAMILIES[channel.kind]}:history")
    wanted = asked.arguments.required("ts", "thread_not_found")
    known = asked.workspace.state.find_message(channel.id, wanted)
    thread = asked.workspace.thread(channel.id, known.root if known else wanted)
    if not thread:
        raise Refusal("thread_not_found")
    parent, *others = thread
    shown, metadata = page_of(asked, [parent, *(each for each in others if _in_time(asked, each))])
    return {"messages": _shown(asked, shown)} | _paged(metadata)


def _in_time(asked: Asked, message: Message) -> bool:
    oldest, latest = asked.arguments.text("oldest", "0"), asked.arguments.text("latest") or "9999999999"
    try:
        bounds, at = (float(oldest), float(latest)), float(message.ts)
    except ValueError:
        raise invalid_arguments("oldest and latest must be timestamps") from None
    if asked.arguments.flag("inclusive"):
        return bounds[0] <= at <= bounds[1]
    return bounds[0] < at < bounds[1]


def _shown(asked: Asked, messages: list[Message]) -> list[Json]:
    state, app = asked.workspace.state, asked.workspace.app
    shown = [message_json(each, state, app, counts=True) for each in messages]
    if not asked.arguments.flag("include_all_metadata"):
        for each in shown:
            each.pop("metadata", None)
    return shown


def _paged(metadata: Json) -> Json:
    more = bool(metadata["next_cursor"])
    return {"has_more": more} | ({"response_metadata": metadata} if more else {})


def members(asked: Asked) -> Json:
    """Return the ids of who is in a channel."""
    channel = asked.channel()
    asked.scope(f"{_FAMILIES[channel.kind]}:read")
    shown, metadata = page_of(asked, channel.members)
    return {"members": shown, "response_metadata": metadata}


def listed(asked: Asked) -> Json:
    """Return the channels the bot can see."""
    state, app = asked.workspace.state, asked.workspace.app
    visible = (c for c in state.channels.values() if c.kind is Kind.PUBLIC or asked.is_member(c))
    shown, metadata = page_of(asked, wanted_kinds(asked, list(visible)))
    return {"channels": [channel_json(c, state, app) for c in shown], "response_metadata": metadata}


def wanted_kinds(asked: Asked, channels: list[Channel]) -> list[Channel]:
    """Return those channels that `types` and `exclude_archived` ask for; raises Refusal."""
    types = asked.arguments.text("types", "public_channel").replace(" ", "").split(",")
    if unknown := set(types) - set(_TYPES):
        raise Refusal("invalid_types", unknown=sorted(unknown))
    kinds = {_TYPES[each] for each in types}
    for kind in kinds:
        asked.scope(f"{_FAMILIES[kind]}:read")
    skip = asked.arguments.flag("exclude_archived")
    return [each for each in channels if each.kind in kinds and not (skip and each.is_archived)]


def join(asked: Asked) -> Json:
    """Let the bot join a public channel."""
    channel = asked.channel()
    if channel.kind is not Kind.PUBLIC:
        raise Refusal("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise Refusal("is_archived")
    asked.workspace.conversations.join(channel, asked.workspace.app.bot_user)
    return {"channel": channel_json(channel, asked.workspace.state, asked.workspace.app)}


def leave(asked: Asked) -> Json:
    """Let the bot leave a channel."""
    channel = asked.channel()
    if channel.kind is Kind.IM:
        raise Refusal("method_not_supported_for_channel_type")
    try:
        asked.workspace.conversations.leave(channel, asked.workspace.app.bot_user)
    except NotPossible:
        return {"not_in_channel": True}
    return {}


def opened(asked: Asked) -> Json:
    """Open a direct message with one person or several, or one known by its id."""
    workspace = asked.workspace
    if asked.arguments.text("channel"):
        channel = asked.channel()
    else:
        users = [
            each for each in asked.arguments.required("users", "users_list_not_supplied").split(",") if each
        ]
        if len(users) > MOST_IN_DIRECT_MESSAGE:
            raise Refusal("too_many_users")
        known = [workspace.state.users.get(each.strip()) for each in users]
        if any(each is None or each.deleted for each in known):
            raise Refusal("user_not_found")
        ids = [each.id for each in known if each is not None]
        channel = workspace.conversations.open_direct_message([*ids, workspace.app.bot_user])
    whole = asked.arguments.flag("return_im")
    return {"channel": channel_json(channel, workspace.state, workspace.app) if whole else {"id": channel.id}}


METHODS: Mapping[str, Method] = {
    "conversations.info": Method(info, _every("read")),
    "conversations.history": Method(history, _every("history")),
    "conversations.replies": Method(replies, _every("history")),
    "conversations.members": Method(members, _every("read")),
    "conversations.list": Method(listed, _every("read")),
    "conversations.join": Method(join, ("channels:join",)),
    "conversations.leave": Method(leave, ("channels:write", "groups:write", "mpim:write")),
    "conversations.open": Method(opened, ("im:write", "mpim:write")),
}
