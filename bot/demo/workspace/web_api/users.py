"""users.* and bots.info: who is who."""

from collections.abc import Mapping

from bot.demo.workspace.model import Json, Refusal, User
from bot.demo.workspace.payloads import channel_json, user_json
from bot.demo.workspace.web_api.conversations import wanted_kinds
from bot.demo.workspace.web_api.method import Asked, Method, page_of


def _user(asked: Asked) -> User:
    user = asked.workspace.state.users.get(asked.arguments.required("user", "user_not_found"))
    if user is None:
        raise Refusal("user_not_found")
    return user


def _shown(asked: Asked, user: User) -> Json:
    may = "users:read.email" in asked.workspace.app.scopes
    return user_json(user, asked.workspace.state, asked.workspace.app, with_email=may)


def info(asked: Asked) -> Json:
    """Return a person."""
    return {"user": _shown(asked, _user(asked))}


def listed(asked: Asked) -> Json:
    """Return all users."""
    shown, metadata = page_of(asked, list(asked.workspace.state.users.values()))
    return {"members": [_shown(asked, each) for each in shown], "response_metadata": metadata}


def lookup_by_email(asked: Asked) -> Json:
    """Return the person with an e-mail address."""
    email = asked.arguments.required("email", "users_not_found").lower()
    for user in asked.workspace.state.users.values():
        if user.email.lower() == email and not user.deleted:
            return {"user": _shown(asked, user)}
    raise Refusal("users_not_found")


def profile(asked: Asked) -> Json:
    """Return a person's profile."""
    return {"profile": _shown(asked, _user(asked))["profile"]}


def conversations(asked: Asked) -> Json:
    """Return the channels a user is in; the bot's where no user is named."""
    state, app = asked.workspace.state, asked.workspace.app
    user = asked.arguments.text("user", app.bot_user)
    if user not in state.users:
        raise Refusal("user_not_found")
    both = [c for c in state.channels.values() if user in c.members and asked.is_member(c)]
    shown, metadata = page_of(asked, wanted_kinds(asked, both))
    return {"channels": [channel_json(c, state, app) for c in shown], "response_metadata": metadata}


def bot_info(asked: Asked) -> Json:
    """Return a bot."""
    app = asked.workspace.app
    if asked.arguments.text("bot", app.bot_id) != app.bot_id:
        raise Refusal("bot_not_found")
    return {
        "bot": {
            "id": app.bot_id,
            "deleted": False,
            "name": app.name,
            "app_id": app.id,
            "user_id": app.bot_user,
        }
    }


_READ = ("users:read",)

METHODS: Mapping[str, Method] = {
    "bots.info": Method(bot_info, _READ),
    "users.conversations": Method(conversations, ("channels:read", "groups:read", "im:read", "mpim:read")),
    "users.info": Method(info, _READ),
    "users.list": Method(listed, _READ),
    "users.lookupByEmail": Method(lookup_by_email, ("users:read.email",)),
    "users.profile.get": Method(profile, ("users.profile:read",)),
}
