"""Where a run takes place: both stand-ins, a database, the replicas and what stands before them."""

import copy
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

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
from bot.store import database as schema
from bot.store.database import Database
from tests.house import labels, shown
from tests.soak.findings import Said, Stored
from tests.soak.handbook import written
from tests.soak.plan import REPLICAS, Talk
from tests.soak.replicas import Replicas, balanced
from tests.soak.troubles import PIPESHUB, SLACK, STREAMS

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
            "LOG_LEVEL": "INFO",
            "PYTHONUNBUFFERED": "1",  # what a process logged last is lost otherwise when it is killed
        }
        replicas = await stack.enter_async_context(Replicas.running(settings, folder, REPLICAS))
        server.workspace.app.request_url = await stack.enter_async_context(balanced(replicas))
        yield Scene(server.workspace, knowledge, replicas)
