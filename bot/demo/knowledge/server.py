"""The server as a whole: what it is started with, how it starts and stops."""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from bot.demo.knowledge import attachments
from bot.demo.knowledge.answers.answering import Answerer
from bot.demo.knowledge.authorization import Authorizer, Client
from bot.demo.knowledge.documents import index
from bot.demo.knowledge.faults import Faults
from bot.demo.knowledge.generations import GENERATIONS
from bot.demo.knowledge.model import Conversation, Dialect
from bot.demo.knowledge.projects import DEMO_PROJECTS, Project, Projects
from bot.demo.knowledge.store import ADDED, SCHEMA, Conversations, Database
from bot.demo.knowledge.streams.script import Pace
from bot.demo.knowledge.turns import Turns
from bot.demo.knowledge.users import DEMO_USERS, PROJECT_SCOPES, SCOPES, SERVICE_USER, Tokens, User, Users
from bot.demo.knowledge.web.application import Requests, application
from bot.demo.knowledge.web.requests import Context

log = logging.getLogger(__name__)

SHUTDOWN = 0.5
"""Seconds that open connections get when the server stops."""


@dataclass(frozen=True)
class Options:
    """What a server is started with.

    `docs` is the folder it answers from, `database` the SQLite file it keeps everything in. `speed` is in
    words a second (0: as fast as can be) and `thinking` in seconds before an answer begins. `tokens` maps
    bearer tokens to the id or e-mail address of a user. `frontend` is the origin that links in an answer
    lead to; the server's own by default. `clients` are the applications that people can let in, with access
    tokens that last `token_lifetime` seconds. `projects` are there for generations that have any. `seed`
    makes the faults' chances repeatable.
    """

    docs: Path
    database: Path
    dialect: Dialect = "agui"
    speed: float = 30
    thinking: float = 1.0
    users: tuple[User, ...] = DEMO_USERS
    tokens: Mapping[str, str] = field(default_factory=lambda: {"demo-token": SERVICE_USER.id})
    frontend: str | None = None
    clients: tuple[Client, ...] = ()
    token_lifetime: float = 3600
    projects: tuple[Project, ...] = DEMO_PROJECTS
    seed: int = 0


class KnowledgeServer:
    """A running server."""

    def __init__(self, url: str, context: Context, requests: Requests) -> None:
        self.url = url
        """The origin, without a slash at the end."""
        self.faults: Faults = context.faults
        self.tokens: Tokens = context.tokens
        self.authorizer: Authorizer = context.authorizer
        self.requests = requests
        """Method, path and status of the newest requests, in the order their answers began."""
        self.attachments: attachments.Attachments = context.attachments
        self._conversations = context.conversations

    async def conversations(self) -> tuple[Conversation, ...]:
        """Return everything stored, oldest first, archived and deleted conversations among it."""
        return await self._conversations.everything()

    @classmethod
    @asynccontextmanager
    async def running(
        cls, options: Options, host: str = "127.0.0.1", port: int = 0
    ) -> AsyncIterator["KnowledgeServer"]:
        """Serve until the block ends; port 0 takes a free one.

        Raises `NotADirectoryError` when there is no folder of documents and `OSError` when the port is taken.
        """
        store, library = Database(options.database), Database(options.database)
        origin = [options.frontend.rstrip("/") if options.frontend else ""]
        try:
            await store.open(SCHEMA + attachments.SCHEMA, ADDED)
            await library.open(index.SCHEMA)
            context = _context(options, store, library, origin)
            refreshed = await context.index.refresh()
            log.info("%d documents, %d of them read again", refreshed.total, refreshed.indexed)
            abandoned = await context.conversations.fail_unfinished(
                "The server stopped before the answer was whole"
            )
            log.info("%d answers were left unfinished", abandoned)
            app, requests = application(context)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN)
            await runner.setup()
            try:
                await web.TCPSite(runner, host, port).start()
                url = f"http://{host}:{runner.addresses[0][1]}"
                origin[0] = origin[0] or url
                yield cls(url, context, requests)
            finally:
                await context.turns.stop()
                await runner.cleanup()
        finally:
            await library.close()
            await store.close()


def _context(options: Options, store: Database, library: Database, origin: list[str]) -> Context:
    users = Users(options.users)
    documents = index.Index(options.docs, library)
    conversations = Conversations(store)
    pace = Pace(options.speed, options.thinking)
    tokens = Tokens(users, options.tokens)
    generation = GENERATIONS[options.dialect]
    scopes = SCOPES | PROJECT_SCOPES if generation.has_projects else SCOPES
    return Context(
        conversations=conversations,
        turns=Turns(conversations, Answerer(documents), pace, generation, lambda: origin[0]),
        index=documents,
        tokens=tokens,
        authorizer=Authorizer(options.clients, tokens, options.token_lifetime, scopes=scopes),
        users=users,
        faults=Faults(options.seed),
        generation=generation,
        attachments=attachments.Attachments(store),
        projects=Projects(options.projects),
    )
