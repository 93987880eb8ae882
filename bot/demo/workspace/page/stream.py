"""The open line to one browser window: what changed on its screen, as soon as it does."""

import asyncio
import json
from collections.abc import Mapping, Sequence

from aiohttp import web

from bot.demo.workspace.changes import Change, What
from bot.demo.workspace.model import Json
from bot.demo.workspace.page.board import Board, Drawing
from bot.demo.workspace.page.place import Place
from bot.demo.workspace.page.render.messages import Item
from bot.demo.workspace.workspace import Workspace

GATHERING = 0.03
"""Seconds to wait for further changes before drawing: two frames of a 60 Hz screen."""

QUIET = 15.0
"""Seconds after which the page is drawn again anyway, because "2 minutes ago" grows old."""

BUSY = 1.0
"""The same while the app says it is at work: its loading messages take turns."""

_UNSEEN = frozenset({What.CALLED, What.DELIVERED})


class Screen:
    """What one window shows by now, and how to bring it up to date."""

    def __init__(self) -> None:
        self._regions: dict[str, str] = {}
        self._lists: dict[str, dict[str, str]] = {}
        self._title = ""

    def update(self, drawing: Drawing) -> Json | None:
        """Return what differs from what the window shows, or None: titles, regions, list items."""
        patch: Json = {}
        regions = {key: html for key, html in drawing.regions.items() if self._regions.get(key) != html}
        if regions:
            patch["regions"] = regions
        lists = {key: diff for key, items in drawing.lists.items() if (diff := self._diff(key, items))}
        if lists:
            patch["lists"] = lists
        if drawing.title != self._title:
            patch["title"] = drawing.title
        self._regions = dict(drawing.regions)
        self._lists = {key: dict(items) for key, items in drawing.lists.items()}
        self._title = drawing.title
        return patch or None

    def _diff(self, key: str, items: Sequence[Item]) -> Json | None:
        before: Mapping[str, str] = self._lists.get(key, {})
        order = [item for item, _ in items]
        changed = {item: html for item, html in items if before.get(item) != html}
        if key in self._lists and not changed and order == list(before):
            return None
        return {"order": order, "items": changed}


async def follow(workspace: Workspace, board: Board, place: Place, response: web.StreamResponse) -> None:
    """Send the window at `place` what it shows, then every difference, until it goes away."""
    screen = Screen()
    with workspace.changes.subscription() as changes:
        while True:
            if not board.exists(place):
                await _send(response, {"gone": True})
                return
            if patch := screen.update(board.draw(place)):
                await _send(response, patch)
            else:
                await response.write(b": still here\n\n")
            await _something(changes, BUSY if board.is_busy(place) else QUIET)


async def _something(changes: "asyncio.Queue[Change]", patience: float) -> None:
    """Wait for a change that can be seen, or for `patience` seconds; take what comes with it at once."""
    try:
        async with asyncio.timeout(patience):
            while (await changes.get()).what in _UNSEEN:
                pass
    except TimeoutError:
        return
    await asyncio.sleep(GATHERING)
    while not changes.empty():
        changes.get_nowait()


async def _send(response: web.StreamResponse, patch: Json) -> None:
    await response.write(f"data: {json.dumps(patch)}\n\n".encode())
