"""A log of what the app asked of the Web API."""

from collections import deque
from dataclasses import dataclass

from bot.demo.workspace.changes import Changes, What
from bot.demo.workspace.model import Json

KEPT = 2000
"""Calls remembered: enough for the longest test, small enough for a demo left running."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: when (seconds), with what (the token left out), and `error` in Slack's word or empty."""

    method: str
    at: float
    arguments: Json
    error: str = ""


class Calls:
    """The newest calls, the oldest first."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._calls: deque[Call] = deque(maxlen=KEPT)

    def add(self, call: Call) -> None:
        """Remember a call."""
        self._calls.append(call)
        self._changes.tell(What.CALLED)

    @property
    def newest(self) -> Call:
        """The last call; raises IndexError while there is none."""
        return self._calls[-1]

    def of(self, method: str = "") -> list[Call]:
        """Return the calls of one method, or all."""
        return [each for each in self._calls if method in {"", each.method}]

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()
