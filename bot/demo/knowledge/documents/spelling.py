"""Words that stand in no document, read as ones that do: slips of the finger and words written together."""

import difflib
import sqlite3
from collections.abc import Iterable

SCHEMA = "CREATE TABLE IF NOT EXISTS vocabulary (word TEXT PRIMARY KEY) WITHOUT ROWID;"
SHORTEST = 6
"""Letters; shorter words are too easily like another one."""
ALIKE = 0.82
"""How alike two words must be, as `difflib` measures it; "vaccation" and "vacation" reach 0.94."""
SHORTEST_HALF = 3


def add(connection: sqlite3.Connection, words: Iterable[str]) -> None:
    """Remember words of a document."""
    telling = [(word,) for word in words if len(word) >= SHORTEST_HALF and word.isalpha()]
    connection.executemany("INSERT OR IGNORE INTO vocabulary VALUES (?)", telling)


def read_as(connection: sqlite3.Connection, word: str) -> tuple[str, ...]:
    """Return the known word an unknown one is most likely meant to be, or the two it is made of, or none."""
    if len(word) < SHORTEST or not word.isalpha():
        return ()
    rows = connection.execute(
        "SELECT word FROM vocabulary WHERE word GLOB ? AND length(word) BETWEEN ? AND ?",
        (f"{word[0]}*", len(word) - 2, len(word) + 2),
    )
    close = difflib.get_close_matches(word, [row["word"] for row in rows], n=1, cutoff=ALIKE)
    return (close[0],) if close else _halves(connection, word)


def _halves(connection: sqlite3.Connection, word: str) -> tuple[str, ...]:
    for at in range(SHORTEST_HALF, len(word) - SHORTEST_HALF + 1):
        halves = (word[:at], word[at:])
        known = connection.execute("SELECT count(*) FROM vocabulary WHERE word IN (?, ?)", halves).fetchone()[
            0
        ]
        if known == len(halves):
            return halves
    return ()
