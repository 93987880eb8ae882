"""The full-text index: kept in SQLite's FTS5, brought up to date file by file."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.demo.knowledge.documents.files import DocumentFile, document, document_files, text_of
from bot.demo.knowledge.documents.passages import passages
from bot.demo.knowledge.model import record_id
from bot.demo.knowledge.store import Database

VERSION = "2"
"""Raised when files have to be cut differently than they were; an index of another version is built again."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS library (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    id TEXT PRIMARY KEY, path TEXT NOT NULL UNIQUE, title TEXT NOT NULL, collection TEXT NOT NULL,
    modified INTEGER NOT NULL, size INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS passages (
    id INTEGER PRIMARY KEY, document_id TEXT NOT NULL, position INTEGER NOT NULL, heading TEXT NOT NULL,
    slug TEXT NOT NULL, trail TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS passages_of_a_document ON passages (document_id, position);
CREATE VIRTUAL TABLE IF NOT EXISTS passage_texts USING fts5 (
    title, headings, body, tokenize = "porter unicode61 remove_diacritics 2"
);
"""

SEARCH = """
SELECT d.*, p.id AS passage, p.position, p.heading, p.slug, p.trail, passage_texts.body
FROM passage_texts JOIN passages p ON p.id = passage_texts.rowid JOIN documents d ON d.id = p.document_id
WHERE passage_texts MATCH ? {within} ORDER BY bm25(passage_texts, 4.0, 6.0, 1.0) LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Record:
    """A document as the index knows it; `collection` names the folder at the top that holds it."""

    id: str
    path: str
    title: str
    collection: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that holds some of the words."""

    record: Record
    position: int
    heading: str
    slug: str
    trail: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search found: passages, in how many passages each word stands, and how many there are."""

    hits: tuple[Hit, ...]
    frequencies: dict[str, int]
    total: int


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What bringing the index up to date did, in numbers of files."""

    indexed: int
    removed: int
    total: int


class Index:
    """The documents of one folder."""

    def __init__(self, root: Path, database: Database) -> None:
        self.root = root
        self._database = database
        self.records: tuple[Record, ...] = ()
        """Every document, by path, as of the last refresh."""

    async def refresh(self) -> Refreshed:
        """Read the files that are new or changed since the last time, forget those that are gone."""
        refreshed = await self._database.run(lambda connection: _refresh(connection, self.root))
        self.records = await self._database.run(_records)
        return refreshed

    async def search(
        self, words: Sequence[str], collections: Sequence[str] | None, limit: int = 30
    ) -> Findings:
        """Return the passages that hold any of `words`, the best first; None searches every collection."""
        return await self._database.run(lambda connection: _search(connection, words, collections, limit))

    async def headings(self, record_ids: Sequence[str]) -> list[tuple[Record, str]]:
        """Return the headings of these documents in reading order, each once."""
        marks = ",".join("?" * len(record_ids))
        statement = (
            "SELECT d.*, p.heading AS heading FROM passages p"  # noqa: S608 (only question marks are put in)
            " JOIN documents d ON d.id = p.document_id"
            f" WHERE d.id IN ({marks}) GROUP BY d.id, p.slug ORDER BY d.path, min(p.position)"
        )
        return await self._database.run(
            lambda connection: [
                (_record(row), row["heading"]) for row in connection.execute(statement, list(record_ids))
            ]
        )


def _refresh(connection: sqlite3.Connection, root: Path) -> Refreshed:
    stamp = f"{VERSION} {root.resolve()}"
    known_stamp = connection.execute("SELECT value FROM library WHERE key = 'stamp'").fetchone()
    if known_stamp is None or known_stamp["value"] != stamp:
        for table in ("documents", "passages", "passage_texts"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 (our own names)
        connection.execute("INSERT OR REPLACE INTO library VALUES ('stamp', ?)", (stamp,))
    known = {row["path"]: row for row in connection.execute("SELECT id, path, modified, size FROM documents")}
    files = document_files(root)
    changed = [
        each
        for each in files
        if each.path not in known
        or (known[each.path]["modified"], known[each.path]["size"]) != (each.modified, each.size)
    ]
    gone = known.keys() - {each.path for each in files}
    _forget(
        connection, [known[path]["id"] for path in [*gone, *(each.path for each in changed)] if path in known]
    )
    for each in changed:
        _add(connection, each, root.resolve().name)
    return Refreshed(len(changed), len(gone), len(files))


def _records(connection: sqlite3.Connection) -> tuple[Record, ...]:
    return tuple(_record(row) for row in connection.execute("SELECT * FROM documents ORDER BY path"))


def _forget(connection: sqlite3.Connection, record_ids: Iterable[str]) -> None:
    for each in record_ids:
        connection.execute(
            "DELETE FROM passage_texts WHERE rowid IN (SELECT id FROM passages WHERE document_id = ?)",
            (each,),
        )
        connection.execute("DELETE FROM passages WHERE document_id = ?", (each,))
        connection.execute("DELETE FROM documents WHERE id = ?", (each,))


def _add(connection: sqlite3.Connection, file: DocumentFile, root_name: str) -> None:
    text = text_of(file.location)
    read = document(file.path, text)
    identifier = record_id(file.path)
    folder, slash, _ = file.path.partition("/")
    connection.execute(
        "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?)",
        (identifier, file.path, read.title, folder if slash else root_name, file.modified, file.size),
    )
    for position, passage in enumerate(passages(read)):
        section = passage.section
        kept = connection.execute(
            "INSERT INTO passages (document_id, position, heading, slug, trail) VALUES (?, ?, ?, ?, ?)",
            (identifier, position, section.heading, section.slug, json.dumps(section.trail)),
        )
        connection.execute(
            "INSERT INTO passage_texts (rowid, title, headings, body) VALUES (?, ?, ?, ?)",
            (kept.lastrowid, read.title, " / ".join(section.trail), passage.text),
        )


def _search(
    connection: sqlite3.Connection, words: Sequence[str], collections: Sequence[str] | None, limit: int
) -> Findings:
    total = connection.execute("SELECT count(*) FROM passages").fetchone()[0]
    frequencies = {word: _frequency(connection, f'"{word}"') for word in words}
    # A word that stands nowhere may still begin one that does: "onboard" and "onboarding".
    terms = [f'"{word}"' if frequencies[word] else f'"{word}" *' for word in words]
    if not terms or (collections is not None and not collections):
        return Findings((), frequencies, total)
    within = "" if collections is None else f"AND d.collection IN ({','.join('?' * len(collections))})"
    values = (" OR ".join(terms), *(collections or ()), limit)
    rows = connection.execute(SEARCH.format(within=within), values)
    return Findings(tuple(_hit(row) for row in rows), frequencies, total)


def _frequency(connection: sqlite3.Connection, term: str) -> int:
    counted = connection.execute("SELECT count(*) FROM passage_texts WHERE passage_texts MATCH ?", (term,))
    number: int = counted.fetchone()[0]
    return number


def _record(row: sqlite3.Row) -> Record:
    return Record(row["id"], row["path"], row["title"], row["collection"])


def _hit(row: sqlite3.Row) -> Hit:
    return Hit(
        record=_record(row),
        position=row["position"],
        heading=row["heading"],
        slug=row["slug"],
        trail=tuple(json.loads(row["trail"])),
        text=row["body"],
    )
