"""What a question is after, and which passages answer it how well."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import PurePosixPath

from bot.demo.knowledge.answers.text import WEAK_WORDS, stem, stems, telling_words
from bot.demo.knowledge.documents.index import Findings, Hit

GROUPS: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split())
    for group in (
        "vacation holiday holidays leave pto",
        "sick sickness ill illness unwell",
        "wfh remote remotely home",
        "laptop computer notebook macbook",
        "monitor screen display",
        "salary pay wage payroll",
        "boss manager lead supervisor",
        "colleague coworker teammate",
        "reimburse reimbursement refund claim expense",
        "flight fly plane airfare",
        "train rail railway",
        "hotel accommodation lodging",
        "meal food dinner lunch",
        "baby birth newborn child parental",
        "maternity paternity parental",
        "pregnant pregnancy maternity parental",
        "password passphrase credentials",
        "mfa 2fa authenticator",
        "outage incident downtime",
        "pager page paged oncall",
        "deploy deployment release ship rollout",
        "review reviewer approve approval",
        "gdpr privacy personal",
        "quit resign resignation notice",
        "joiner starter newcomer onboarding",
        "pension retirement",
        "insurance insured cover",
        "broken damaged faulty defective",
        "lost stolen missing",
        "buy purchase order",
        "bike bicycle cycle",
        "logo brand branding",
        "install installation setup",
        "delete remove erase",
        "error failure exception",
        "configure configuration settings",
        "abroad overseas foreign",
        "gym fitness sport",
        "intern interns internship",
        "rota roster schedule",
    )
)


def synonyms(word: str) -> frozenset[str]:
    """Return other words for the same thing; none for most words."""
    return frozenset(other for group in GROUPS if word in group for other in group) - {word}


MOST_CONCEPTS = 14
"""A question of a hundred thousand characters is still searched with so many words."""
SYNONYM_WEIGHT = 0.6
WEAK_WEIGHT = 0.15
QUOTATION = "\n\n\u201c"
CONTEXT_WEIGHT = 0.4
"""What a word of the question before counts, next to a word of the question itself."""


class Want(StrEnum):
    """What would answer the question."""

    NUMBER = "number"
    STEPS = "steps"
    PERSON = "person"
    MEANING = "meaning"
    ANYTHING = "anything"


WANTS: tuple[tuple[Want, re.Pattern[str]], ...] = (
    (
        Want.NUMBER,
        re.compile(r"\bhow (much|many|long|often|soon|old|big|fast|late|early|far|high)\b|\bwhen\b"),
    ),
    (Want.STEPS, re.compile(r"\bhow (do|can|should|would|to|does one|are)\b|\bsteps?\b|\bset ?up\b")),
    (Want.PERSON, re.compile(r"\bwho(m|se)?\b")),
    (Want.MEANING, re.compile(r"\bwhat(['\u2019]?s| is| are| does)\b|\bmeaning\b|\bdefine\b")),
)

_BROAD = re.compile(r"\beverything\b")


@dataclass(frozen=True, slots=True)
class Concept:
    """One idea of the question: its word, the stems that stand for it with their weight, and its weight."""

    word: str
    stems: tuple[tuple[str, float], ...]
    weight: float
    own: bool = True

    @property
    def search_words(self) -> list[str]:
        """The words to search for: its own and those that mean the same."""
        return [self.word, *sorted(synonyms(self.word))]

    def found_in(self, among: frozenset[str]) -> float:
        """Return how well the concept is met by these stems: 1 by its word, less by a synonym, else 0."""
        return max((weight for each, weight in self.stems if each in among), default=0.0)


@dataclass(frozen=True, slots=True)
class Question:
    """A question, read. `concepts` are empty when it says nothing that could be looked up."""

    text: str
    concepts: tuple[Concept, ...]
    want: Want

    @property
    def broad(self) -> bool:
        """Whether it wants everything that is said about its subject."""
        return _BROAD.search(self.text.lower()) is not None

    @property
    def search_words(self) -> list[str]:
        """Every word worth searching for, synonyms among them."""
        return list(dict.fromkeys(word for concept in self.concepts for word in concept.search_words))


def read(text: str, before: str | None = None) -> Question:
    """Return what a question asks; `before` is the question asked just before in the same conversation.

    A quotation under the question gives it its context, as the question before does.
    """
    asked, _, quoted = text.partition(QUOTATION)
    own = telling_words(asked)
    concepts = [_concept(word, own=True) for word in own]
    known = {stem(word) for word in own}
    earlier = [word for word in telling_words(f"{quoted} {before or ''}") if stem(word) not in known]
    concepts += [_concept(word, own=False) for word in earlier]
    if all(concept.weight <= WEAK_WEIGHT for concept in concepts):
        concepts = [Concept(each.word, each.stems, each.weight / WEAK_WEIGHT, each.own) for each in concepts]
    return Question(text, tuple(concepts[:MOST_CONCEPTS]), _want(text.lower()))


def _concept(word: str, *, own: bool) -> Concept:
    weights = {stem(other): SYNONYM_WEIGHT for other in synonyms(word)} | {stem(word): 1.0}
    weak = word in WEAK_WORDS or word.isdigit()
    weight = (WEAK_WEIGHT if weak else 1.0) * (1.0 if own else CONTEXT_WEIGHT)
    return Concept(word, tuple(weights.items()), weight, own)


def _want(text: str) -> Want:
    return next((want for want, pattern in WANTS if pattern.search(text)), Want.ANYTHING)


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
