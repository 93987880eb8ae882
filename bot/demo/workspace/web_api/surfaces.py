"""views.*, assistant.threads.* and agents.sessions.*: modals, Home tabs, an agent's threads."""

from collections.abc import Mapping

from bot.demo.workspace.block_kit.blocks import check_view
from bot.demo.workspace.model import Json, Refusal, Surface, View, invalid_arguments
from bot.demo.workspace.payloads import view_json
from bot.demo.workspace.web_api.method import Asked, Method


def _payload(asked: Asked, wanted: Surface) -> Json:
    return check_view(asked.arguments.json("view"), str(wanted), asked.workspace.app.refused_blocks)


def _shown(asked: Asked, view: View) -> Json:
    return {"view": view_json(view, asked.workspace.state, asked.workspace.app)}


def open_view(asked: Asked) -> Json:
    """Open a modal for the person whose press in the last seconds issued the trigger."""
    trigger_id = asked.arguments.required("trigger_id", "invalid_trigger_id")
    payload = _payload(asked, Surface.MODAL)
    trigger = asked.workspace.triggers.use(trigger_id)
    return _shown(asked, asked.workspace.views.open(trigger.user, payload))


def push_view(asked: Asked) -> Json:
    """Put a modal on top of the one in which something was pressed."""
    trigger_id = asked.arguments.required("trigger_id", "invalid_trigger_id")
    payload = _payload(asked, Surface.MODAL)
    trigger = asked.workspace.triggers.use(trigger_id)
    if trigger.view is None:
        raise Refusal("invalid_trigger_id")
    return _shown(asked, asked.workspace.views.push(trigger.user, payload))


def update_view(asked: Asked) -> Json:
    """Replace what an open view shows."""
    views = asked.workspace.views
    view = views.find(asked.arguments.text("view_id"), asked.arguments.text("external_id"))
    payload = _payload(asked, view.type)
    views.check_hash(view, asked.arguments.text("hash"))
    return _shown(asked, views.update(view, payload))


def publish_view(asked: Asked) -> Json:
    """Show a person a Home tab."""
    state, user_id = asked.workspace.state, asked.arguments.required("user_id")
    if user_id not in state.users or state.users[user_id].is_bot:
        raise Refusal("user_not_found")
    payload = _payload(asked, Surface.HOME)
    shown = state.views.get(state.homes.get(user_id, ""))
    if shown is not None:
        asked.workspace.views.check_hash(shown, asked.arguments.text("hash"))
    return _shown(asked, asked.workspace.views.publish(user_id, payload))


VIEWS: Mapping[str, Method] = {
    "views.open": Method(open_view),
    "views.push": Method(push_view),
    "views.update": Method(update_view),
    "views.publish": Method(publish_view),
}


LOADING_MESSAGES, PROMPTS, TITLE = 10, 4, 200
"""Most loading messages and suggested prompts, and characters of a session's title (docs.slack.dev,
"assistant.threads.setStatus", "assistant.threads.setSuggestedPrompts", "agents.sessions.rename")."""

STATUS_LIFETIME = 120.0
"""Seconds a status stays where the app posts nothing (docs.slack.dev, "assistant.threads.setStatus")."""

SESSION_STATUSES = frozenset({"active", "processing", "suspended", "closed"})
"""What a session can be (docs.slack.dev, "agents.sessions.setStatus")."""

_UNSTOPPABLE = "missing_agent_session_stopped_event_subscription"


def set_status(asked: Asked) -> Json:
    """Show what the app is doing in a thread; an empty status takes it away."""
    channel = asked.joined_channel("channel_id")
    asked.arguments.required("thread_ts")
    thread_ts = asked.thread_ts() or ""
    messages = asked.arguments.json("loading_messages") or []
    if not isinstance(messages, list) or len(messages) > LOADING_MESSAGES:
        raise invalid_arguments(f"no more than {LOADING_MESSAGES} items allowed: loading_messages")
    until = asked.workspace.clock() + STATUS_LIFETIME
    status = asked.arguments.text("status")
    asked.workspace.conversations.set_status(channel.id, thread_ts, status, list(map(str, messages)), until)
    return {}


def set_title(asked: Asked) -> Json:
    """Name an assistant's thread."""
    channel = asked.joined_channel("channel_id")
    asked.arguments.required("thread_ts")
    thread = asked.workspace.conversations.agent_thread(channel.id, asked.thread_ts() or "")
    thread.title = asked.arguments.required("title")
    asked.workspace.conversations.agent_thread_changed(thread)
    return {}


def set_suggested_prompts(asked: Asked) -> Json:
    """Offer prompts in a thread, or in the whole Messages tab of an `agent_view` app."""
    channel = asked.joined_channel("channel_id")
    thread_ts = asked.thread_ts() or ""
    if not thread_ts and not asked.workspace.app.agent:
        raise invalid_arguments("missing required field: thread_ts")
    prompts = asked.arguments.objects("prompts")
    if not 0 < len(prompts) <= PROMPTS or not all(p.get("title") and p.get("message") for p in prompts):
        raise invalid_arguments(f"prompts must be 1 to {PROMPTS} objects with title and message")
    thread = asked.workspace.conversations.agent_thread(channel.id, thread_ts)
    thread.prompts, thread.prompts_title = prompts, asked.arguments.text("title")
    asked.workspace.conversations.agent_thread_changed(thread)
    return {}


def set_session_status(asked: Asked) -> Json:
    """Set how far a session is, and make it where there was none; a title counts only then."""
    channel = asked.joined_channel("channel_id")
    asked.arguments.required("thread_ts")
    thread_ts = asked.thread_ts() or ""
    if not asked.workspace.app.agent:
        raise Refusal("not_allowed")
    status = asked.arguments.required("status")
    if status not in SESSION_STATUSES:
        raise invalid_arguments("must be a valid enum value: status")
    is_new = not (known := asked.workspace.state.agent_threads.get((channel.id, thread_ts))) or not (
        known.session_status
    )
    thread = asked.workspace.conversations.agent_thread(channel.id, thread_ts)
    thread.session_status = status
    if is_new and asked.arguments.text("title"):
        thread.title = _title(asked)
    asked.workspace.conversations.agent_thread_changed(thread)
    answer = {"status": status, "agent_status": status, "title": thread.title}
    unstoppable = "agent_session_stopped" not in asked.workspace.app.events
    return answer | ({"warning": _UNSTOPPABLE} if unstoppable else {})


def rename_session(asked: Asked) -> Json:
    """Give a session another title."""
    channel = asked.joined_channel("channel_id")
    thread = asked.workspace.state.agent_threads.get((channel.id, asked.thread_ts() or ""))
    if thread is None or not thread.session_status:
        raise Refusal("session_not_found")
    thread.title = _title(asked)
    asked.workspace.conversations.agent_thread_changed(thread)
    return {"title": thread.title}


def _title(asked: Asked) -> str:
    title = asked.arguments.required("title")
    if len(title) > TITLE:
        raise invalid_arguments(f"must be less than {TITLE + 1} characters: title")
    return title


AGENTS: Mapping[str, Method] = {
    "assistant.threads.setStatus": Method(set_status, ("chat:write", "assistant:write")),
    "assistant.threads.setTitle": Method(set_title, ("assistant:write",)),
    "assistant.threads.setSuggestedPrompts": Method(set_suggested_prompts, ("assistant:write",)),
    "agents.sessions.setStatus": Method(set_session_status, ("chat:write",)),
    "agents.sessions.rename": Method(rename_session, ("chat:write",)),
}
