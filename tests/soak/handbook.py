"""What the people ask, and the documents it is answered from: every answer says which question it is to."""

from pathlib import Path

LOCKERS = 1000
LONG = 20
"""Every so manieth answer goes on in a second message."""


def question(number: int) -> str:
    """Return the text of a question, of which there is no second one in a run."""
    return f"Question {number}: which code opens locker {_locker(number):04}?"


def code(number: int) -> str:
    """Return what only the answer to a question says, among those of its thread."""
    return f"K{(_locker(number) * 7919 + 1234) % 100_000:05}"


def written(folder: Path) -> Path:
    """Write the documents into a folder and return it."""
    sections = "\n\n".join(_section(locker) for locker in range(LOCKERS))
    folder.mkdir()
    (folder / "lockers.md").write_text(f"# Lockers\n\n{sections}\n", encoding="utf-8")
    return folder


def _section(locker: int) -> str:
    said = f"Locker {locker:04} opens with the code {code(locker)}"
    if locker % LONG == 0:
        said += "".join(f", then part {part} of what is in it lies on shelf {part}" for part in range(250))
    return f"## Locker {locker:04}\n\n{said}."


def _locker(number: int) -> int:
    return number % LOCKERS
