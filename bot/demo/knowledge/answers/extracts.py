"""The part of a passage that answers a question, as whole sentences, items, rows and blocks."""

import re
from dataclasses import dataclass
from itertools import pairwise

from bot.demo.knowledge.answers.markers import marker
from bot.demo.knowledge.answers.questions import Question, Want
from bot.demo.knowledge.answers.ranking import Rarity, defines
from bot.demo.knowledge.answers.sentences import leans_back, sentences
from bot.demo.knowledge.answers.words import stems
from bot.demo.knowledge.documents.blocks import Block, Form, blocks

SHORT_PARAGRAPH = 240
"""Characters; a paragraph up to this long is quoted whole, it reads better than pieces of it."""
SEVERAL_SENTENCES = 380
"""Characters of a longer paragraph that are quoted, from its best sentence on."""
MOST_ITEMS = 8
LONGEST_LIST = 900
"""Characters; of a longer list the best items are quoted."""
MOST_ROWS = 8
LONGEST_CODE = 25
"""Lines; longer code is left in its document."""
TABLE_HEAD = 2
ITEM = re.compile(r"^(?:[-*+]|\d{1,3}[.)])\s+")
POINTING = re.compile(
    r"\b(below|above|following|see also|this (page|document|section|chapter)|table of contents)\b",
    re.IGNORECASE,
)
NUMBER = re.compile(
    r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|twelve|half|double|twice|once)\b", re.IGNORECASE
)
RELATIVE_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?://|mailto:)[^)]*\)")
REFERENCE_LINK = re.compile(r"\[([^\]]+)\]\[[^\]]*\]")


@dataclass(frozen=True, slots=True)
class Reader:
    """Looks at text with one question in mind; `given` are stems its headings already hold."""

    question: Question
    rarity: Rarity
    given: frozenset[str] = frozenset()

    def score(self, text: str) -> float:
        """Return how much of the question a text holds, about 0 to 1.5."""
        among = frozenset(stems(text))
        full = got = 0.0
        for concept in self.question.concepts:
            importance = concept.weight * self.rarity.of(concept.word)
            full += importance
            got += importance * max(concept.found_in(among), 0.4 * concept.found_in(self.given))
        value = got / full if full else 0.0
        if self.question.want is Want.NUMBER and NUMBER.search(text):
            value += 0.25
        if self.question.want is Want.MEANING and defines(self.question, text):
            value += 0.3
        return value - (0.15 if POINTING.search(text) else 0.0)


def extract(text: str, reader: Reader, number: int, budget: int) -> str:
    """Return the blocks of a passage that answer best, with their marker.

    `budget` is the number of characters after which no further block is taken.
    """
    found = [Block(each.form, _flowed(each)) for each in blocks(text)]
    if not found:
        return ""
    scores = [_block_score(each, reader, first=at == 0) for at, each in enumerate(found)]
    chosen: set[int] = set()
    spent = 0
    for at in sorted(range(len(found)), key=lambda each: (-scores[each], each)):
        if chosen and (scores[at] < 0.55 * max(scores) or spent >= budget):
            break
        for each in _together(found, at) - chosen:
            chosen.add(each)
            spent += min(len(found[each].text), SHORT_PARAGRAPH)
    pieces = [
        _trimmed(found[at], reader, budget, alone=len(chosen) == 1)
        for at in _without_loose_ends(found, chosen)
    ]
    return _marked([each for each in pieces if each.text], number)


def _block_score(block: Block, reader: Reader, *, first: bool) -> float:
    score = reader.score(block.text) + (0.12 if first else 0.0)
    if block.form is Form.CODE:
        score -= 0.0 if reader.question.want is Want.STEPS else 0.3
        score -= 1.0 if block.text.count("\n") > LONGEST_CODE else 0.0
    if block.form is Form.LIST and reader.question.want is Want.STEPS and block.text[:1].isdigit():
        score += 0.3
    return score


def _together(found: list[Block], at: int) -> set[int]:
    """Return a block with the one that leads to it, or the one it leads to."""
    group = {at}
    if (
        at
        and found[at].form is not Form.PARAGRAPH
        and found[at - 1].form is Form.PARAGRAPH
        and _leads(found[at - 1])
    ):
        group.add(at - 1)
    if at + 1 < len(found) and _leads(found[at]) and found[at + 1].text.count("\n") <= LONGEST_CODE:
        group.add(at + 1)
    return group


def _without_loose_ends(found: list[Block], chosen: set[int]) -> list[int]:
    """Return the chosen places in order, but none that announces something left out."""
    kept = [at for at in sorted(chosen) if at + 1 in chosen or not _leads(found[at])]
    return kept or sorted(chosen)


