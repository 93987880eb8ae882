"""An answer woven from the best passages, each statement with the number of its source."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.demo.knowledge.answers.extracts import Reader, extract
from bot.demo.knowledge.answers.markers import marker, unmarked
from bot.demo.knowledge.answers.questions import Question
from bot.demo.knowledge.answers.ranking import Ranked, Rarity
from bot.demo.knowledge.answers.sentences import sentences
from bot.demo.knowledge.answers.wording import addition, opening
from bot.demo.knowledge.answers.words import stems
from bot.demo.knowledge.documents.index import Hit, Record

MOST_SOURCES = 3
MANY_SOURCES = 8
"""Sources of an answer that is to tell everything about its subject."""
NEAR_THE_BEST = 0.72
"""The share of the best passage's score that another one must reach to be quoted beside it."""
FURTHER = 0.45
"""The same for an answer that is written anew, and for one that is to tell everything."""
SECOND_ATTEMPT = 2
CONSIDERED = 12
ALIKE = 0.7
"""The share of common words from which two passages say the same."""
FIRST_BUDGET, NEXT_BUDGET = 700, 300
"""Characters of the first and of each further part of an answer."""
EXCERPT = 600
SURE = 0.25
CONFIDENCE = ((0.75, "Very High"), (0.55, "High"), (0.4, "Medium"), (0.0, "Low"))


@dataclass(frozen=True, slots=True)
class Citation:
    """A section an answer rests on; `number` is the one its marker bears, `relevance` runs from 0 to 1."""

    number: int
    record: Record
    heading: str
    slug: str
    excerpt: str
    relevance: float

    @property
    def url(self) -> str:
        """Where the section is shown, relative to the server."""
        return f"/record/{self.record.id}" + ("" if self.slug == "top" else f"#{self.slug}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A composed answer; `text` has neutral markers."""

    text: str
    citations: tuple[Citation, ...] = ()
    confidence: str | None = None
    follow_ups: tuple[str, ...] = ()
    considered: int = 0
    documents: int = 0


@dataclass(frozen=True, slots=True)
class _Part:
    """The hits of one section, merged."""

    hit: Hit
    text: str
    score: float


def composed(question: Question, found: Sequence[Ranked], rarity: Rarity, attempt: int) -> Answer:
    """Return the answer that `found` gives: best first, not empty.

    Each further `attempt` begins with another passage.
    """
    parts = _parts(found, attempt, broad=question.broad)
    quoted: list[tuple[_Part, str, Citation]] = []
    for part in parts:
        reader = Reader(
            question, rarity, frozenset(stems(" ".join((part.hit.record.title, *part.hit.trail))))
        )
        number = len(quoted) + 1
        text = extract(part.text, reader, number, _budget(attempt, first=not quoted))
        if text:
            quoted.append((part, text, _citation(part, text, number)))
    best = found[0].score
    return Answer(
        text=_woven(question, quoted, attempt, sure=best >= SURE),
        citations=tuple(citation for _, _, citation in quoted),
        confidence=next(word for least, word in CONFIDENCE if best >= least),
        considered=len(found),
    )


def _parts(found: Sequence[Ranked], attempt: int, *, broad: bool) -> list[_Part]:
    # A second attempt looks further down the list, so that it has something else to say.
    least = (FURTHER if attempt or broad else NEAR_THE_BEST) * found[0].score
    near = [each for each in found if each.score >= least][:CONSIDERED]
    kept: list[_Part] = []
    for part in _ordered(_merged(near), attempt):
        if not any(_alike(part.text, other.text) for other in kept):
            kept.append(part)
    return kept[: MANY_SOURCES if broad else MOST_SOURCES]


def _budget(attempt: int, *, first: bool) -> int:
    """Return the characters of a part: an answer that is written anew goes into more detail."""
    return (FIRST_BUDGET if first else NEXT_BUDGET) * (2 if attempt else 1)


def _ordered(parts: list[_Part], attempt: int) -> list[_Part]:
    """Return the parts best first; on every second attempt another one leads, the best after it."""
    if attempt < SECOND_ATTEMPT or len(parts) == 1:
        return parts
    best, *others = parts
    start = (attempt - SECOND_ATTEMPT) % len(others)
    turned = [*others[start:], *others[:start]]
    return [turned[0], best, *turned[1:]] if attempt % 2 == 0 else [best, *turned]


def _merged(found: Sequence[Ranked]) -> list[_Part]:
    """Return one part per section, its passages in reading order, the best section first."""
    sections: dict[tuple[str, str], list[Ranked]] = {}
    for each in found:
        sections.setdefault((each.hit.record.id, each.hit.slug), []).append(each)
    return [
        _Part(
            group[0].hit,
            "\n\n".join(each.hit.text for each in sorted(group, key=lambda each: each.hit.position)),
            group[0].score,
        )
        for group in sections.values()
    ]


def _alike(one: str, other: str) -> bool:
    first, second = set(stems(one)), set(stems(other))
    return len(first & second) >= ALIKE * min(len(first), len(second)) if first and second else True


def _citation(part: _Part, text: str, number: int) -> Citation:
    return Citation(
        number=number,
        record=part.hit.record,
        heading=part.hit.heading,
        slug=part.hit.slug,
        excerpt=_excerpt(unmarked(text).strip()),
        relevance=round(min(part.score, 1.0), 3),
    )


def _excerpt(text: str) -> str:
    if len(text) <= EXCERPT:
        return text
    kept = ""
    for sentence in sentences(text):
        if kept and len(kept) + len(sentence) > EXCERPT:
            break
        kept = f"{kept} {sentence}".strip()
    return kept if len(kept) <= EXCERPT else f"{kept[:EXCERPT].rsplit(' ', 1)[0]} …"


def _woven(
    question: Question, quoted: Sequence[tuple[_Part, str, Citation]], attempt: int, *, sure: bool
) -> str:
    first, *rest = quoted
    record = first[0].hit.record
    titles = [part.hit.record.title for part, _, _ in rest]
    others = [title for title in dict.fromkeys(titles) if title != record.title]
    lead = opening(record.title, _heading(first[0]), question.text, attempt, sure=sure)
    # What begins with its marker cannot bear it: a table, or code. The lead bears it instead.
    own = first[1].removeprefix(marker(1)).lstrip()
    borne = marker(1) if first[1].startswith(marker(1)) else ""
    paragraphs = [f"{lead}{borne}{addition(others)}", own]
    last = record.id
    for part, text, _ in rest:
        paragraphs.append(_labelled(part, text, name_document=part.hit.record.id != last))
        last = part.hit.record.id
    return "\n\n".join(paragraphs)


def _labelled(part: _Part, text: str, *, name_document: bool) -> str:
    """Return a further part under its heading, which is run in where a sentence follows."""
    heading, title = _heading(part), part.hit.record.title
    label = f"**{heading or title}**" + (f" (“{title}”)" if name_document and heading else "")
    if text.startswith((marker(1)[0], "```", "|", "- ", "* ", "> ", "1.")):
        return f"{label}{'' if text.startswith(marker(1)[0]) else chr(10) * 2}{text}"
    return f"{label}: {text}"


def _heading(part: _Part) -> str:
    return part.hit.heading if part.hit.heading != part.hit.record.title else ""
