"""Replicas of the bot between a local Slack and a local PipesHub, ended and started again as planned."""

import asyncio
import copy
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import aiohttp
from aiohttp import web

from bot import manifest
from bot.demo.knowledge import faults as pipeshub
from bot.demo.knowledge.model import Kind
from bot.demo.knowledge.server import KnowledgeServer
from bot.demo.knowledge.server import Options as KnowledgeOptions
from bot.demo.workspace import faults as slack
from bot.demo.workspace.model import Message
from bot.demo.workspace.options import NONE, Room
from bot.demo.workspace.options import Options as WorkspaceOptions
from bot.demo.workspace.server import WorkspaceServer
from bot.demo.workspace.workspace import Workspace
from bot.slack.http import serve_http
from bot.store import database as schema
from bot.store.database import Database
from tests.acceptance.bot_under_test import BotUnderTest
from tests.house import labels, shown
from tests.soak.findings import Said, Stored
from tests.soak.plan import REPLICAS, Kill, Talk, written
from tests.soak.troubles import PIPESHUB, SLACK, STREAMS

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
        """What they logged as errors, which are bugs.

        A turn that three kills met is given up, since it may be what kills: here it is not.
        """
        lines = [line for bot in self.bots for line in bot.log.splitlines()]
        return [line for line in lines if "[error " in line and "turn.given_up" not in line]

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


ROOMS = 12
"""Channels: one takes a message a second."""

SPEED = 400.0
THINKING = 0.6
"""Words a second of an answer, and seconds before it: short answers take one second, long ones eight."""

RETRIES = 0.1
"""What a minute of Slack's between two deliveries is here: six seconds."""

GRACE = 4
"""Seconds that answers have to end when a replica stops: in twenty, Slack's retries would be over here."""


@dataclass
class Scene:
    """What people do and see."""

    workspace: Workspace
    knowledge: KnowledgeServer
    replicas: Replicas
    threads: dict[int, tuple[str, str]] = field(default_factory=dict)
    """The channel and `ts` of each talk that has begun."""
    _slack: list[tuple[str, slack.Fault]] = field(default_factory=list)
    _pipeshub: list[tuple[str, pipeshub.Fault]] = field(default_factory=list)

    def room(self, talk: Talk) -> str:
        """Return the channel of a talk, opened where it is a direct message."""
        if talk.direct:
            return self.workspace.direct_message(talk.who).id
        return self.workspace.channel(f"room-{talk.number % ROOMS}").id

    def disturb(self, name: str) -> None:
        """Let a fault strike whatever it meets next."""
        known = {**SLACK, **STREAMS}.get(name)
        if known is not None:
            self._slack.append((name, self.workspace.faults.add(copy.copy(known))))
        else:
            fault = copy.copy(PIPESHUB[name])
            self._pipeshub.append((name, fault))
            self.knowledge.faults.add(fault)

    @property
    def struck(self) -> Counter[str]:
        """How often each kind of fault has struck."""
        waiting = {id(each) for each in self.knowledge.faults.active}
        return Counter(
            [f"Slack: {name}" for name, fault in self._slack if fault.struck]
            + [f"PipesHub: {name}" for name, fault in self._pipeshub if id(fault) not in waiting]
        )

    def own(self, talk: int) -> list[Message]:
        """Return the bot's messages in a thread."""
        if talk not in self.threads:
            return []
        return [each for each in self.workspace.thread(*self.threads[talk]) if each.bot_id is not None]

    def said(self) -> dict[int, list[Said]]:
        """Return the bot's messages in every thread."""
        return {talk: [_said(each) for each in self.own(talk)] for talk in self.threads}

    async def stored(self) -> list[Stored]:
        """Return every conversation at PipesHub."""
        found = []
        for each in await self.knowledge.conversations():
            kinds = [message.kind for message in each.messages]
            questions = tuple(one.content for one in each.messages if one.kind is Kind.QUESTION)
            found.append(Stored(questions, kinds == [Kind.QUESTION, Kind.ANSWER] * len(questions)))
        return found


def _said(message: Message) -> Said:
    turn = (message.metadata or {}).get("event_payload", {}).get("turn")
    return Said(message.ts, message.text, shown(message), tuple(labels(message)), turn)


@asynccontextmanager
async def scene(folder: Path, database_url: str, delivery: str) -> AsyncIterator[Scene]:
    """Have everything up while the block runs; logs and data are left in the folder."""
    database = Database(database_url)
    await schema.migrate(database)
    await database.dispose()
    found = manifest.load()
    rooms = tuple(Room(f"room-{number}") for number in range(ROOMS))
    options = WorkspaceOptions(
        events=found.events, scopes=found.scopes, rooms=rooms, limits=NONE, time_scale=RETRIES
    )
    knowledge_options = KnowledgeOptions(
        docs=written(folder / "documents"),
        database=folder / "knowledge.db",
        speed=SPEED,
        thinking=THINKING,
    )
    async with AsyncExitStack() as stack:
        knowledge = await stack.enter_async_context(KnowledgeServer.running(knowledge_options))
        server = await stack.enter_async_context(WorkspaceServer.running(options))
        settings = {
            "SLACK_API_URL": server.api_url,
            "SLACK_BOT_TOKEN": options.bot_token,
            "SLACK_SIGNING_SECRET": options.signing_secret,
            "PIPESHUB_SERVER_URL": knowledge.url,
            "PIPESHUB_BEARER_AUTH": "demo-token",
            "QUESTIONS_PER_PERSON": "10000",
            "QUESTIONS_PER_WORKSPACE": "10000",
            "DATABASE_URL": database_url,
            "ANSWER_DELIVERY": delivery,
            "GRACE_SECONDS": str(GRACE),
            "LEASE_SECONDS": "15",
            "LOG_LEVEL": "INFO",
            "PYTHONUNBUFFERED": "1",  # what a process logged last is lost otherwise when it is killed
        }
        replicas = await stack.enter_async_context(Replicas.running(settings, folder, REPLICAS))
        server.workspace.app.request_url = await stack.enter_async_context(balanced(replicas))
        yield Scene(server.workspace, knowledge, replicas)
