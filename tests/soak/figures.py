"""What a run comes to."""

from collections import Counter
from dataclasses import dataclass

from tests.soak.findings import Findings

MOST = 50
"""Findings that are written out: who has more of them looks into the folder."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A run in numbers, and everything that was wrong at its end."""

    seed: int
    seconds: float
    asked: int
    killed: int
    stopped: int
    faults: Counter[str]
    tried_again: int
    findings: Findings
    errors: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing is lost, doubled, left lying about or out of order, and nothing was a bug."""
        return not self.findings and not self.errors

    def table(self) -> str:
        """Return the figures as people read them."""
        found = self.findings
        rows = [
            ("seed", self.seed),
            ("minutes", f"{self.seconds / 60:.1f}"),
            ("questions asked", self.asked),
            ("questions answered", found.answered),
            ("kills survived", self.killed),
            ("gentle stops", self.stopped),
            ("faults injected", self.faults.total()),
            *((f"  {name}", times) for name, times in sorted(self.faults.items())),
            ("pressed Try again", self.tried_again),
            ("answers lost", len(found.lost)),
            ("duplicates", len(found.doubled)),
            ("left lying about", len(found.stray)),
            ("out of order", len(found.disordered)),
            ("errors logged", len(self.errors)),
        ]
        width = max(len(name) for name, _ in rows)
        lines = [f"{name:<{width}}  {value:>6}" for name, value in rows]
        return "\n".join([*lines, *[*found.lines, *self.errors][:MOST]])
