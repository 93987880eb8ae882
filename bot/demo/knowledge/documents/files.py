"""Which files of a folder are documents, and what is written in them."""

import os
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = frozenset({".md", ".mdx", ".markdown", ".rst", ".txt"})
LARGEST = 2_000_000
"""Bytes; what is larger is a log or a data file rather than something people wrote."""
UNWANTED = dict.fromkeys((0x0, 0xE000, 0xE001))
"""Characters no text needs: NUL, and the two that mark citations while an answer is composed."""
SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "venv"})


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A file as the folder lists it; `path` is relative to the folder and has forward slashes."""

    path: str
    location: Path
    modified: int
    size: int

    @property
    def suffix(self) -> str:
        """The file's ending in lower case, with its dot."""
        return self.location.suffix.lower()


def document_files(root: Path) -> list[DocumentFile]:
    """Return the documents under `root` in the order of their paths; hidden files and folders stay out.

    Raises `NotADirectoryError` when there is no such folder.
    """
    if not root.is_dir():
        raise NotADirectoryError(f"{root} is not a folder of documents")
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [each for each in folders if not each.startswith(".") and each not in SKIPPED_FOLDERS]
        found += [Path(folder, name) for name in names if not name.startswith(".")]
    return [each for each in (_described(root, path) for path in sorted(found)) if each]


def _described(root: Path, location: Path) -> DocumentFile | None:
    if location.suffix.lower() not in SUFFIXES or not location.is_file():
        return None
    status = location.stat()
    if not 0 < status.st_size <= LARGEST:
        return None
    return DocumentFile(location.relative_to(root).as_posix(), location, status.st_mtime_ns, status.st_size)


def text_of(location: Path) -> str:
    """Return what is written in a file, whatever bytes are not UTF-8 replaced, with Unix line ends."""
    text = location.read_bytes().decode("utf-8-sig", errors="replace")
    return "\n".join(text.translate(UNWANTED).splitlines())
