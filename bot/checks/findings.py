"""What a check reports: a grade, a sentence, and how to mend it."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How bad it is."""

    OK = "ok"
    NOTE = "note"
    """It works, but not as somebody may think, or nobody can tell from here."""
    FAIL = "fail"
    """It would not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `about` names the setting or part, `says` what is so, `mend` what to do.

    All three are single lines without secrets.
    """

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


def ok(about: str, says: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(Grade.OK, about, says)


def note(about: str, says: str, mend: str = "") -> Finding:
    """Return what an operator should know."""
    return Finding(Grade.NOTE, about, says, mend)


def fail(about: str, says: str, mend: str) -> Finding:
    """Return what would not work, and how to mend it."""
    return Finding(Grade.FAIL, about, says, mend)
