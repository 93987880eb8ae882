"""The whole house in one process: a local Slack, a local PipesHub, and the bot between them over HTTP."""

import asyncio
import functools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot import app, manifest
from bot.demo.accounts import FIRST_ID, accounts
from bot.demo.knowledge.authorization import Client
from bot.demo.knowledge.server import KnowledgeServer
from bot.demo.knowledge.server import Options as KnowledgeOptions
from bot.demo.knowledge.users import DEMO_USERS, User
from bot.demo.workspace.changes import PATIENCE
from bot.demo.workspace.model import Message, Team
from bot.demo.workspace.options import NONE, Command, Shortcut
from bot.demo.workspace.options import Options as WorkspaceOptions
from bot.demo.workspace.people import People
from bot.demo.workspace.server import WorkspaceServer
from bot.demo.workspace.workspace import Slack, Workspace
from bot.domain.turns import SERVICE_IDENTITY
from bot.flows.accounts.link import CALLBACK_PATH
from bot.pipeshub.client import Conversations
from bot.settings import Settings
from bot.slack.http import make_web_app, serve_http
from bot.wiring.bot import Bot
from bot.wiring.workspace import WorkspaceBot
from tests.databases import place_migrated_sqlite
from tests.ports import free_port

load_manifest = functools.cache(manifest.load)
DOCUMENTS = Path(__file__).parent / "documents"
SPEED = 400.0  # words a second: fast, but a stream all the same
SETTLING = 60.0  # seconds: several answers may be under way, on a busy machine
OPENING = "The answer is in"
"""How the local PipesHub's answer to the question about leave begins."""

TIRELESS = 10_000  # questions a minute: tests ask faster than people


@dataclass
class Scene:
    """A local Slack and a local PipesHub: what a test acts on and looks at."""

    workspace: Workspace
    knowledge: KnowledgeServer

    @property
    def people(self) -> People:
        return self.workspace.people

    async def ask(self, who: str, text: str, where: str = "help-desk", thread_ts: str | None = None) -> str:
        """Post as a person and return the message's ts."""
        return await self.people.post(who, where, text, thread_ts=thread_ts)

    async def reply(self, thread_ts: str, number: int = 1, where: str = "help-desk") -> Message:
        """Wait for the bot's numbered reply in a thread to be there, whatever it says."""
        return await self.workspace.until(lambda: self._reply(where, thread_ts, number))

    async def ending(
        self, thread_ts: str, number: int = 1, where: str = "help-desk", patience: float = PATIENCE
    ) -> Message:
        """Wait until the bot's numbered reply in a thread is not being written any more."""

        def ended() -> Message | None:
            reply = self._reply(where, thread_ts, number)
            written = reply is None or reply.streaming or "Stop" in labels(reply)
            return None if written else reply

        return await self.workspace.until(ended, patience)

    def replies(self, thread_ts: str, where: str = "help-desk") -> list[Message]:
        """Return the bot's messages in a thread."""
        return [
            each for each in self.workspace.thread(where, thread_ts) if each.user == self.workspace.bot.id
        ]

    def _reply(self, where: str, thread_ts: str, number: int) -> Message | None:
        found = self.replies(thread_ts, where)
        return found[number - 1] if len(found) >= number else None

    def button(self, message: Message, label: str) -> str:
        """Return the action id of a button by its label."""
        return next(str(each["action_id"]) for each in buttons(message) if each["text"]["text"] == label)

    async def press(self, who: str, message: Message, label: str) -> None:
        """Press a button of a message by its label."""
        await self.people.press(who, (message.channel, message.ts), self.button(message, label))


@dataclass
class House(Scene):
    """The bot between the two."""

    bot: Bot
    slack: Slack

    @property
    def installed(self) -> WorkspaceBot:
        """The bot in the only workspace."""
        assert self.bot.single_workspace is not None
        return self.bot.single_workspace

    @property
    def other(self) -> Scene:
        """The second workspace, with the same PipesHub."""
        return Scene(self.slack.workspaces[1], self.knowledge)

    @property
    def conversations(self) -> Conversations:
        """The conversations at PipesHub, as the bot's service identity sees them."""
        return self.installed.identities.conversations(SERVICE_IDENTITY)

    async def settle(self, patience: float = SETTLING) -> None:
        """Wait until nothing is on its way: Slack has delivered all it had, and the bot's work has ended.

        What was not there then does not come later, except by the clock.
        """
        async with asyncio.timeout(patience):
            while True:
                for each in self.slack.workspaces:
                    await each.until(each.deliveries.settled, patience)
                await self.bot.background_tasks.ended()
                if all(each.deliveries.settled() for each in self.slack.workspaces):
                    return


def buttons(message: Message) -> list[dict[str, Any]]:
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [each for row in rows for each in row if each["type"] == "button"]


def labels(message: Message) -> list[str]:
    return [each["text"]["text"] for each in buttons(message)]


