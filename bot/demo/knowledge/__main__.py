"""The server as a process of its own: `python -m bot.demo.knowledge --docs DIR`."""

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.demo.knowledge.model import DIALECTS
from bot.demo.knowledge.server import KnowledgeServer, Options
from bot.demo.knowledge.users import SERVICE_USER

HANDBOOK = Path(__file__).parent.parent / "handbook"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until the process is told to stop; return its exit status."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    options = Options(
        docs=given.docs,
        database=given.database,
        dialect=given.dialect,
        speed=given.speed,
        thinking=given.thinking,
        tokens=dict.fromkeys(given.token or ["demo-token"], SERVICE_USER.id),
        frontend=given.frontend,
    )
    try:
        asyncio.run(_serve(options, given.host, given.port))
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


async def _serve(options: Options, host: str, port: int) -> None:
    stopped = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        # Where signals cannot be caught this way, Ctrl-C ends the process as it always does.
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(each, stopped.set)
    async with KnowledgeServer.running(options, host, port) as server:
        sys.stdout.write(f"Listening at {server.url}\n")
        sys.stdout.flush()
        await stopped.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot.demo.knowledge", description=__doc__)
    parser.add_argument("--docs", type=Path, default=HANDBOOK, help="folder of Markdown and text files")
    parser.add_argument("--database", type=Path, default=Path("knowledge.db"), help="SQLite file")
    parser.add_argument(
        "--dialect",
        choices=DIALECTS,
        default="agui",
        help="generation of servers: as published, 0.3, 0.5, 0.6 or 0.9",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--speed", type=float, default=30, help="words a second, 0 for no waiting")
    parser.add_argument("--thinking", type=float, default=1.0, help="seconds before an answer begins")
    parser.add_argument("--token", action="append", help="bearer token of the service user, repeatable")
    parser.add_argument("--frontend", help="origin that links in answers lead to")
    return parser


if __name__ == "__main__":
    sys.exit(main())
