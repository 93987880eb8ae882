"""Keeping a workspace between runs, as one JSON file."""

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bot.demo.workspace.changes import What
from bot.demo.workspace.model import AgentThread, Channel, File, Json, Kind, Message, Surface, User, View
from bot.demo.workspace.workspace import Workspace

NAME = "workspace.json"
PAUSE = 0.5
"""Seconds between a change and its saving, so that a streamed answer is not written at every step."""

_UNSAVED = frozenset({What.CALLED, What.DELIVERED})


@contextlib.asynccontextmanager
async def kept(workspace: Workspace, folder: Path | None) -> AsyncIterator[None]:
    """Restore the workspace from a folder and save it there while it runs; nothing without a folder."""
    if folder is None:
        yield
        return
    restore(workspace, folder / NAME)
    saver = asyncio.create_task(_save_changes(workspace, folder / NAME))
    try:
        yield
    finally:
        saver.cancel()
        await asyncio.gather(saver, return_exceptions=True)
        save(workspace, folder / NAME)


async def _save_changes(workspace: Workspace, path: Path) -> None:
    with workspace.changes.subscription() as changes:
        while True:
            news = [await changes.get()]
            await asyncio.sleep(PAUSE)
            news += [changes.get_nowait() for _ in range(changes.qsize())]
            if any(change.what not in _UNSAVED for change in news):
                save(workspace, path)


def save(workspace: Workspace, path: Path) -> None:
    """Write everything there is; the file is replaced at once, never half written."""
    state, app = workspace.state, workspace.app
    saved = {
        "last_stamp": state.last_stamp,
        "count": state.count,
        "users": [dataclasses.asdict(each) for each in state.users.values()],
        "channels": [dataclasses.asdict(each) for each in state.channels.values()],
        "messages": [dataclasses.asdict(m) for history in state.histories.values() for m in history.values()],
        "files": [dataclasses.asdict(each) for each in state.files.values()],
        "homes": [dataclasses.asdict(state.views[each]) for each in state.homes.values()],
        "agent_threads": [dataclasses.asdict(each) for each in state.agent_threads.values()],
        "bot_tokens": sorted(app.tokens.lasting),
        "revoked": sorted(app.tokens.revoked),
        "installed": app.is_installed,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(saved), "utf-8")
    draft.replace(path)


def restore(workspace: Workspace, path: Path) -> None:
    """Read what was saved; a missing file changes nothing. Raises ValueError for a damaged one."""
    if not path.exists():
        return
    try:
        saved = json.loads(path.read_text("utf-8"))
        _fill(workspace, saved)
    except (KeyError, TypeError, ValueError) as problem:
        raise ValueError(f"{path} does not hold a workspace; remove it to start afresh") from problem


def _fill(workspace: Workspace, saved: Json) -> None:
    state, app = workspace.state, workspace.app
    state.users = {each["id"]: User(**each) for each in saved["users"]}
    state.channels = {each["id"]: _channel(each) for each in saved["channels"]}
    state.files = {each["id"]: File(**each) for each in saved["files"]}
    for each in saved["messages"]:
        message = _message(each)
        state.histories.setdefault(message.channel, {})[message.ts] = message
    for each in saved["homes"]:
        view = View(**(each | {"type": Surface(each["type"])}))
        state.views[view.id] = view
        state.homes[view.user] = view.id
    for each in saved["agent_threads"]:
        thread = AgentThread(**each)
        state.agent_threads[(thread.channel, thread.thread_ts)] = thread
    state.last_stamp, state.count = saved["last_stamp"], saved["count"]
    app.tokens.restore(saved["bot_tokens"], saved["revoked"])
    app.is_installed = saved.get("installed", True)


def _channel(saved: Json) -> Channel:
    return Channel(**(saved | {"kind": Kind(saved["kind"])}))


def _message(saved: dict[str, Any]) -> Message:
    return Message(**(saved | {"files": [File(**each) for each in saved["files"]]}))
