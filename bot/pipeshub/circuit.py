"""A circuit that opens where a server fails again and again, so that people are told at once.

Without it everybody who asks while the server is away waits for every try of their own question, and a
server that is coming back meets all of them at the same moment. Time is an argument, in seconds of any
steady clock.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto

FAILURES = 5
"""Failures in a row: more than the three tries of one question, so that nobody opens it by asking once."""

WITHIN = 60.0
"""Seconds that these failures lie within: five that are spread over an hour are not an outage."""

PAUSE = 15.0
"""Seconds until one call may try whether the server is there again: enough for a process to start again,
and no longer than a person waits before they press the button once more."""

PROBE = 30.0
"""Seconds after which another call may try though the last one has not ended, or ended without a result:
as long as the patience with a plain call."""


class Change(Enum):
    """What a call did to the circuit."""

    OPENED = auto()
    CLOSED = auto()


@dataclass(slots=True)
class Circuit:
    """Closed while a server answers; open while it does not, for all but one call at a time."""

    pause: float = PAUSE
    _failures: deque[float] = field(default_factory=lambda: deque(maxlen=FAILURES))
    _open_until: float | None = None
    """When the next call may try; None while the circuit is closed."""

    def lets_through(self, now: float) -> bool:
        """Return whether a call may be made; while the circuit is open, only one that tries."""
        if self._open_until is None:
            return True
        if now < self._open_until:
            return False
        self._open_until = now + PROBE
        return True

    def again_in(self, now: float) -> float:
        """Return in how many seconds the next call may try."""
        return max(0.0, (self._open_until or now) - now)

    def failed(self, now: float) -> Change | None:
        """Note that a call did not reach the server, or that the server failed."""
        if self._open_until is not None:
            self._open_until = now + self.pause
            return None
        self._failures.append(now)
        if len(self._failures) < FAILURES or now - self._failures[0] > WITHIN:
            return None
        self._open_until = now + self.pause
        return Change.OPENED

    def answered(self) -> Change | None:
        """Note that the server answered, be it with a refusal."""
        self._failures.clear()
        if self._open_until is None:
            return None
        self._open_until = None
        return Change.CLOSED
