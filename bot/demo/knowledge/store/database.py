"""One SQLite file, worked on by one thread, so that no query holds up the event loop."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")

BUSY_TIMEOUT = 10.0
"""Seconds to wait for another process's write before SQLite gives up."""


class Database:
    """A connection and the thread it lives on; each `run` is one transaction."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="knowledge-sqlite")
        self._connection: sqlite3.Connection | None = None

    async def open(self, schema: str) -> None:
        """Open the file, make it where it is missing, and bring it to `schema`."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._connect, schema)

    async def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Return what `work` returns; its changes are kept together or, when it raises, not at all."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transaction, work)

    async def close(self) -> None:
        """Finish what is queued and close the file."""
        if self._connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
            self._connection = None
        self._thread.shutdown()

    def _connect(self, schema: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(schema)
        self._connection = connection

    def _transaction(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        if self._connection is None:
            raise RuntimeError("the database is not open")
        with self._connection:
            return work(self._connection)
