"""The replicas of a bot, as whole processes, and what stands before them."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.slack.http import serve_http
from tests.acceptance.bot_under_test import BotUnderTest
from tests.soak.plan import Kill

PATIENCE = 20
"""Seconds that one delivery may take; the workspace gives up much earlier."""


class Replicas:
    """Several bots that are killed and started again."""

    def __init__(self, bots: Sequence[BotUnderTest]) -> None:
        self.bots = bots
        self.up = {bot.port for bot in bots}
        """The ports of those that take deliveries."""
        self.killed = 0
        self.stopped = 0

    async def end(self, kill: Kill) -> None:
        """End some replicas and start them again, with a pause in between."""
        ending = [self.bots[each] for each in kill.replicas]
        # Who stops gently is taken out of the rotation first, as before a deploy; nobody foresees a kill.
        if kill.gentle:
            self.up.difference_update(bot.port for bot in ending)
        await asyncio.gather(*(bot.stop() if kill.gentle else bot.kill() for bot in ending))
        self.up.difference_update(bot.port for bot in ending)
        self.stopped += len(ending) if kill.gentle else 0
        self.killed += 0 if kill.gentle else len(ending)
        await asyncio.sleep(kill.down)
        await asyncio.gather(*(bot.start() for bot in ending))
        self.up.update(bot.port for bot in ending)

    @property
    def errors(self) -> list[str]:
        """What they logged as errors, which are bugs."""
        return [line for bot in self.bots for line in bot.log.splitlines() if "[error " in line]

    @classmethod
    @asynccontextmanager
    async def running(
        cls, settings: Mapping[str, str], folder: Path, number: int
    ) -> AsyncIterator["Replicas"]:
        """Run so many replicas while the block runs; each has its log in a folder of its own."""
        folders = [folder / f"replica-{each + 1}" for each in range(number)]
        for each in folders:
            each.mkdir()
        bots = [BotUnderTest(settings, each) for each in folders]
        try:
            await asyncio.gather(*(bot.start() for bot in bots))
            yield cls(bots)
        finally:
            await asyncio.gather(*(bot.kill() for bot in bots if bot.process is not None))


@asynccontextmanager
async def balanced(replicas: Replicas) -> AsyncIterator[str]:
    """Take deliveries for those replicas that are up, one after the other, and give the address for them."""
    turns = count()

    async def forward(request: web.Request) -> web.Response:
        up = sorted(replicas.up)
        if not up:
            return web.Response(status=503)
        url = f"http://127.0.0.1:{up[next(turns) % len(up)]}{request.path}"
        try:
            async with http.post(url, data=await request.read(), headers=request.headers) as response:
                body, kind = await response.read(), response.headers.get("Content-Type", "text/plain")
        except (aiohttp.ClientError, TimeoutError):
            return web.Response(status=503)
        return web.Response(status=response.status, body=body, headers={"Content-Type": kind})

    app = web.Application()
    app.router.add_post("/slack/events", forward)
    connector, timeout = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=PATIENCE)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=timeout) as http,
        serve_http(app, "127.0.0.1", 0) as port,
    ):
        yield f"http://127.0.0.1:{port}/slack/events"
