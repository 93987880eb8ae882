"""An answer composed of extracts from the best passages, each with the number of its source."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.demo.knowledge.answers.ranking import Ranked, Ranking
from bot.demo.knowledge.answers.text import marker, sentences, stems, unmarked
from bot.demo.knowledge.documents.index import Hit, Record
from bot.demo.knowledge.documents.passages import Block, Form, blocks

MOST_SOURCES = 3
MANY_SOURCES = 8
"""Sources of an answer that is to tell everything about its subject."""
NEAR_THE_BEST = 0.8
"""The share of the best passage's score that another one must reach to be quoted beside it."""
FURTHER = 0.45
"""The same for an answer that is written again, and for one that is to tell everything."""
ALIKE = 0.7
"""The share of common words from which two passages say the same."""
FIRST_BUDGET, NEXT_BUDGET = 700, 350
"""Characters of the first and of each further part; a passage that is no longer is quoted whole."""
LONG_ENOUGH = 500
"""Characters after which a first answer needs no further part."""
LONGEST_PARAGRAPH = 400
"""Characters; of a longer paragraph the best sentence is quoted with those that follow."""
MOST_LINES = 8
"""Items of a list and rows of a table."""
LONGEST_CODE = 25
"""Lines; longer code is left in its document."""
TABLE_HEAD = 2
EXCERPT = 600
SURE = 0.25
CONFIDENCE = ((0.75, "Very High"), (0.55, "High"), (0.4, "Medium"), (0.0, "Low"))
RELATIVE_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?://|mailto:)[^)]*\)")
WRAPPED = re.compile(r"\n(?!\s*(?:[-*+]|\d{1,3}[.)])\s)\s*")
"""Line breaks of a list that do not begin an item."""


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

    @property
    def heading(self) -> str:
        """The section's heading, where it is not the document's title."""
        return self.hit.heading if self.hit.heading != self.hit.record.title else ""


def composed(ranking: Ranking, found: Sequence[Ranked], attempt: int) -> Answer:
    """Return the answer that `found` gives: best first, not empty.

    Each further `attempt` begins with another passage.
    """
    quoted: list[tuple[_Part, str]] = []
    brief = not attempt and not ranking.question.broad
    for part in _parts(found, attempt, broad=ranking.question.broad):
        if brief and sum(len(text) for _, text in quoted) >= LONG_ENOUGH:
            break
        budget = NEXT_BUDGET if quoted else FIRST_BUDGET
        if text := extract(part.text, ranking, len(quoted) + 1, budget):
            quoted.append((part, text))
    best = found[0].score
    return Answer(
        text=_joined(quoted, attempt, sure=best >= SURE),
        citations=tuple(_citation(part, text, number) for number, (part, text) in enumerate(quoted, 1)),
        confidence=next(word for least, word in CONFIDENCE if best >= least),
        considered=len(found),
    )


def _parts(found: Sequence[Ranked], attempt: int, *, broad: bool) -> list[_Part]:
    """Return the sections to quote, one part each; every attempt begins with the next one."""
    # A second attempt looks further down the list, so that it has something else to say.
    least = (FURTHER if attempt or broad else NEAR_THE_BEST) * found[0].score
    sections: dict[tuple[str, str], list[Ranked]] = {}
    for each in found:
        if each.score >= least:
            sections.setdefault((each.hit.record.id, each.hit.slug), []).append(each)
    kept: list[_Part] = []
    for group in sections.values():
        passages = sorted(group, key=lambda each: each.hit.position)
        part = _Part(group[0].hit, "\n\n".join(each.hit.text for each in passages), group[0].score)
        if not any(_alike(part.text, other.text) for other in kept):
            kept.append(part)
    kept = kept[: MANY_SOURCES if broad else MOST_SOURCES]
    first = attempt % len(kept)
    return [*kept[first:], *kept[:first]]


def _alike(one: str, other: str) -> bool:
    first, second = set(stems(one)), set(stems(other))
    return len(first & second) >= ALIKE * min(len(first), len(second))


def extract(text: str, ranking: Ranking, number: int, budget: int) -> str:
    """Return the blocks of a passage that answer best, in their order, with the marker of their source."""
    found = [Block(each.form, _flowed(each)) for each in blocks(text)]
    if not found:
        return ""
    readable = [each for each in found if each.form is not Form.CODE or each.text.count("\n") <= LONGEST_CODE]
    found = readable or found
    scores = [
        ranking.share(each.text) + 0.3 * ranking.question.fits(each.text) - 0.3 * (each.form is Form.CODE)
        for each in found
    ]
    chosen = set(range(len(found))) if len(text) <= budget else set()
    for at in sorted(range(len(found)), key=lambda each: (-scores[each], each)):
        spent = sum(len(found[each].text) for each in chosen)
        if chosen and (scores[at] < NEAR_THE_BEST * max(scores) or spent >= budget):
            break
        # A list, table or code goes with the line that announces it.
        first = at - 1 if at and _leads(found[at - 1]) else at
        last = at + 1 if at + 1 < len(found) and _leads(found[at]) else at
        chosen |= set(range(first, last + 1))
    return _marked([_trimmed(found[at], ranking) for at in sorted(chosen)], number)


