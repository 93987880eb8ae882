"""Paragraphs cut into sentences."""

import re

END = re.compile(r"(?<=[.!?])[\"')\]*_”]*\s+(?=[\"'(\[*_`“]*[A-Z0-9])")
ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|no|mr|ms|mrs|dr|st|fig|al|inc|ltd)|\b[A-Z])\.$", re.IGNORECASE
)
LEANING = re.compile(
    r"^[\"'(*_“]*(It|They|This|These|That|Those|He|She|Otherwise|However|But|Also|Then|Such|If so|If not|"
    r"In that case)\b"
)
"""How a sentence begins that cannot be understood without the one before it."""


def sentences(paragraph: str) -> list[str]:
    """Return the sentences of a paragraph in order; code spans and abbreviations are not cut."""
    text = " ".join(paragraph.split())
    found: list[str] = []
    start = 0
    for end in END.finditer(text):
        piece = text[start : end.end()].strip()
        if piece.count("`") % 2 or piece.count("(") > piece.count(")") or ABBREVIATION.search(piece):
            continue
        found.append(piece)
        start = end.end()
    return [*found, text[start:].strip()] if text[start:].strip() else found


def leans_back(sentence: str) -> bool:
    """Return whether a sentence needs the one before it."""
    return bool(LEANING.match(sentence))
