"""The workspace as a server on this machine: what the app calls, and the page people use."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from aiohttp import web

from bot.demo.workspace.api.dispatch import route
from bot.demo.workspace.doors import routes
from bot.demo.workspace.options import Options
from bot.demo.workspace.page.routes import add_routes
from bot.demo.workspace.saving import kept
from bot.demo.workspace.workspace import Workspace

LARGEST_REQUEST = 4 * 1024 * 1024
"""Bytes of one request: more than any message or view that Slack takes."""


@dataclass(frozen=True, slots=True)
class WorkspaceServer:
    """A workspace that is being served at `url`. `addresses` (name to URL) are shown on its page."""

    workspace: Workspace
    url: str
    addresses: dict[str, str] = field(default_factory=dict)

    @property
    def api_url(self) -> str:
        """The base of the Web API, as an app is configured with it."""
        return f"{self.url}/api/"

    @classmethod
    @contextlib.asynccontextmanager
    async def running(
        cls, options: Options | None = None, host: str = "127.0.0.1", port: int = 0
    ) -> AsyncIterator["WorkspaceServer"]:
        """Serve a workspace until the block ends; port 0 takes a free one. Raises OSError."""
        options = options or Options()
        workspace = Workspace(options)
        addresses: dict[str, str] = {}
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.add_routes([*route(workspace), *routes(workspace)])
        add_routes(app, workspace, addresses)
        # Connections that an app left open must not hold up the end of a test.
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port)
            await site.start()
            url = f"http://{host}:{runner.addresses[0][1]}"
            async with kept(workspace, options.data):
                workspace.start(url)
                try:
                    yield cls(workspace, url, addresses)
                finally:
                    await workspace.stop()
        finally:
            await runner.cleanup()
