"""What people do with an app's elements: press, choose, type, search, submit and close."""

from bot.demo.workspace.changes import What
from bot.demo.workspace.elements import find
from bot.demo.workspace.inputs import entered
from bot.demo.workspace.interactions import Spot
from bot.demo.workspace.model import Json, View
from bot.demo.workspace.page.acts import Said
from bot.demo.workspace.page.render.reader import Reader
from bot.demo.workspace.page.render.selects import listed
from bot.demo.workspace.refusals import NotPossible
from bot.demo.workspace.workspace import Workspace

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
