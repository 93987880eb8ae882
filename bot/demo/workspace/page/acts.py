"""What people do in the browser, each act by its name."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.demo.workspace.changes import What
from bot.demo.workspace.inputs import entered, find
from bot.demo.workspace.interactions import Spot
from bot.demo.workspace.model import Json, Kind, NotPossible, View
from bot.demo.workspace.page.place import HOME, Place, place_of
from bot.demo.workspace.page.render.elements import listed
from bot.demo.workspace.page.render.mrkdwn import as_written
from bot.demo.workspace.page.render.reader import Reader
from bot.demo.workspace.state import SLACKBOT
from bot.demo.workspace.workspace import Workspace


class Malformed(Exception):
    """The JSON of an act lacks something, or holds the wrong thing."""


class Said:
    """The JSON that came with an act, read with checks."""

    def __init__(self, values: Json) -> None:
        self._values = values

    def text(self, key: str, otherwise: str | None = None) -> str:
        """Return a string; raises Malformed where it is missing and there is no `otherwise`."""
        value = self._values.get(key, otherwise)
        if not isinstance(value, str):
            raise Malformed(f"{key!r} should be a string")
        return value

    def texts(self, key: str) -> list[str]:
        """Return a list of strings."""
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Malformed(f"{key!r} should be a list of strings")
        return value

    def maybe(self, key: str) -> str | None:
        """Return a string, or None where it is missing or empty."""
        return self.text(key, "") or None

    def flag(self, key: str) -> bool:
        """Return whether something was ticked."""
        return self._values.get(key) is True

    def each(self, key: str) -> "list[Said]":
        """Return a list of objects."""
        value: Any = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise Malformed(f"{key!r} should be a list of objects")
        return [Said(one) for one in value]


Act = Callable[[Workspace, Reader, Said], Awaitable[Json]]


async def visit(workspace: Workspace, reader: Reader, said: Said) -> Json:
    """Arrive somewhere: at the app's Home tab, its Messages tab, or a channel."""
    place = place_of(said.text("at"))
    if place.channel == HOME:
        await workspace.people.open_home(reader.user)
    elif place.channel == workspace.direct_message(reader.user).id and place.thread_ts is None:
        await workspace.people.open_home(reader.user, tab="messages")
    return {}


async def post(workspace: Workspace, reader: Reader, said: Said) -> Json:
    """Write a message, or run the slash command that the text begins with."""
    where, text, thread_ts = said.text("channel"), said.text("text"), said.maybe("thread_ts")
    if text.startswith("/") and not text.startswith("//"):
        command, _, rest = text.partition(" ")
        delivery = await workspace.people.slash(
            reader.user, where, command.strip(), rest.strip(), thread_ts=thread_ts
        )
        return _heard(delivery.problem, command)
    ts = await workspace.people.post(
        reader.user, where, text, thread_ts=thread_ts, broadcast=said.flag("broadcast")
    )
    return {"ts": ts} | _invitation(workspace, where, ts)


def _heard(problem: str, what: str) -> Json:
    return {"problem": f"{what} failed: the app did not respond."} if problem else {}


def _invitation(workspace: Workspace, where: str, ts: str) -> Json:
    """Offer to invite the app where it was mentioned in a channel it is not in."""
    channel, bot = workspace.channel(where), workspace.bot
    away = bot.id not in channel.members and channel.kind in {Kind.PUBLIC, Kind.PRIVATE}
    if not away or f"<@{bot.id}>" not in workspace.message(where, ts).text:
        return {}
    return {"invite": {"channel": channel.id, "guest": bot.id, "name": bot.real_name or bot.name}}


async def source(workspace: Workspace, reader: Reader, said: Said) -> Json:
    """Return a message as it was typed, for editing."""
    return {"text": as_written(workspace.message(said.text("channel"), said.text("ts")).text, reader)}


async def edit(workspace: Workspace, reader: Reader, said: Said) -> Json:
    """Change one's own message."""
    await workspace.people.edit(reader.user, said.text("channel"), said.text("ts"), said.text("text"))
    return {}


async def delete(workspace: Workspace, reader: Reader, said: Said) -> Json:
    """Delete a message."""
    await workspace.people.delete(reader.user, said.text("channel"), said.text("ts"))
    return {}


async def dismiss(workspace: Workspace, reader: Reader, said: Said) -> Json:
    """Dismiss a message only this person sees."""
    await workspace.people.dismiss(reader.user, said.text("ts"))
    return {}


async def react(workspace: Workspace, reader: Reader, said: Said) -> Json:
    """Add a reaction, or take it back where it was given before."""
    where, ts, name = said.text("channel"), said.text("ts"), said.text("name")
    given = reader.user in workspace.message(where, ts).reactions.get(name, [])
    change = workspace.people.unreact if given else workspace.people.react
    await change(reader.user, where, ts, name)
    return {}


async def shortcut(workspace: Workspace, reader: Reader, said: Said) -> Json:
    """Choose a global shortcut."""
    delivery = await workspace.people.global_shortcut(reader.user, said.text("callback"))
    return _heard(delivery.problem, "That shortcut")