def menu(message: Message) -> dict[str, str]:
    """Return the values of the choices behind the three dots, by their labels."""
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    choices = [each for row in rows for element in row for each in element.get("options", [])]
    return {each["text"]["text"]: each["value"] for each in choices}


def shown(message: Message) -> str:
    """Return everything a message shows, as one string."""
    return json.dumps(message.blocks, ensure_ascii=False)


@dataclass(frozen=True)
class OwnAccounts:
    """What a house needs so that people connect accounts of their own; `port` is the bot's."""

    port: int = 0
    clients: tuple[Client, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)


def linked_accounts(client_id: str | None) -> OwnAccounts:
    """Return what is needed with a client id, nothing without one."""
    if client_id is None:
        return OwnAccounts()
    port = free_port()
    public_url = f"http://127.0.0.1:{port}"
    return OwnAccounts(
        port,
        (Client(client_id, "client-secret", (f"{public_url}{CALLBACK_PATH}",)),),
        {
            "pipeshub_bearer_auth": None,
            "pipeshub_client_secret": SecretStr("client-secret"),
            "public_url": public_url,
            "encryption_key": SecretStr(Fernet.generate_key().decode()),
        },
    )


GLOBEX = Team("T0GLOBEX1", "Globex", "globex")


def two_workspaces(
    first: WorkspaceOptions, changes: dict[str, Any] | None, port: int
) -> tuple[list[WorkspaceOptions], dict[str, Any]]:
    """Return both workspaces, the app in neither yet, and the settings to install it with.

    `changes` are the second one's options; with None there is no second one, and no such setting.
    """
    if changes is None:
        return [first], {}
    waiting = replace(first, installed=False)
    own: dict[str, Any] = {"team": GLOBEX, "bot_token": "xoxb-globex"} | changes
    second = replace(waiting, **own)
    return [waiting, second], {
        "slack_bot_token": None,
        "slack_client_id": first.client_id,
        "slack_client_secret": SecretStr(first.client_secret),
        "public_url": f"http://127.0.0.1:{port}",
        "encryption_key": SecretStr(Fernet.generate_key().decode()),
    }


def accounts_of(workspace: WorkspaceOptions) -> tuple[User, ...]:
    """Return the PipesHub accounts of a further workspace's people."""
    return accounts(workspace.people, workspace.team.domain, FIRST_ID + 0x100)


@asynccontextmanager
async def house(folder: Path, **changes: Any) -> AsyncIterator[House]:
    """Keep a house up while the block runs; `changes` are options of its parts, by their names.

    With `other` there is a second workspace, whose options these are, with the same ids and other people;
    the app is then installed in neither.
    """
    found = load_manifest()
    workspace_options = WorkspaceOptions(
        events=found.events,
        scopes=found.scopes,
        commands=tuple(Command(each["command"]) for each in found.commands),
        shortcuts=tuple(
            Shortcut(each["callback_id"], each["name"], each["type"] == "message") for each in found.shortcuts
        ),
        limits=NONE,
        time_scale=0.01,
        trigger_lifetime=60,  # on a busy machine three seconds are over soon
        **changes.pop("workspace", {}),
    )
    own_accounts = linked_accounts(changes.get("pipeshub_client_id"))
    port = own_accounts.port
    other = changes.pop("other", None)
    if other is not None:
        port = port or free_port()
    (workspace_options, *others), installing = two_workspaces(workspace_options, other, port)
    knowledge_options = KnowledgeOptions(
        database=folder / "knowledge.db",
        users=(*DEMO_USERS, *accounts(), *(each for one in others for each in accounts_of(one))),
        clients=own_accounts.clients,
        **({"docs": DOCUMENTS, "speed": SPEED, "thinking": 0.05} | changes.pop("knowledge", {})),
    )
    async with (
        KnowledgeServer.running(knowledge_options) as knowledge,
        WorkspaceServer.running(workspace_options, others=others) as slack,
    ):
        fields: dict[str, Any] = {
            "slack_api_url": slack.api_url,
            "slack_bot_token": SecretStr(workspace_options.bot_token),
            "slack_signing_secret": SecretStr(workspace_options.signing_secret),
            "pipeshub_server_url": knowledge.url,
            "pipeshub_bearer_auth": SecretStr("demo-token"),
            "database_url": f"sqlite+aiosqlite:///{folder / 'bot.db'}",
            "questions_per_person": TIRELESS,
            "questions_per_workspace": TIRELESS,
            **installing,
            **own_accounts.settings,
            **changes,
        }
        await place_migrated_sqlite(folder / "bot.db")
        settings = Settings(_env_file=None, **fields)
        async with (
            app.running(settings) as bot,
            serve_http(
                make_web_app(
                    bot.not_ready_reasons,
                    bot.metrics_text,
                    bot.dispatch,
                    workspace_options.signing_secret,
                    bot.browser_routes,
                ),
                "127.0.0.1",
                port,
            ) as served,
        ):
            slack.workspace.app.request_url = f"http://127.0.0.1:{served}/slack/events"
            yield House(slack.workspace, knowledge, bot, slack.slack)
