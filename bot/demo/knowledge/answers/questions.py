"""What a question is after: its concepts, and the kind of answer it wants."""

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.demo.knowledge.answers.thesaurus import synonyms
from bot.demo.knowledge.answers.words import WEAK_WORDS, stem, telling_words

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
