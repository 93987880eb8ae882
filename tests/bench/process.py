"""A bot as a process of its own, and what it costs as Linux counts it."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bot.settings import Settings
from tests.ports import free_port

READY_WITHIN = 30.0
"""Seconds that a start may take, on two busy cores."""

GRACE = 5.0
"""Seconds to end by itself; what is under way is of no interest any more."""

ROOT = Path(__file__).parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process has used so far: seconds of all its threads, and bytes of memory now and at most."""

    cpu: float
    memory: int
    peak: int

    @classmethod
    def of(cls, pid: int) -> "Usage":
        """Read the usage of a running process (proc(5))."""
        # The command's name, in parentheses, may hold spaces: the fields are counted after it.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        kilobytes = {name: int(status[name].split()[0]) for name in ("VmRSS", "VmHWM")}
        ticks = int(fields[11]) + int(fields[12])
        return cls(ticks / TICKS, kilobytes["VmRSS"] * 1024, kilobytes["VmHWM"] * 1024)


def unread(port: int) -> int:
    """Return how many bytes that a server at `port` sent over IPv4 nobody has read yet (proc_net_tcp(5))."""
    waiting = 0
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, _, queues = line.split()[:5]
        sending, receiving = (int(each, 16) for each in queues.split(":"))
        if int(local.partition(":")[2], 16) == port:
            waiting += sending
        elif int(remote.partition(":")[2], 16) == port:
            waiting += receiving
    return waiting


@dataclass(frozen=True, slots=True)
class BotProcess:
    """A running bot; it listens at `port` and writes to `log`."""

    pid: int
    port: int
    log: Path

    @property
    def usage(self) -> Usage:
        """What it has used so far."""
        return Usage.of(self.pid)

    @property
    def errors_logged(self) -> int:
        """How many errors are in its log: unless there are none, figures may say little."""
        return self.log.read_text(encoding="utf-8").count("[error ")


@asynccontextmanager
async def running(
    module: Sequence[str], settings: Mapping[str, str], folder: Path, *, profiled: bool = False
) -> AsyncIterator[BotProcess]:
    """Run `python -m <module>` while the block runs; its log, data and profile are left in `folder`."""
    port = free_port()
    own = {"HOST": "127.0.0.1", "PORT": str(port), "PYTHONPATH": str(ROOT)}
    inherited = {
        name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields
    }
    profiler = ["tests.bench.sampled", str(folder / "profile.txt")] if profiled else []
    with (folder / "bot.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *profiler,
            *module,
            cwd=folder,
            env=inherited | own | dict(settings),
            stdout=log,
            stderr=log,
        )
    try:
        await _ready(process, port, folder)
        yield BotProcess(process.pid, port, folder / "bot.log")
    finally:
        await _end(process, GRACE * (6 if profiled else 1))


async def _ready(process: asyncio.subprocess.Process, port: int, folder: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    async with aiohttp.ClientSession() as http:
        while time.monotonic() < deadline and process.returncode is None:
            with contextlib.suppress(aiohttp.ClientError):
                async with http.get(f"http://127.0.0.1:{port}/readyz") as response:
                    if response.status == 200:
                        return
            await asyncio.sleep(0.05)
    raise RuntimeError(f"the bot did not become ready:\n{(folder / 'bot.log').read_text()}")


async def _end(process: asyncio.subprocess.Process, grace: float) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), grace)
    except TimeoutError:
        process.kill()
        await process.wait()
