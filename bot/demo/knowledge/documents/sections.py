"""A document cut at its headings."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.demo.knowledge.documents.cleaning import cleaned, front_title
from bot.demo.knowledge.documents.rst import to_markdown

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
