"""What a check reports: a grade, a sentence, and how to fix it."""

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