def _leads(block: Block) -> bool:
    return block.text.rstrip().rstrip("*_").endswith(":")


def _flowed(block: Block) -> str:
    """Undo the line breaks of the file's editor, and links that lead nowhere outside the folder."""
    if block.form is Form.CODE:
        return block.text
    text = REFERENCE_LINK.sub(r"\1", RELATIVE_LINK.sub(r"\1", block.text))
    if block.form is Form.PARAGRAPH:
        return " ".join(text.split())
    if block.form is Form.QUOTE:
        return "> " + " ".join(line.lstrip("> ").strip() for line in text.split("\n") if line.strip("> "))
    if block.form is Form.TABLE:
        return text
    return "\n".join(_items(text))


def _items(text: str) -> list[str]:
    """Return the lines of a list with each item's text on one line; items under items stay indented."""
    items: list[str] = []
    fenced = False
    for line in text.split("\n"):
        fence = line.strip().startswith(("```", "~~~"))
        if fence or fenced:
            fenced = fence != fenced
            items.append(line)
        elif not items or ITEM.match(line.lstrip()) or items[-1].strip().startswith(("```", "~~~")):
            items.append(line.rstrip())
        elif line.strip():
            items[-1] += f" {line.strip()}"
    return items


def _trimmed(block: Block, reader: Reader, budget: int, *, alone: bool) -> Block:
    if block.form in {Form.PARAGRAPH, Form.QUOTE}:
        return Block(block.form, _window(block.text, reader, max(SEVERAL_SENTENCES, budget if alone else 0)))
    if block.form is Form.LIST:
        return Block(block.form, _fewer_items(block.text, reader))
    if block.form is Form.TABLE:
        return Block(block.form, _fewer_rows(block.text, reader))
    return block if block.text.count("\n") <= LONGEST_CODE else Block(block.form, "")


def _window(text: str, reader: Reader, most: int) -> str:
    """Return the sentence that answers best with those that follow; a short paragraph stays whole."""
    if len(text) <= SHORT_PARAGRAPH:
        return text
    every = sentences(text)
    best = max(range(len(every)), key=lambda at: (reader.score(every[at]), -at))
    start = best - 1 if best and leans_back(every[best]) else best
    end = best + 1
    while end < len(every) and len(" ".join(every[start : end + 1])) <= most:
        end += 1
    return " ".join(every[start:end])


def _fewer_items(text: str, reader: Reader) -> str:
    """Return a list without the items that matter least, where it is too long to be quoted whole."""
    lines = text.split("\n")
    tops = [at for at, line in enumerate(lines) if ITEM.match(line)]
    if len(tops) <= MOST_ITEMS and len(text) <= LONGEST_LIST:
        return text
    items = ["\n".join(lines[start:end]) for start, end in pairwise([*tops, len(lines)])]
    kept: set[int] = set()
    for at in sorted(range(len(items)), key=lambda at: (-reader.score(items[at]), at)):
        size = sum(len(items[each]) for each in kept)
        if kept and (len(kept) == MOST_ITEMS - 1 or size + len(items[at]) > LONGEST_LIST):
            break
        kept.add(at)
    left = len(items) - len(kept)
    return "\n".join([*(items[at] for at in sorted(kept)), *([f"- … and {left} more"] if left else [])])


def _fewer_rows(text: str, reader: Reader) -> str:
    rows = text.split("\n")
    head, body = rows[:TABLE_HEAD], rows[TABLE_HEAD:]
    if len(body) <= MOST_ROWS:
        return text
    scores = [reader.score(each) for each in body]
    matching = [row for row, score in zip(body, scores, strict=True) if score >= 0.6 * max(scores) > 0]
    return "\n".join([*head, *(matching if 0 < len(matching) <= MOST_ROWS else body[:MOST_ROWS])])


def _marked(pieces: list[Block], number: int) -> str:
    """Put the marker after statements that can bear one; where none can, in front of them all."""
    bearing = [at for at, each in enumerate(pieces) if each.form in {Form.PARAGRAPH, Form.QUOTE, Form.LIST}]
    texts = [each.text for each in pieces]
    for at in bearing:
        ends = at == bearing[-1] or not _leads(pieces[at])
        if ends and not texts[at].rstrip().endswith("```"):
            texts[at] += marker(number)
    joined = "\n\n".join(texts)
    return joined if marker(number) in joined else f"{marker(number)}\n\n{joined}" if joined else ""
