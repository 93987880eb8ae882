"""The demo: three real parts that talk HTTP on this machine."""

import asyncio
import errno
import secrets
import signal
import socket
import sqlite3
import tempfile
import time
import webbrowser
from contextlib import AsyncExitStack
from pathlib import Path

import typer

from bot import log, manifest
from bot.demo.accounts import AS_ONE, accounts, linked
from bot.demo.bot_process import BotProcess, NotReadyError
from bot.demo.choices import Choices
from bot.demo.knowledge.server import KnowledgeServer
from bot.demo.knowledge.server import Options as KnowledgeOptions
from bot.demo.knowledge.users import SERVICE_USER
from bot.demo.workspace.options import Command, Shortcut
from bot.demo.workspace.options import Options as WorkspaceOptions
from bot.demo.workspace.server import WorkspaceServer

HANDBOOK = Path(__file__).parent / "handbook"
HOST = "127.0.0.1"


class DemoError(Exception):
    """The demo cannot start; the message says why and what to do."""


async def demo(choices: Choices) -> None:
    """Run the demo until it is interrupted. Raises DemoError where it cannot start."""
    log.configure("INFO", "text")
    started = time.monotonic()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        try:
            page = await _start(choices, stack)
        except OSError as error:
            raise DemoError(os_error_text(error, choices)) from error
        except sqlite3.Error as error:
            raise DemoError(
                f"--data {choices.data}: what is kept there cannot be used ({error}); "
                "end what else uses it, or choose another folder"
            ) from error
        except NotReadyError as error:
            raise DemoError(str(error)) from error
        typer.echo(
            f"\n  Ready after {time.monotonic() - started:.1f} s. Open  {page}  (Ctrl-C ends everything.)\n"
        )
        if choices.browser:
            await asyncio.to_thread(webbrowser.open, page)
        await stop.wait()
        typer.echo("Ending …")


def os_error_text(error: OSError, choices: Choices) -> str:
    """Return what could not be done, and the option that changes it: a port's error names no file."""
    if error.filename is None and error.errno in {errno.EADDRINUSE, errno.EACCES}:
        return f"--port {choices.port}: cannot be listened on ({error.strerror}); choose another"
    if error.filename is None:
        return f"the demo cannot start ({error.strerror or error}); correct that and start it again"
    option = "--docs" if choices.docs and str(error.filename).startswith(str(choices.docs)) else "--data"
    what = f"{error.filename}: {error.strerror}"
    return f"the demo cannot start ({what}); correct that, or choose another folder with {option}"


async def _start(choices: Choices, stack: AsyncExitStack) -> str:
    """Start the parts and return the page's address."""
    data = choices.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pipeshub-slack-")))
    data.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    asking = linked(port, data) if choices.accounts else AS_ONE
    knowledge = await stack.enter_async_context(
        KnowledgeServer.running(
            KnowledgeOptions(
                docs=choices.docs or HANDBOOK,
                database=data / "knowledge.db",
                dialect=choices.dialect.value,
                speed=choices.speed,
                users=(SERVICE_USER, *accounts()),
                clients=asking.clients,
            )
        )
    )
    options = _workspace(data)
    options.request_url = f"http://{HOST}:{port}/slack/events"
    workspace = await stack.enter_async_context(
        WorkspaceServer.running(options, host=HOST, port=choices.port)
    )
    bot = BotProcess(
        {
            "SLACK_API_URL": workspace.api_url,
            "SLACK_BOT_TOKEN": options.bot_token,
            "SLACK_SIGNING_SECRET": options.signing_secret,
            "PIPESHUB_SERVER_URL": knowledge.url,
            **asking.settings,
            "ANSWER_DELIVERY": choices.delivery.value,
            "DATABASE_URL": f"sqlite+aiosqlite:///{data.resolve() / 'bot.db'}",
            "HOST": HOST,
            "PORT": str(port),
        },
        data,
    )
    await stack.enter_async_context(bot.running())
    await bot.ready(f"http://{HOST}:{port}")
    workspace.addresses.update(
        {
            "This workspace": workspace.url,
            "The bot": f"http://{HOST}:{port}/readyz",
            "PipesHub": knowledge.url,
        }
    )
    return workspace.url


def _workspace(data: Path) -> WorkspaceOptions:
    """Return a workspace in which the app is installed just as its manifest says."""
    app = manifest.load()
    return WorkspaceOptions(
        signing_secret=secrets.token_hex(16),
        app_name=app.name,
        events=app.events,
        scopes=app.scopes,
        commands=tuple(
            Command(each["command"], each.get("description", ""), each.get("usage_hint", ""))
            for each in app.commands
        ),
        shortcuts=tuple(
            Shortcut(each["callback_id"], each["name"], each["type"] == "message") for each in app.shortcuts
        ),
        data=data / "workspace",
    )


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        port: int = found.getsockname()[1]
        return port
