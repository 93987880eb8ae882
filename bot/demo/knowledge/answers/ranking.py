"""Which passages answer a question, and how well."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath

from bot.demo.knowledge.answers.questions import Question, Want
from bot.demo.knowledge.answers.words import stem, stems, telling_words
from bot.demo.knowledge.documents.index import Findings, Hit

UNDER = 0.7
"""How much of a concept a text is about that stands under a heading with it, and does not repeat it."""
ENOUGH = 0.5
"""The share of a question's own meaning that a passage must hold to count as an answer."""
BODY, HEADING, TITLE = 0.62, 0.26, 0.12
"""What finding a concept in the text, in the headings and in the title is worth; together 1."""
HIGHEST = 1.5
"""About what a passage gets that holds everything in the best shape."""
CLOSE = 8
"""Words; concepts that stand no further apart belong to one statement."""
LINK_TARGET = re.compile(r"\]\([^)]*\)")
INTRODUCTORY = re.compile(r"^(about|description|introduction|overview|summary|what is\b.*)$", re.IGNORECASE)
NUMBERS = frozenset(
    {"once", "one", "twice", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}
)
NAME = re.compile(r"\b[A-Z][a-z]+ [A-Z][a-z]+\b")
LESS_TELLING = frozenset(
    {"changelog", "changes", "history", "license", "licence", "authors", "contributors", "news"}
)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage with its `score` and its `coverage` of the question's own words, both from 0 to 1."""

    hit: Hit
    score: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Rarity:
    """How much a word tells: more, the fewer passages it stands in."""

    frequencies: dict[str, int]
    total: int

    def of(self, word: str) -> float:
        """Return the inverse document frequency of a word, at least a little above 0."""
        return math.log(1 + (self.total + 1) / (self.frequencies.get(word, 0) + 1))


def ranked(question: Question, findings: Findings) -> list[Ranked]:
    """Return the passages that answer `question`, the best first; none when nothing answers it."""
    rarity = Rarity(findings.frequencies, findings.total)
    scored = [_scored(question, hit, rarity) for hit in findings.hits]
    enough = [each for each in scored if each.coverage >= ENOUGH]
    return sorted(
        enough, key=lambda each: (-each.score, each.hit.rank, each.hit.record.path, each.hit.position)
    )


def _scored(question: Question, hit: Hit, rarity: Rarity) -> Ranked:
    in_text = stems(LINK_TARGET.sub("]", hit.text))
    body, heading, title = (
        frozenset(in_text),
        frozenset(stems(f"{' '.join(hit.trail)} {_subject(question, hit)}")),
        frozenset(stems(hit.record.title)),
    )
    full = score = own_full = own = 0.0
    for concept in question.concepts:
        importance = concept.weight * rarity.of(concept.word)
        met = [concept.found_in(each) for each in (body, heading, title)]
        full += importance
        score += importance * (BODY * max(met[0], UNDER * met[1]) + HEADING * met[1] + TITLE * met[2])
        if concept.own:
            own_full += importance
            own += importance * max(met)
    score = score / full if full else 0.0
    coverage = own / own_full if own_full else score
    return Ranked(hit, score * _shape(question, hit, in_text) / HIGHEST, coverage)


def _shape(question: Question, hit: Hit, in_text: Sequence[str]) -> float:
    """Return a factor for how the passage is made: concepts close together, a number when one is wanted."""
    factor = 1.0 + 0.25 * _closeness(question, in_text) + 0.2 * _phrases(question, in_text)
    factor += 0.2 * _share(question, _subject(question, hit)) + 0.2 * _share(question, hit.record.title)
    if question.want is Want.MEANING and (defines(question, hit.text) or _introduces(hit)):
        factor += 0.15
    if question.want is Want.NUMBER and any(word.isdigit() or word in NUMBERS for word in in_text):
        factor += 0.2
    if question.want is Want.PERSON and NAME.search(hit.text):
        factor += 0.35
    if question.want is Want.STEPS and ("\n1." in f"\n{hit.text}" or "```" in hit.text):
        factor += 0.12
    if len(in_text) < CLOSE * 2:
        factor *= 0.85
    if PurePosixPath(hit.record.path).stem.lower() in LESS_TELLING:
        factor *= 0.6
    return factor


def _introduces(hit: Hit) -> bool:
    """Return whether a passage stands where documents say what they are about."""
    return hit.position == 0 or hit.heading == hit.record.title or bool(INTRODUCTORY.match(hit.heading))


def _closeness(question: Question, in_text: Sequence[str]) -> float:
    """Return the share of concepts that stand together in the closest stretch of the text."""
    places: list[tuple[int, int]] = []
    for number, concept in enumerate(question.concepts):
        wanted = {each for each, _ in concept.stems}
        places += [(at, number) for at, word in enumerate(in_text) if word in wanted]
    if len(question.concepts) < 2 or not places:  # noqa: PLR2004 (nothing to be close to)
        return 0.0
    places.sort()
    best = 0
    for start, (at, _) in enumerate(places):
        best = max(best, len({number for other, number in places[start : start + 40] if other - at <= CLOSE}))
    return (best - 1) / (len(question.concepts) - 1)


def _subject(question: Question, hit: Hit) -> str:
    """Return what a passage is about: its heading, or the document's title where it introduces that.

    An introduction seldom holds numbers, steps or names, so it does not count for more when those are wanted.
    """
    if not _introduces(hit):
        return hit.heading
    return hit.record.title if question.want in {Want.MEANING, Want.ANYTHING} else ""


def _phrases(question: Question, in_text: Sequence[str]) -> float:
    """Return the share of neighbouring words of the question that are neighbours in the text, too."""
    own = [concept.stems[-1][0] for concept in question.concepts if concept.own]
    pairs = list(pairwise(own))
    neighbours = set(pairwise(in_text))
    return sum(pair in neighbours for pair in pairs) / len(pairs) if pairs else 0.0


def _share(question: Question, heading: str) -> float:
    """Return how much of a heading is about the question and nothing else."""
    own = [stem(word) for word in telling_words(heading)]
    asked = {each for concept in question.concepts for each, _ in concept.stems}
    return sum(each in asked for each in own) / len(own) if own else 0.0


def defines(question: Question, text: str) -> bool:
    """Return whether a line or a table row of a text begins by saying what the question's subject is."""
    subject = "|".join(re.escape(concept.word) for concept in question.concepts if concept.own)
    spoken = rf"^[^\w|]*(?:(?:an?|the|our)\s+)?[\w\s-]{{0,20}}\b({subject})\w*\W*?\s(is|are|means|refers)\b"
    row = rf"^\s*\|\s*({subject})\w*\s*\|"
    return bool(subject) and bool(re.search(f"{spoken}|{row}", text, re.IGNORECASE | re.MULTILINE))
