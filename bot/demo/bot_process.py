"""The real bot, as a process of its own that is started again when it ends."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import structlog

from bot.settings import Settings

log = structlog.get_logger(__name__)

READY_WITHIN = 30.0  # seconds; a cold start on two busy cores takes about three
GRACE = 25.0  # seconds; a little more than the bot gives itself


class NotReadyError(Exception):
    """The bot did not become ready; the message says what it answered last."""


class BotProcess:
    """`python -m bot serve`, kept running."""

    def __init__(self, settings: Mapping[str, str], folder: Path) -> None:
        """Prepare a bot whose settings are `settings` and nothing else, working in `folder`."""
        inherited = {
            name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields
        }
        self._environment = inherited | dict(settings)
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process else None

    @asynccontextmanager
    async def running(self) -> AsyncIterator["BotProcess"]:
        """Keep the bot running while the block runs, then end it gently."""
        keeper = asyncio.create_task(self._keep())
        try:
            yield self
        finally:
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper
            await self._end()

    async def ready(self, url: str) -> None:
        """Wait until the bot at `url` is ready. Raises NotReadyError."""
        deadline = time.monotonic() + READY_WITHIN
        answer = "nothing"
        async with aiohttp.ClientSession() as http:
            while time.monotonic() < deadline:
                try:
                    async with http.get(f"{url}/readyz") as response:
                        if response.status == 200:  # noqa: PLR2004
                            return
                        answer = await response.text()
                except aiohttp.ClientError as error:
                    answer = type(error).__name__
                await asyncio.sleep(0.1)
        raise NotReadyError(
            f"the bot did not become ready within {READY_WITHIN:.0f} s; it answered: {answer}"
        )

    async def _keep(self) -> None:
        while True:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "serve", cwd=self._folder, env=self._environment
            )
            code = await self._process.wait()
            # Ctrl-C in a terminal ends the bot too: by now that has ended the demo.
            await asyncio.sleep(1)
            log.warning("the bot ended and is started again", code=code)

    async def _end(self) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), GRACE)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