def _leads(block: Block) -> bool:
    """Return whether a block announces the one after it."""
    return block.text.rstrip().rstrip("*_").endswith(":")


def _flowed(block: Block) -> str:
    """Undo the line breaks of the file's editor, and links that lead nowhere outside the folder."""
    if block.form is Form.CODE:
        return block.text
    text = RELATIVE_LINK.sub(r"\1", block.text)
    if block.form is Form.PARAGRAPH:
        return " ".join(text.split())
    return WRAPPED.sub(" ", text) if block.form is Form.LIST and "```" not in text else text


def _trimmed(block: Block, ranking: Ranking) -> Block:
    """Return what answers best of a block that is too long to be quoted whole."""
    if block.form is Form.PARAGRAPH and len(block.text) > LONGEST_PARAGRAPH:
        every = sentences(block.text)
        best = max(range(len(every)), key=lambda at: (ranking.share(every[at]), -at))
        return Block(block.form, _beginning(every[best:], LONGEST_PARAGRAPH))
    lines = block.text.split("\n")
    head = TABLE_HEAD if block.form is Form.TABLE else 0
    if block.form not in {Form.LIST, Form.TABLE} or len(lines) - head <= MOST_LINES or "```" in block.text:
        return block
    ordered = sorted(range(head, len(lines)), key=lambda at: (-ranking.share(lines[at]), at))
    kept = [*lines[:head], *(lines[at] for at in sorted(ordered[:MOST_LINES]))]
    left = f"- … and {len(lines) - MOST_LINES} more"
    return Block(block.form, "\n".join([*kept, *([left] if block.form is Form.LIST else [])]))


def _beginning(every: Sequence[str], longest: int) -> str:
    """Return as many sentences as fit, but always the first."""
    kept = every[0]
    for each in every[1:]:
        if len(kept) + len(each) >= longest:
            break
        kept = f"{kept} {each}"
    return kept


def _marked(pieces: Sequence[Block], number: int) -> str:
    """Put the marker after the last statement that can bear one; where none can, in front of them all."""
    texts = [each.text for each in pieces]
    bearing = [at for at, each in enumerate(pieces) if each.form not in {Form.TABLE, Form.CODE}]
    if not bearing or texts[bearing[-1]].endswith("```"):
        return "\n\n".join([marker(number), *texts])
    texts[bearing[-1]] += marker(number)
    return "\n\n".join(texts)


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
    kept = _beginning(sentences(text), EXCERPT)
    return kept if len(kept) <= EXCERPT else f"{kept[:EXCERPT].rsplit(' ', 1)[0]} …"


OPENINGS = (
    "“{title}” has this under *{heading}*.",
    "The answer is in “{title}”, in the part on *{heading}*.",
)
AGAIN = (
    "Another way to answer it: “{title}”, in the part on *{heading}*.",
    "Looked at again, this time starting with *{heading}* in “{title}”.",
)
UNSURE = "I found no direct answer; “{title}” comes closest, in the part on *{heading}*."


def _joined(quoted: Sequence[tuple[_Part, str]], attempt: int, *, sure: bool) -> str:
    """Return the extracts, the first after a sentence that says where it stands, the others with a label."""
    (first, text), *rest = quoted
    title = first.hit.record.title
    pattern = (AGAIN[attempt % 2] if attempt else OPENINGS[len(title) % 2]) if sure else UNSURE
    opening = pattern.format(title=title, heading=first.heading or title)
    # A table or code cannot bear its marker, so the sentence or label before it does.
    own = text.removeprefix(marker(1)).lstrip()
    paragraphs = [f"{opening}{'' if own == text else marker(1)}", own]
    for number, (part, text) in enumerate(rest, 2):
        heading = f"**{part.heading or part.hit.record.title}**"
        label = heading + (f" (“{part.hit.record.title}”)" if part.heading else "")
        own = text.removeprefix(marker(number)).lstrip()
        label += marker(number) if own != text else ""
        paragraphs.append(f"{label}: {own}" if own[0].isalpha() else f"{label}\n\n{own}")
    return "\n\n".join(paragraphs)


def nothing_found(subject: Sequence[str], documents: int, titles: Sequence[str]) -> str:
    """Return what is said when no document answers."""
    about = f"about *{' '.join(subject)}* " if subject else "on that "
    honest = f"I found nothing {about}in the {_counted(documents)} I can read, so I would rather not guess."
    if not titles:
        return honest
    return (
        f"{honest}\n\nOther words may help, or ask about something I do know, for instance {_listed(titles)}."
    )


def greeting(documents: int, titles: Sequence[str]) -> str:
    """Return what is said to a person who has not asked anything yet."""
    known = f" They cover, among other things, {_listed(titles)}." if titles else ""
    return (
        f"Ask me a question in your own words, and I will look it up in the {_counted(documents)} I can read "
        f"and say where each part of the answer comes from.{known}"
    )


def _counted(documents: int) -> str:
    return f"{documents} document{'' if documents == 1 else 's'}"


def _listed(names: Sequence[str]) -> str:
    """Return names as English lists them."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
