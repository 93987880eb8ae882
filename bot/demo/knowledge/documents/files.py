"""Documents in a folder: found, read, freed from what is not meant for readers, and cut at their headings."""

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot.demo.knowledge.documents.rst import to_markdown

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


FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*\n", re.DOTALL)
FRONT_TITLE = re.compile(r"^title:[ \t]*(.+?)[ \t]*$", re.MULTILINE)
FENCE_IN_SOURCE = re.compile(r"^\s*(?:[-*+]\s+|\d+[.)]\s+)?(`{3,}|~{3,})")
COMMENTS = re.compile(r"<!--.*?-->", re.DOTALL)
ADMONITION = re.compile(r'^(\s*)(?:!!!|\?\?\?\+?)\s+[\w-]+(?:\s+"([^"]*)")?\s*$')
DROPPED_LINE = re.compile(
    r"^\s*(?:\{%.*%\}|\{\{[^}]*\}\}|:{3,}.*|\[\^?[^\]]+\]:\s+\S.*|import\s.+\sfrom\s.+|export\s.+|\[TOC\]|\[\[_?toc_?\]\])\s*$",
    re.IGNORECASE,
)
INLINE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\[!\[[^\]]*\]\([^)]*\)\]\([^)]*\)"), ""),
    (re.compile(r"\[!\[[^\]]*\]\[[^\]]*\]\](?:\[[^\]]*\]|\([^)]*\))"), ""),
    (re.compile(r"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])"), ""),
    (re.compile(r"\[\^[^\]]+\]"), ""),
    (re.compile(r"</?[A-Za-z][\w.:-]*(?:\s[^<>]*)?/?>"), ""),
    (re.compile(r"\s*\{[#:.][^}]*\}\s*$"), ""),
    (re.compile(r"\{:[^}]*\}"), ""),
)


def front_title(text: str) -> str | None:
    """Return the title a front matter gives, or None."""
    matter = FRONT_MATTER.match(text)
    title = FRONT_TITLE.search(matter.group(1)) if matter else None
    return title.group(1).strip("\"'") or None if title else None


def cleaned(text: str) -> str:
    """Return the Markdown a person would read; what stands in fences is left as it is."""
    text = FRONT_MATTER.sub("", text)
    out: list[str] = []
    fence = ""
    for line in _without_comments(text).split("\n"):
        mark = FENCE_IN_SOURCE.match(line)
        if fence:
            out.append(line)
            if mark and line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif mark:
            fence = mark.group(1)
            out.append(line)
        elif not DROPPED_LINE.match(line):
            out.append(_readable(line))
    return "\n".join(_opened(out))


def _without_comments(text: str) -> str:
    return COMMENTS.sub("", text) if "<!--" in text else text


def _readable(line: str) -> str:
    """Drop markup of the line, but none that stands in `code`."""
    pieces = re.split(r"(`+[^`]*`+)", line)
    for at in range(0, len(pieces), 2):
        for pattern, replacement in INLINE:
            pieces[at] = pattern.sub(replacement, pieces[at])
    return "".join(pieces).rstrip() if line.strip() else ""


def _opened(lines: list[str]) -> list[str]:
    """Turn indented admonitions (`!!! note`) into ordinary paragraphs, which they are to a reader."""
    out: list[str] = []
    depth: int | None = None
    for line in lines:
        if found := ADMONITION.match(line):
            depth = len(found.group(1)) + 4
            out += ["", f"**{found.group(2)}**" if found.group(2) else "", ""]
        elif depth is not None and line.startswith(" " * depth):
            out.append(line[depth:])
        else:
            depth = None if line.strip() else depth
            out.append(line)
    return out


FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
UNDERLINE = re.compile(r"^ {0,3}(=+|-{3,})[ \t]*$")
NOT_A_TITLE = re.compile(r"^\s*([-*+>|]|\d+[.)]\s|$)")
NAMELESS = frozenset({"readme", "index", "_index", "overview"})


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading, up to the next one.

    `slug` is its anchor, unique in the document. `trail` holds the headings above it and its own, the
    document's title left out. The part before the first heading has the slug `top`.
    """

    heading: str
    level: int
    slug: str
    trail: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document's title and its sections in order."""

    title: str
    sections: tuple[Section, ...]


def document(path: str, text: str) -> Document:
    """Return the sections of a file; `path` says by its ending how it is written."""
    stated = front_title(text)
    markdown = cleaned(to_markdown(text) if path.lower().endswith(".rst") else text)
    parts = _cut(markdown)
    first = next((heading for level, heading, _ in parts if level == 1), None)
    title = stated or first or _name(path)
    return Document(title, tuple(_placed(parts, title)))


def plain(text: str) -> str:
    """Return a line of Markdown without its inline markup."""
    text = re.sub(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])", r"\1", text)
    text = re.sub(r"[`*]|(?<!\w)_+(?=\w)|(?<=\w)_+(?!\w)|\\(?=\W)", "", text)
    return " ".join(re.sub(r":[a-z0-9_+-]+:|[\U0001F300-\U0001FAFF\u2600-\u27BF\uFE0F¶]", "", text).split())


def slug(heading: str) -> str:
    """Return the anchor of a heading, as code hosts make it."""
    return re.sub(r"[\s_]+", "-", re.sub(r"[^\w\s-]", "", heading.lower())).strip("-") or "section"


def _cut(text: str) -> list[tuple[int, str, str]]:
    """Return (level, heading, text) of every part; the one before any heading has level 0."""
    parts: list[tuple[int, str, list[str]]] = [(0, "", [])]
    fence = ""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        mark = FENCE.match(line)
        if fence:
            fence = (
                "" if mark and line.strip().startswith(fence) and not line.strip().strip(fence[0]) else fence
            )
        elif mark:
            fence = mark.group(1)
        elif (found := HEADING.match(line)) and plain(found.group(2)):
            parts.append((len(found.group(1)), plain(found.group(2)), []))
            continue
        elif _is_underline(lines, at):
            title = plain(parts[-1][2].pop())
            parts.append((1 if line.lstrip().startswith("=") else 2, title, []))
            continue
        parts[-1][2].append(line)
    return [(level, heading, "\n".join(body).strip("\n")) for level, heading, body in parts]


def _is_underline(lines: list[str], at: int) -> bool:
    if at == 0 or not UNDERLINE.match(lines[at]) or NOT_A_TITLE.match(lines[at - 1]):
        return False
    stands_alone = at == 1 or not lines[at - 2].strip()
    return stands_alone and not HEADING.match(lines[at - 1]) and bool(plain(lines[at - 1]))


def _placed(parts: list[tuple[int, str, str]], title: str) -> list[Section]:
    """Give every part its anchor and the headings above it; an empty opening is dropped."""
    taken: dict[str, int] = {}
    above: list[tuple[int, str]] = []
    sections = []
    for level, heading, text in parts:
        if level == 0:
            if text.strip():
                sections.append(Section(title, 1, "top", (), text))
            continue
        anchor = slug(heading)
        repeated = taken.get(anchor, 0)
        taken[anchor] = repeated + 1
        above = [*(each for each in above if each[0] < level), (level, heading)]
        trail = tuple(each for _, each in above if each != title)
        sections.append(Section(heading, level, f"{anchor}-{repeated}" if repeated else anchor, trail, text))
    return sections


def _name(path: str) -> str:
    """Return a title made of a file's name, or of its folder's where the name says nothing."""
    pure = PurePosixPath(path)
    stem = pure.parent.name if pure.stem.lower() in NAMELESS and pure.parent.name else pure.stem
    words = re.sub(r"[-_.]+", " ", stem).strip() or pure.name
    return words[0].upper() + words[1:]
