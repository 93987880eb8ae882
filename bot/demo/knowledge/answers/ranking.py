"""What a question is after, and which passages answer it how well."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.demo.knowledge.answers.text import WEAK_WORDS, stem, stems, telling_words
from bot.demo.knowledge.documents.index import Findings, Hit

SYNONYMS: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split())
    for group in (
        "vacation holiday holidays leave pto",
        "sick ill illness",
        "wfh remote remotely home",
        "laptop computer notebook",
        "monitor screen display",
        "salary pay wage payday payroll",
        "reimburse reimbursed refund expense expenses",
        "maternity paternity parental",
        "deploy release rollout",
        "roll rollback",
    )
)
"""Words for the same thing at work, so that a question need not hit the document's own word."""
SYNONYM = 0.6
"""What a synonym counts, next to the word itself."""
MOST_WORDS = 14
"""A question of a hundred thousand characters is still searched with so many words."""
QUOTATION = "\n\n\u201c"
WEAK, CONTEXT = 0.15, 0.4
"""What a weak word, and a word of the question before, count next to a word of the question itself."""
DEFINING = re.compile(r"\bwhat(['\u2019]?s| is| are| does)\b")
NUMERIC = re.compile(r"\bhow (much|many|long|often|soon|old|big|fast|late|early|far|high)\b|\bwhen\b")
PRACTICAL = re.compile(r"\bhow (do|can|should|to)\b")
BROAD = re.compile(r"\beverything\b")
NUMBER = re.compile(
    r"\d|\b(once|one|twice|two|three|four|five|six|seven|eight|nine|ten|half)\b", re.IGNORECASE
)
STEPS = re.compile(r"^(1\.|```)", re.MULTILINE)
ENOUGH = 0.5
"""The share of a question's own meaning that a passage must hold to count as an answer."""
TEXT, HEADINGS, TITLE = 0.6, 0.28, 0.12
"""What finding a word in the text, in the headings and in the title is worth; together 1."""
SHAPE = 0.25
"""What counts more: a heading and a title about nothing but the question, and the kind of thing asked for."""


def synonyms(word: str) -> frozenset[str]:
    """Return other words for the same thing; none for most words."""
    return frozenset(other for group in SYNONYMS if word in group for other in group) - {word}


@dataclass(frozen=True, slots=True)
class Question:
    """A question, read: what each of its words weighs, its `own` and those of its context.

    There are no words when it says nothing that could be looked up.
    """

    text: str
    weights: dict[str, float]
    own: tuple[str, ...]

    @property
    def broad(self) -> bool:
        """Whether it wants everything that is said about its subject."""
        return BROAD.search(self.text.lower()) is not None

    @property
    def search_words(self) -> list[str]:
        """Every word worth searching for, synonyms among them."""
        return list(dict.fromkeys(each for word in self.weights for each in (word, *sorted(synonyms(word)))))

    def fits(self, text: str) -> bool:
        """Return whether a text holds the kind of thing asked for: a number, steps, or what something is."""
        asked = self.text.lower()
        subject = "|".join(re.escape(word) for word in self.own)
        begins = rf"(^|\. )\W*((an?|the|our)\s+)?({subject})"
        return bool(
            (NUMERIC.search(asked) and NUMBER.search(text))
            or (PRACTICAL.search(asked) and STEPS.search(text))
            or (DEFINING.search(asked) and re.search(begins, text, re.IGNORECASE | re.MULTILINE))
        )


def read(text: str, before: str | None = None) -> Question:
    """Return what a question asks; `before` is the question asked just before in the same conversation.

    A quotation under the question gives it its context, as the question before does.
    """
    asked, _, quoted = text.partition(QUOTATION)
    own = telling_words(asked)[:MOST_WORDS]
    weights = {word: _weight(word) for word in own}
    for word in telling_words(f"{quoted} {before or ''}")[: MOST_WORDS - len(own)]:
        weights.setdefault(word, CONTEXT * _weight(word))
    return Question(text, weights, tuple(own))


def _weight(word: str) -> float:
    return WEAK if word in WEAK_WORDS or word.isdigit() else 1.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage with its `score` from 0 to 1."""

    hit: Hit
    score: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """Measures texts by a question; a word tells the more, the fewer passages it stands in."""

    question: Question
    findings: Findings

    def passages(self) -> list[Ranked]:
        """Return the passages that answer the question, the best first; none when nothing answers it."""
        found = [
            Ranked(hit, self._score(hit))
            for hit in self.findings.hits
            if self.share(f"{hit.record.title} {' '.join(hit.trail)} {hit.text}", self.question.own) >= ENOUGH
        ]
        # Of passages that hold the same words, the one that holds them more often is more about them.
        return sorted(
            found, key=lambda each: (-each.score, -self._count(each.hit.text), each.hit.record.path)
        )

    def share(self, text: str, words: Iterable[str] = ()) -> float:
        """Return how much of the question (or of these `words` of it) a text holds, from 0 to 1."""
        among = frozenset(stems(text))
        full = held = 0.0
        for word in words or self.question.weights:
            importance = self.question.weights[word] * self._rarity(word)
            full += importance
            if stem(word) in among:
                held += importance
            elif any(stem(each) in among for each in synonyms(word)):
                held += SYNONYM * importance
        return held / full if full else 0.0

    def _score(self, hit: Hit) -> float:
        headings = " ".join(hit.trail)
        held = (
            TEXT * self.share(f"{headings} {hit.text}")
            + HEADINGS * self.share(headings)
            + TITLE * self.share(hit.record.title)
        )
        about = self._about(hit.heading) + self._about(hit.record.title)
        return held * (1 + SHAPE * (about + self.question.fits(hit.text))) / (1 + 3 * SHAPE)

    def _about(self, heading: str) -> float:
        """Return how much of a heading is about the question and nothing else."""
        telling = [stem(word) for word in telling_words(heading)]
        asked = {stem(word) for word in self.question.search_words}
        return sum(each in asked for each in telling) / len(telling) if telling else 0.0

    def _count(self, text: str) -> int:
        asked = {stem(word) for word in self.question.weights}
        return sum(each in asked for each in stems(text))

    def _rarity(self, word: str) -> float:
        return math.log(1 + (self.findings.total + 1) / (self.findings.frequencies.get(word, 0) + 1))
