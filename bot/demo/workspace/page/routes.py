"""The page's addresses: the shell, its files, the open line to each window, and the acts."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from aiohttp import web

from bot.demo.workspace.page import acts, form_acts
from bot.demo.workspace.page.acts import Act, Malformed, Said
from bot.demo.workspace.page.board import Board
from bot.demo.workspace.page.place import Place, place_of
from bot.demo.workspace.page.render.reader import Reader
from bot.demo.workspace.page.same_origin import HEADERS, check_host, check_origin
from bot.demo.workspace.page.stream import follow
from bot.demo.workspace.page.templating import filled
from bot.demo.workspace.refusals import NotPossible
from bot.demo.workspace.workspace import Workspace

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
        form_acts.press,
        form_acts.choose,
        form_acts.suggest,
        form_acts.submit,
        form_acts.close,
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
            raise Malformed(f"nobody here is {user!r}")
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
