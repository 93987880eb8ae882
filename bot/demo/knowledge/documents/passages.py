"""Sections cut into Markdown blocks, and these packed into passages of a size to find, read and cite."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.demo.knowledge.documents.files import FENCE, Document, Section

ITEM = re.compile(r"^\s{0,3}(?:[-*+]|\d{1,3}[.)])\s+\S")
TABLE_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$")
RULE = re.compile(r"^\s{0,3}([-*_=])(\s*\1){2,}\s*$")
INDENTED = "    "


class Form(StrEnum):
    """What a block is."""

    PARAGRAPH = "paragraph"
    LIST = "list"
    TABLE = "table"
    QUOTE = "quote"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """One block and its Markdown, without blank lines around it."""

    form: Form
    text: str


def blocks(text: str) -> list[Block]:
    """Return the blocks of a text without headings, in order; rules that only divide are left out."""
    return _Reading(text.split("\n")).blocks()


class _Reading:
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._at = 0

    def blocks(self) -> list[Block]:
        found = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if not line.strip() or RULE.match(line):
                self._at += 1
                continue
            form, taken = self._next(line)
            found.append(Block(form, "\n".join(taken).strip("\n").rstrip()))
        return found

    def _next(self, line: str) -> tuple[Form, list[str]]:
        if FENCE.match(line):
            return Form.CODE, self._fenced()
        if self._begins_table():
            return Form.TABLE, self._while(lambda each: "|" in each)
        if ITEM.match(line):
            return Form.LIST, self._list()
        if line.startswith(INDENTED):
            return Form.CODE, ["```", *_dedented(self._indented()), "```"]
        if line.lstrip().startswith(">"):
            return Form.QUOTE, self._while(lambda each: bool(each.strip()))
        return Form.PARAGRAPH, self._paragraph()

    def _line(self, offset: int = 0) -> str:
        at = self._at + offset
        return self._lines[at] if at < len(self._lines) else ""

    def _begins_table(self) -> bool:
        return "|" in self._line() and "|" in self._line(1) and bool(TABLE_RULE.match(self._line(1)))

    def _while(self, holds: Callable[[str], bool]) -> list[str]:
        start = self._at
        while self._at < len(self._lines) and holds(self._lines[self._at]):
            self._at += 1
        return self._lines[start : self._at]

    def _fenced(self) -> list[str]:
        opening = FENCE.match(self._line())
        mark = opening.group(1) if opening else "```"
        taken = [self._line()]
        self._at += 1
        while self._at < len(self._lines):
            line = self._lines[self._at]
            taken.append(line)
            self._at += 1
            if line.strip().startswith(mark) and not line.strip().strip(mark[0]):
                return taken
        return [*taken, mark]

    def _list(self) -> list[str]:
        """Take items with what is indented under them, across single blank lines between them."""
        taken: list[str] = []
        while self._at < len(self._lines):
            line = self._line()
            if FENCE.match(line) and taken and line.startswith(" "):
                taken += self._fenced()
                continue
            if not line.strip():
                following = self._line(1)
                if not (ITEM.match(following) or following.startswith("  ")):
                    break
            elif RULE.match(line) or (FENCE.match(line) and not line.startswith(" ")):
                break
            taken.append(line)
            self._at += 1
        return taken

    def _indented(self) -> list[str]:
        taken = self._while(lambda each: each.startswith(INDENTED) or not each.strip())
        while taken and not taken[-1].strip():
            taken.pop()
        return taken

    def _paragraph(self) -> list[str]:
        start = self._at
        self._at += 1
        while self._at < len(self._lines):
            line = self._line()
            if not line.strip() or FENCE.match(line) or ITEM.match(line) or RULE.match(line):
                break
            if self._begins_table():
                break
            self._at += 1
        return self._lines[start : self._at]


def _dedented(lines: list[str]) -> list[str]:
    return [line[len(INDENTED) :] for line in lines]


LONGEST = 1200
"""Characters; a passage ends before the paragraph that would make it longer."""
SHORTEST = 300
"""Characters; what is left over and shorter goes with the passage before it."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of one section; `text` is Markdown with whole blocks."""

    section: Section
    text: str


def passages(document: Document) -> list[Passage]:
    """Return the passages of a document in reading order."""
    return [Passage(section, text) for section in document.sections for text in _packed(section.text)]


def _packed(text: str) -> list[str]:
    """Return the section's blocks in groups; a list, table or code stays with the line that leads to it."""
    groups: list[list[Block]] = []
    for block in blocks(text):
        size = sum(len(each.text) for each in groups[-1]) if groups else 0
        introduced = bool(groups) and groups[-1][-1].text.rstrip().endswith(":")
        if groups and (size + len(block.text) <= LONGEST or size < SHORTEST or introduced):
            groups[-1].append(block)
        else:
            groups.append([block])
    if len(groups) > 1 and sum(len(each.text) for each in groups[-1]) < SHORTEST:
        groups[-2:] = [groups[-2] + groups[-1]]
    return ["\n\n".join(block.text for block in group) for group in groups]
