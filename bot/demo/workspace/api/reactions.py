"""reactions.*: the app's reactions to messages."""

import re
from collections.abc import Mapping

from bot.demo.workspace.api.method import Asked, Method
from bot.demo.workspace.model import Json, Message
from bot.demo.workspace.payloads import message_json
from bot.demo.workspace.refusals import Refusal

_NAME = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


def _target(asked: Asked) -> Message:
    return asked.message(asked.joined_channel(), "timestamp")


def _name(asked: Asked) -> str:
    name = asked.arguments.required("name", "invalid_name").strip(":")
    if not _NAME.fullmatch(name):
        raise Refusal("invalid_name")
    return name


def add(asked: Asked) -> Json:
    """React to a message."""
    message, name = _target(asked), _name(asked)
    if not asked.workspace.conversations.react(message, name, asked.workspace.app.bot_user):
        raise Refusal("already_reacted")
    return {}


def remove(asked: Asked) -> Json:
    """Take a reaction back."""
    message, name = _target(asked), _name(asked)
    if not asked.workspace.conversations.unreact(message, name, asked.workspace.app.bot_user):
        raise Refusal("no_reaction")
    return {}


def get(asked: Asked) -> Json:
    """Return a message with its reactions."""
    message = _target(asked)
    shown = message_json(message, asked.workspace.state, asked.workspace.app)
    return {"type": "message", "channel": message.channel, "message": shown}


METHODS: Mapping[str, Method] = {
    "reactions.add": Method(add, ("reactions:write",)),
    "reactions.get": Method(get, ("reactions:read",)),
    "reactions.remove": Method(remove, ("reactions:write",)),
}
