"""A clock that stands still until a test sets it."""

from dataclasses import dataclass


@dataclass
class Clock:
    """Seconds that a test decides."""

    now: float = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now
