"""Starts bots by forking a process that has loaded the bot already.

Loading takes seconds of a processor for each bot, and the tests start and kill nearly a hundred. What is
forked is a process of its own in every other respect: its folder, environment, log, signals and exit code.
All workers of a run share one launcher, which ends with the run.
"""

import asyncio
import contextlib
import gc
import json
import os
import shlex
import shutil
import socketserver
import subprocess
import sys
import tempfile
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOADING = 120.0  # seconds until the bot is loaded, on two very busy cores


class _Launch(socketserver.StreamRequestHandler):
    """Forks one bot, tells its process id, and tells its exit code when it has ended."""

    def handle(self) -> None:
        asked = json.loads(self.rfile.readline())
        pid = os.fork()
        if pid == 0:
            _become(asked)
        self.wfile.write(f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        with contextlib.suppress(OSError):  # a test that killed its bot at the end may not listen any more
            self.wfile.write(f"{os.waitstatus_to_exitcode(status)}\n".encode())


class _Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    block_on_close = False
    max_children = 1_000
    request_queue_size = 1_000  # many tests start a bot at the same moment
    owner: int

    def service_actions(self) -> None:
        """Raise ProcessLookupError when the process that the launcher works for has ended."""
        super().service_actions()
        os.kill(self.owner, 0)


def _become(asked: dict[str, str]) -> None:
    """Run one command of the bot in place of this process."""
    from bot.__main__ import main  # noqa: PLC0415 (loaded already)

    code = 1
    try:
        os.setsid()  # a test can end it together with what it started
        os.closerange(3, 256)
        log = os.open(asked.pop("log"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.chdir(asked.pop("folder"))
        sys.argv = ["bot", *shlex.split(asked.pop("command"))]
        os.environ.clear()
        os.environ.update(asked)
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except Exception:  # noqa: BLE001 (whatever it is, it goes into the log)
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _serve(path: str, owner: int) -> None:
    # What is loaded here need not be loaded by each bot.
    import bot.__main__  # noqa: PLC0415
    import bot.app  # noqa: PLC0415
    import bot.checks.run  # noqa: PLC0415
    import bot.demo.run  # noqa: F401, PLC0415

    gc.freeze()
    with contextlib.suppress(ProcessLookupError), _Server(path, _Launch) as server:
        server.owner = owner
        server.serve_forever()
    shutil.rmtree(Path(path).parent)


class Process:
    """A bot that was forked; `returncode` is there as soon as it has ended."""

    def __init__(self, pid: int, reader: StreamReader, writer: StreamWriter) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.create_task(self._read_exit_code(reader, writer))

    async def _read_exit_code(self, reader: StreamReader, writer: StreamWriter) -> int:
        self.returncode = int(await reader.readline())
        writer.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    async def wait(self) -> int:
        """Wait for its end and return its exit code; below zero it is the signal that ended it."""
        return await asyncio.shield(self._ended)


_sockets: list[str] = []


async def launch(command: str, folder: Path, environment: Mapping[str, str], log: Path) -> Process:
    """Run `python -m bot COMMAND` as a process of its own; its whole output goes into the log."""
    if not _sockets:
        _sockets.append(_start())
    reader, writer = await _connect(_sockets[0])
    asked = {**environment, "command": command, "folder": str(folder), "log": str(log)}
    writer.write(json.dumps(asked).encode() + b"\n")
    return Process(int(await reader.readline()), reader, writer)


async def _connect(path: str) -> tuple[StreamReader, StreamWriter]:
    deadline = time.monotonic() + LOADING
    while True:
        try:
            return await asyncio.open_unix_connection(path)
        except OSError:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.05)


def _start() -> str:
    """Return the socket of the run's launcher; the first worker that asks for it starts it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    owner = os.getppid() if run else os.getpid()
    folder = Path(tempfile.gettempdir()) / f"bots{run or owner}"
    path = str(folder / "launcher")
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
        subprocess.Popen(
            [sys.executable, "-m", "tests.acceptance.launcher", path, str(owner)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
    return path


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