async def message_shortcut(workspace: Workspace, reader: Reader, said: Said) -> Json:
    """Choose a shortcut in the menu of a message."""
    delivery = await workspace.people.message_shortcut(
        reader.user, said.text("channel"), said.text("ts"), said.text("callback")
    )
    return _heard(delivery.problem, "That shortcut")


async def stop_stream(workspace: Workspace, reader: Reader, said: Said) -> Json:
    """Stop the app while it streams."""
    await workspace.people.stop_stream(reader.user, said.text("channel"), said.text("ts"))
    return {}


async def direct_message(workspace: Workspace, reader: Reader, said: Said) -> Json:
    """Open a direct message and return its address."""
    channel = await workspace.people.open_direct_message(reader.user, said.text("with"))
    return {"go": Place(reader.user, channel.id).path}


async def join(workspace: Workspace, reader: Reader, said: Said) -> Json:
    """Join a channel and return its address."""
    await workspace.people.join(reader.user, said.text("channel"))
    return {"go": Place(reader.user, said.text("channel")).path}


async def invite(workspace: Workspace, reader: Reader, said: Said) -> Json:
    """Invite a person, or the app, to a channel."""
    await workspace.people.invite(reader.user, said.text("channel"), said.text("guest"))
    return {}


async def names(workspace: Workspace, reader: Reader, _: Said) -> Json:
    """Return what the composer completes: people, channels and commands."""
    users = workspace.state.users.values()
    people = [each for each in users if not each.deleted and each.id != SLACKBOT]
    rooms = [each for each in workspace.state.channels.values() if each.id in reader.channels and each.name]
    return {
        "people": [
            {"name": each.name, "label": each.real_name or each.name, "app": each.is_bot} for each in people
        ],
        "channels": [{"name": each.name, "label": each.topic} for each in rooms],
        "commands": [
            {"name": each.name, "label": each.description, "hint": each.usage_hint}
            for each in workspace.app.commands
        ],
    }


_UNHEARD = "The app did not respond. Try again in a moment."


def _spot(said: Said) -> Spot:
    view = said.maybe("view")
    return view if view is not None else (said.text("channel"), said.text("ts"))


async def press(workspace: Workspace, reader: Reader, said: Said) -> Json:
    """Press a button; `typed` is what stands in the fields around it."""
    _keep_typed(workspace, said)
    delivery = await workspace.people.press(
        reader.user, _spot(said), said.text("action"), block_id=said.maybe("block")
    )
    return {"problem": _UNHEARD} if delivery.problem else {}


async def choose(workspace: Workspace, reader: Reader, said: Said) -> Json:
    """Choose in a menu, a select or a picker, or write into a field that tells the app at once."""
    _keep_typed(workspace, said)
    action, block, values = said.text("action"), said.maybe("block"), said.texts("values")
    delivery = await workspace.people.choose(reader.user, _spot(said), action, *values, block_id=block)
    _remember_feedback(workspace, reader, said)
    workspace.changes.tell(What.MESSAGE_CHANGED, user=reader.user)
    return {"problem": _UNHEARD} if delivery is not None and delivery.problem else {}


async def suggest(workspace: Workspace, reader: Reader, said: Said) -> Json:
    """Ask the app for the options of an external select; returns them as HTML."""
    offered = await workspace.people.suggestions(
        reader.user, _spot(said), said.text("action"), said.text("text")
    )
    grouped = any("options" in each for each in offered)
    return {"html": listed({"option_groups" if grouped else "options": offered}, reader)}


async def submit(workspace: Workspace, reader: Reader, said: Said) -> Json:
    """Submit the modal in front; objections appear beside the fields."""
    _keep_typed(workspace, said)
    try:
        delivery = await workspace.people.submit_view(reader.user)
    except NotPossible:
        view = workspace.modal(reader.user)
        if view is None or not view.errors:
            raise
        return {}
    return {"problem": "We had some trouble connecting. Try again?"} if delivery.problem else {}


async def close(workspace: Workspace, reader: Reader, said: Said) -> Json:
    """Close the modal in front, or every one."""
    _keep_typed(workspace, said)
    await workspace.people.close_view(reader.user, all_of_them=said.flag("all"))
    return {}


def _keep_typed(workspace: Workspace, said: Said) -> None:
    """Store what stands in a view's text fields, without telling the app."""
    view = workspace.state.views.get(said.text("view", ""))
    for field in said.each("typed") if view is not None else ():
        _write(view, field)


def _write(view: View | None, field: Said) -> None:
    if view is None:
        return
    try:
        block, element = find(view.blocks, field.text("action"), field.text("block"))
    except NotPossible:
        return  # the app has replaced the field since; what was typed there is gone with it
    held = entered(element, (field.text("text"),), [])
    view.state.setdefault(block["block_id"], {})[element["action_id"]] = held


def _remember_feedback(workspace: Workspace, reader: Reader, said: Said) -> None:
    """Keep which of the feedback buttons is down: to the app they are events, to the eye a switch."""
    if said.maybe("element") != "feedback_buttons" or said.maybe("view") is not None:
        return
    message = workspace.state.find_message(said.text("channel"), said.text("ts"))
    if message is not None:
        values = message.inputs.setdefault(reader.user, {}).setdefault(said.text("block"), {})
        values[said.text("action")] = {"type": "feedback_buttons", "value": said.texts("values")[0]}
