"""Sections cut into passages of a size that can be found, read and cited."""

from dataclasses import dataclass

from bot.demo.knowledge.documents.blocks import Block, blocks
from bot.demo.knowledge.documents.sections import Document, Section

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
