"""The workspace as a server on this machine: what the app calls, and the page people use."""

import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

from aiohttp import web

from bot.demo.workspace import authorizing
from bot.demo.workspace.doors import routes
from bot.demo.workspace.options import Options
from bot.demo.workspace.page.routes import add_routes
from bot.demo.workspace.saving import kept
from bot.demo.workspace.slack import Slack
from bot.demo.workspace.web_api.dispatch import route
from bot.demo.workspace.workspace import Workspace

LARGEST_REQUEST = 4 * 1024 * 1024
"""Bytes of one request: more than any message or view that Slack takes."""


@dataclass(frozen=True, slots=True)
class WorkspaceServer:
    """Workspaces that are being served at `url`, the first of them with its page.

    `addresses` (name to URL) are shown there.
    """

    slack: Slack
    url: str
    addresses: dict[str, str] = field(default_factory=dict)

    @property
    def workspace(self) -> Workspace:
        """The first workspace."""
        return self.slack.first

    @property
    def api_url(self) -> str:
        """The base of the Web API, as an app is configured with it."""
        return f"{self.url}/api/"

    @classmethod
    @contextlib.asynccontextmanager
    async def running(
        cls,
        options: Options | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        others: Iterable[Options] = (),
    ) -> AsyncIterator["WorkspaceServer"]:
        """Serve a workspace, and `others` beside it, until the block ends.

        Port 0 takes a free one; those that are kept are kept in a folder each. Raises OSError.
        """
        slack = Slack(options or Options(), others)
        addresses: dict[str, str] = {}
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.add_routes([*route(slack), *routes(slack), *authorizing.routes(slack)])
        add_routes(app, slack.first, addresses)
        # Connections that an app left open must not hold up the end of a test.
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port)
            await site.start()
            url = f"http://{host}:{runner.addresses[0][1]}"
            async with contextlib.AsyncExitStack() as stack:
                for each in slack.workspaces:
                    await stack.enter_async_context(kept(each, each.options.data))
                    each.start(url)
                    stack.push_async_callback(each.stop)
                yield cls(slack, url, addresses)
        finally:
            await runner.cleanup()
