"""The page's addresses: the shell, its files, the open line to each window, and the acts."""

import asyncio
import ipaddress
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from bot.demo.workspace.changes import Change, What
from bot.demo.workspace.model import Json, NotPossible
from bot.demo.workspace.page import acts
from bot.demo.workspace.page.acts import Act, Malformed, Said
from bot.demo.workspace.page.board import Board, Drawing
from bot.demo.workspace.page.place import Place, place_of
from bot.demo.workspace.page.render.html import filled
from bot.demo.workspace.page.render.messages import Item
from bot.demo.workspace.page.render.reader import Reader
from bot.demo.workspace.workspace import Workspace

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Sent with everything the page serves: only its own files are loaded, and no other site may frame it."""


def check_host(request: web.Request) -> None:
    """Raise HTTPForbidden unless the page was asked for by an address of this computer, or its bare number.

    A name that another site's DNS points here would otherwise make its page the same origin as ours.
    """
    name = urlsplit(f"//{request.host}").hostname or ""
    if name != "localhost" and not name.endswith(".localhost") and not _is_address(name):
        raise web.HTTPForbidden(text=f"This page is not served under the name {name!r}.")


def check_origin(request: web.Request) -> None:
    """Raise HTTPForbidden unless the request comes from this very page, as JSON."""
    check_host(request)
    if request.content_type != "application/json":
        raise web.HTTPForbidden(text="Only JSON is taken here.")
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site not in {None, "same-origin"} or (origin and urlsplit(origin).netloc != request.host):
        raise web.HTTPForbidden(text="Only this page itself may ask for that.")
    if site is None and origin is None:
        raise web.HTTPForbidden(text="The request does not say which page it comes from.")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


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


MOST: Final = 200_000
"""Characters an act may carry: five times Slack's longest message (40,000)."""

_ACTS: dict[str, Act] = {
    act.__name__: act
    for act in (
        acts.visit,
        acts.post,
        acts.source,
        acts.edit,
        acts.delete,
        acts.dismiss,
        acts.react,
        acts.shortcut,
        acts.message_shortcut,
        acts.stop_stream,
        acts.direct_message,
        acts.join,
        acts.invite,
        acts.names,
        acts.press,
        acts.choose,
        acts.suggest,
        acts.submit,
        acts.close,
    )
}

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".json": "application/json"}

Route = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_routes(
    app: web.Application, workspace: Workspace, addresses: Mapping[str, str] | None = None
) -> None:
    """Serve the page at `/`. `addresses` (name to URL) are shown in its demo menu."""
    page = Page(workspace, Board(workspace, addresses if addresses is not None else {}))
    app.router.add_get("/", page.start)
    app.router.add_get("/as/{rest:.+}", page.shell)
    app.router.add_get("/page/stream", page.stream)
    app.router.add_get("/page/static/{name}", page.static)
    app.router.add_post("/page/act/{name}", page.act)
    app.on_shutdown.append(page.close)


class Page:
    """The page of one workspace, for any number of windows."""

    def __init__(self, workspace: Workspace, board: Board) -> None:
        self._workspace = workspace
        self._board = board
        self._windows: set[asyncio.Task[None]] = set()

    async def start(self, request: web.Request) -> web.StreamResponse:
        """Send a newcomer to the first person's first channel."""
        check_host(request)
        raise web.HTTPFound(self._board.first_place().path)

    async def shell(self, request: web.Request) -> web.StreamResponse:
        """Answer with the empty page; the open line fills it."""
        check_host(request)
        try:
            place = self._place(request.path)
        except web.HTTPNotFound:
            raise web.HTTPFound("/") from None  # an address from before a restart: begin again
        title = self._workspace.state.team.name
        pane = "thread" if place.thread_ts else "main" if place.channel else "sidebar"
        return web.Response(
            text=filled("shell.html", title=title, pane=pane), content_type="text/html", headers=HEADERS
        )

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Keep one window up to date by server-sent events until it, or the server, closes."""
        check_host(request)
        place = self._place(request.query.get("at", ""))
        response = web.StreamResponse(headers=HEADERS | {"Cache-Control": "no-store"})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        window = asyncio.create_task(follow(self._workspace, self._board, place, response))
        self._windows.add(window)
        try:
            await asyncio.wait({window})
        finally:
            window.cancel()
            self._windows.discard(window)
        if (
            not window.cancelled()
            and (problem := window.exception())
            and not isinstance(problem, ConnectionError)
        ):
            raise problem
        return response

    async def static(self, request: web.Request) -> web.StreamResponse:
        """Answer with one of the page's own files."""
        check_host(request)
        name = request.match_info["name"]
        kind = _TYPES.get(Path(name).suffix)
        found = files("bot.demo.workspace.page").joinpath("static", Path(name).name)
        if kind is None or not found.is_file():
            raise web.HTTPNotFound(text=f"There is no file {name!r}.")
        with as_file(found) as path:
            body = await asyncio.to_thread(path.read_bytes)
        return web.Response(
            body=body, content_type=kind, charset="utf-8", headers=HEADERS | {"Cache-Control": "no-cache"}
        )

    async def act(self, request: web.Request) -> web.StreamResponse:
        """Do what a person did in the browser; a refusal comes back as a sentence."""
        check_origin(request)
        act = _ACTS.get(request.match_info["name"])
        if act is None:
            raise web.HTTPNotFound(text=f"There is no act {request.match_info['name']!r}.")
        try:
            said = await self._said(request)
            answer = await act(self._workspace, self._reader(said), said)
        except NotPossible as refusal:
            return web.json_response({"ok": False, "error": str(refusal)})
        except (Malformed, ValueError) as problem:
            raise web.HTTPBadRequest(text=str(problem)) from problem
        return web.json_response({"ok": True, **answer})

    async def close(self, _: web.Application) -> None:
        """End every open line, so that the server can stop."""
        for window in self._windows:
            window.cancel()

    def _reader(self, said: Said) -> Reader:
        user = said.text("as")
        if not self._board.exists(Place(user)):
            raise Malformed(f"no person here is {user!r}")
        return self._board.reader(user)

    async def _said(self, request: web.Request) -> Said:
        if (request.content_length or 0) > MOST:
            raise Malformed("that is too much at once")
        values = json.loads(await request.text())
        if not isinstance(values, dict):
            raise Malformed("an act is a JSON object")
        return Said(values)

    def _place(self, path: str) -> Place:
        try:
            place = place_of(path)
        except ValueError as problem:
            raise web.HTTPNotFound(text=str(problem)) from problem
        if not self._board.exists(place):
            raise web.HTTPNotFound(text="Nobody of that name is in that channel.")
        return place
