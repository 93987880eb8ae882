"""views.*: modals and Home tabs."""

from collections.abc import Mapping

from bot.demo.workspace.api.method import Asked, Method
from bot.demo.workspace.checks.surfaces import check_view
from bot.demo.workspace.model import Json, Surface, View
from bot.demo.workspace.payloads import view_json
from bot.demo.workspace.refusals import Refusal


def _payload(asked: Asked, wanted: Surface) -> Json:
    return check_view(asked.arguments.json("view"), str(wanted), asked.workspace.app.refused_blocks)


def _shown(asked: Asked, view: View) -> Json:
    return {"view": view_json(view, asked.workspace.state, asked.workspace.app)}


def open_(asked: Asked) -> Json:
    """Open a modal for whoever pressed something within the last seconds."""
    trigger_id = asked.arguments.required("trigger_id", "invalid_trigger_id")
    payload = _payload(asked, Surface.MODAL)
    trigger = asked.workspace.triggers.use(trigger_id)
    return _shown(asked, asked.workspace.views.open(trigger.user, payload))


def push(asked: Asked) -> Json:
    """Put a modal on top of the one in which something was pressed."""
    trigger_id = asked.arguments.required("trigger_id", "invalid_trigger_id")
    payload = _payload(asked, Surface.MODAL)
    trigger = asked.workspace.triggers.use(trigger_id)
    if trigger.view is None:
        raise Refusal("invalid_trigger_id")
    return _shown(asked, asked.workspace.views.push(trigger.user, payload))


def update(asked: Asked) -> Json:
    """Replace what an open view shows."""
    views = asked.workspace.views
    view = views.find(asked.arguments.text("view_id"), asked.arguments.text("external_id"))
    payload = _payload(asked, view.type)
    views.check_hash(view, asked.arguments.text("hash"))
    return _shown(asked, views.update(view, payload))


def publish(asked: Asked) -> Json:
    """Show somebody a Home tab."""
    state, user_id = asked.workspace.state, asked.arguments.required("user_id")
    if user_id not in state.users or state.users[user_id].is_bot:
        raise Refusal("user_not_found")
    payload = _payload(asked, Surface.HOME)
    shown = state.views.get(state.homes.get(user_id, ""))
    if shown is not None:
        asked.workspace.views.check_hash(shown, asked.arguments.text("hash"))
    return _shown(asked, asked.workspace.views.publish(user_id, payload))


METHODS: Mapping[str, Method] = {
    "views.open": Method(open_),
    "views.push": Method(push),
    "views.update": Method(update),
    "views.publish": Method(publish),
}
