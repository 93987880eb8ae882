"""chat.startStream and its kin: a message that grows while people read it."""

import copy
from collections.abc import Mapping
from typing import Any

from bot.demo.workspace.block_kit.blocks import check_message_blocks
from bot.demo.workspace.inputs import with_ids
from bot.demo.workspace.model import Json, Kind, Message, Refusal, invalid_arguments
from bot.demo.workspace.web_api.chat import (
    MARKDOWN_TEXT,
    blocks_of,
    metadata_of,
    open_channel,
    own_message,
    still_streaming,
)
from bot.demo.workspace.web_api.method import Asked, Method
from bot.demo.workspace.web_api.surfaces import SESSION_STATUSES

TASK_TEXT = 256
"""Characters of a text in a `task_update` or `plan_update` chunk (docs.slack.dev, "chat.appendStream")."""

_TASK_STATES = frozenset({"pending", "in_progress", "complete", "error"})


def start_stream(asked: Asked) -> Json:
    """Begin a message that will grow."""
    _check_available(asked)
    channel = open_channel(asked, asked.channel())
    thread_ts = asked.thread_ts()
    recipient = asked.arguments.text("recipient_user_id")
    if channel.kind is Kind.IM:
        if thread_ts is None:
            raise invalid_arguments("missing required field: thread_ts")
    else:
        for name in ("recipient_user_id", "recipient_team_id"):
            asked.arguments.required(name, f"missing_{name}")
        if recipient not in asked.workspace.state.users:
            raise Refusal("user_not_found")
        if asked.arguments.text("recipient_team_id") != asked.workspace.state.team.id:
            raise Refusal("team_not_found")
    message = own_message(asked, channel, thread_ts)
    message.stream_recipient = recipient or None
    message.stream_started = asked.workspace.clock()
    for name, value in _grown(asked, message).items():
        setattr(message, name, value)
    message.streaming = True
    asked.workspace.conversations.post(message)
    return {"channel": channel.id, "ts": message.ts}


def append_stream(asked: Asked) -> Json:
    """Let a message grow."""
    _check_available(asked)
    message = _open_stream(asked)
    fields = _grown(asked, message)
    if not fields:
        raise Refusal("no_text")
    asked.workspace.conversations.change(message, fields, editor=None, told=False)
    return {"channel": message.channel, "ts": message.ts}


def stop_stream(asked: Asked) -> Json:
    """End a message that grew, with what belongs below it."""
    _check_available(asked)
    message = _open_stream(asked)
    session_status = asked.arguments.text("session_status")
    if session_status and session_status not in SESSION_STATUSES:
        raise invalid_arguments("must be a valid enum value: session_status")
    fields = _grown(asked, message) | {"streaming": False}
    if asked.arguments.given("blocks"):
        whole = [*fields.get("blocks", message.blocks), *blocks_of(asked)]
        fields["blocks"] = check_message_blocks(whole, asked.workspace.app.refused_blocks)
    if asked.arguments.given("metadata"):
        fields["metadata"] = metadata_of(asked)
    conversations = asked.workspace.conversations
    conversations.change(message, fields, editor=None)
    conversations.set_status(message.channel, message.root, "", [], 0.0)
    if session_status:
        thread = conversations.agent_thread(message.channel, message.root)
        thread.session_status = session_status
        conversations.agent_thread_changed(thread)
    return {"channel": message.channel, "ts": message.ts, "message": {"text": message.text, "ts": message.ts}}


def _check_available(asked: Asked) -> None:
    if not asked.workspace.app.streaming:
        raise Refusal("feature_not_enabled")


def _open_stream(asked: Asked) -> Message:
    message = asked.message(asked.joined_channel())
    if message.bot_id != asked.workspace.app.bot_id:
        raise Refusal("message_not_owned_by_app")
    if not still_streaming(asked, message):
        raise Refusal("message_not_in_streaming_state")
    return message


def _grown(asked: Asked, message: Message) -> dict[str, Any]:
    """Return the message's `text` and `blocks` with what this call adds; empty where it adds nothing."""
    chunks = asked.arguments.objects("chunks", "invalid_chunks")
    if text := asked.arguments.text("markdown_text"):
        if chunks:
            raise invalid_arguments("markdown_text and chunks exclude each other")
        chunks = [{"type": "markdown_text", "text": text}]
    if not chunks:
        return {}
    whole, blocks = message.text, copy.deepcopy(message.blocks)
    for chunk in chunks:
        match chunk:
            case {"type": "markdown_text", "text": str(text)} if len(text) <= MARKDOWN_TEXT:
                whole += text
                _add_text(blocks, text)
            case {"type": "markdown_text", "text": str()}:
                raise Refusal("msg_too_long")
            case {"type": "task_update", "id": str(), "title": str()}:
                _put_task(blocks, chunk)
            case {"type": "plan_update", "title": str(title)} if len(title) <= TASK_TEXT:
                _put_plan(blocks, title)
            case {"type": "blocks", "blocks": list(added)}:
                blocks += check_message_blocks(added, asked.workspace.app.refused_blocks)
            case _:
                raise Refusal("invalid_chunks")
    return {"text": whole, "blocks": with_ids(blocks)}


def _add_text(blocks: list[Json], text: str) -> None:
    if blocks and blocks[-1]["type"] == "markdown":
        blocks[-1]["text"] += text
    else:
        blocks.append({"type": "markdown", "text": text})


def _put_task(blocks: list[Json], chunk: Json) -> None:
    texts = [chunk["title"], chunk.get("details") or "", chunk.get("output") or ""]
    if chunk.get("status") not in _TASK_STATES or any(len(each) > TASK_TEXT for each in texts):
        raise Refusal("invalid_chunks")
    task: Json = {key: chunk[key] for key in ("title", "status", "sources") if chunk.get(key)}
    task |= {"type": "task_card", "task_id": chunk["id"]}
    for key in ("details", "output"):
        if chunk.get(key):
            section = {"type": "rich_text_section", "elements": [{"type": "text", "text": chunk[key]}]}
            task[key] = {"type": "rich_text", "elements": [section]}
    plan = next((each for each in blocks if each["type"] == "plan"), None)
    row = blocks if plan is None else plan.setdefault("tasks", [])
    for known in row:
        if known.get("task_id") == chunk["id"]:
            known.update(task)
            return
    row.append(task)


def _put_plan(blocks: list[Json], title: str) -> None:
    plan = next((each for each in blocks if each["type"] == "plan"), None)
    if plan is not None:
        plan["title"] = title
        return
    tasks = [each for each in blocks if each["type"] == "task_card"]
    for task in tasks:
        blocks.remove(task)
    blocks.insert(0, {"type": "plan", "title": title, "tasks": tasks})


_WRITE = ("chat:write",)

METHODS: Mapping[str, Method] = {
    "chat.startStream": Method(start_stream, _WRITE),
    "chat.appendStream": Method(append_stream, _WRITE),
    "chat.stopStream": Method(stop_stream, _WRITE),
}
