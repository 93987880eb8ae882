"""The bot as a whole process, for tests that start, stop and kill it."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import uuid4

import aiohttp

from bot.settings import Settings
from tests.acceptance.launcher import Process, launch
from tests.ports import free_port

LEASE_SECONDS = 60.0  # longer than tests wait: what a killed bot left is taken up without its expiry
START = 60.0  # seconds until a started bot must be ready, on two very busy cores


def environment_with(settings: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with these settings of the bot and no others."""
    own = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    return own | dict(settings)


async def run_command(command: str, folder: Path, settings: Mapping[str, str]) -> tuple[int, str]:
    """Run a command that ends by itself; return its exit code and all that it wrote."""
    log = folder / f"{uuid4().hex}.log"
    process = await launch(command, folder, environment_with(settings), log)
    return await asyncio.wait_for(process.wait(), START), log.read_text(encoding="utf-8")


async def side_by_side(folder: Path, *cases: Callable[[Path], Awaitable[None]]) -> None:
    """Run cases that mostly wait at once, each in a folder of its own; tell the names of those that fail."""
    names = [_name_of(case) for case in cases]
    for name in names:
        (folder / name).mkdir()
    ended = await asyncio.gather(
        *(case(folder / name) for case, name in zip(cases, names, strict=True)), return_exceptions=True
    )
    failed = {name: error for name, error in zip(names, ended, strict=True) if isinstance(error, Exception)}
    if failed:
        raise ExceptionGroup(", ".join(failed), list(failed.values()))


def _name_of(case: Callable[[Path], Awaitable[None]]) -> str:
    if isinstance(case, partial):
        return " ".join([case.func.__name__, *map(str, case.keywords.values())])
    return str(getattr(case, "__name__", case))


@dataclass
class BotUnderTest:
    """One bot that can be started, stopped and killed; its log stays readable.

    It is forked from a process that has loaded it, or else started by its command, which takes longer.
    """

    settings: Mapping[str, str]
    folder: Path
    command: str = "serve"
    port: int = field(default_factory=free_port)
    forked: bool = True
    process: asyncio.subprocess.Process | Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "bot.log").read_text(encoding="utf-8")

    async def start(self) -> None:
        own = {
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "LOG_LEVEL": "DEBUG",
            "LEASE_SECONDS": str(LEASE_SECONDS),
        }
        environment = environment_with(own | dict(self.settings))
        if self.forked:
            self.process = await launch(self.command, self.folder, environment, self.folder / "bot.log")
        else:
            self.process = await self._run_command(environment)
        await self._until_healthy()

    async def _run_command(self, environment: Mapping[str, str]) -> asyncio.subprocess.Process:
        with (self.folder / "bot.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", self.command),
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
            )

    async def _until_healthy(self) -> None:
        deadline = time.monotonic() + START
        async with aiohttp.ClientSession() as http:
            while time.monotonic() < deadline:
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(f"{self.url}/healthz") as response:
                        if response.status == 200:
                            return
                assert self.process is not None
                assert self.process.returncode is None, self.log
                await asyncio.sleep(0.05)
        raise AssertionError(f"the bot did not start:\n{self.log}")

    async def stop(self) -> int:
        """End it gently and return its exit code."""
        return await self._signal(signal.SIGTERM)

    async def kill(self) -> int:
        """End it as a power cut would."""
        return await self._signal(signal.SIGKILL)

    async def _signal(self, number: signal.Signals) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), 60)


@asynccontextmanager
async def started(
    settings: Mapping[str, str], folder: Path, command: str = "serve", *, forked: bool = True
) -> AsyncIterator[BotUnderTest]:
    """Run a bot while the block runs."""
    bot = BotUnderTest(settings, folder, command, forked=forked)
    try:
        await bot.start()
        yield bot
    finally:
        if bot.process is not None:
            await bot.kill()
