"""What a check reports: a grade, a sentence, and how to fix it; and a report that is kept for a while."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How bad it is."""

    OK = "ok"
    NOTE = "note"
    """It works, but perhaps not as intended, or it cannot be told from here."""
    FAIL = "fail"
    """It would not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked, named by `about`; all texts are single lines without secrets."""

    grade: Grade
    about: str
    message: str
    fix: str = ""

    @property
    def text(self) -> str:
        """What was found, without its grade."""
        return f"{self.about}: {self.message}" + (f"; {self.fix}" if self.fix else "")

    def __str__(self) -> str:
        return f"{self.grade:<6}{self.text}"


def ok(about: str, message: str) -> Finding:
    """Return that something works."""
    return Finding(Grade.OK, about, message)


def note(about: str, message: str, fix: str = "") -> Finding:
    """Return what an operator should know."""
    return Finding(Grade.NOTE, about, message, fix)


def fail(about: str, message: str, fix: str) -> Finding:
    """Return what would not work, and how to fix it."""
    return Finding(Grade.FAIL, about, message, fix)


CHECK_TIMEOUT = 5.0  # seconds that those who ask wait for a check; probes of platforms wait for less


class KeptFinding:
    """A check that is made once for all who ask within some seconds, however many they are.

    It is never cut, since it may be in the middle of a call: those who ask are told `late` meanwhile.
    """

    def __init__(self, check: Callable[[], Awaitable[Finding]], seconds: float, late: Finding) -> None:
        """Keep what `check` finds for `seconds`."""
        self.seconds = seconds
        self._check = check
        self._late = late
        self._check_task: asyncio.Task[Finding] | None = None
        self._fresh_until = 0.0

    async def get(self, patience: float = CHECK_TIMEOUT) -> Finding:
        """Return what was found, or `late` where that takes longer than `patience`."""
        task = self._check_task
        if task is None or (task.done() and time.monotonic() >= self._fresh_until):
            task = self._check_task = asyncio.create_task(self._run())
        await asyncio.wait({task}, timeout=patience)
        return task.result() if task.done() else self._late

    async def _run(self) -> Finding:
        found = await self._check()
        self._fresh_until = time.monotonic() + self.seconds
        return found
