"""An answer composed of extracts from the best passages, each with the number of its source."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.demo.knowledge.answers.ranking import Question, Ranked, Rarity, Want, defines
from bot.demo.knowledge.answers.text import leans_back, marker, sentences, stems, unmarked
from bot.demo.knowledge.documents.index import Hit, Record
from bot.demo.knowledge.documents.passages import Block, Form, blocks

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


OPENINGS = (
    "“{title}” has this under *{heading}*.",
    "The answer is in “{title}”, in the part on *{heading}*.",
    "Here is what “{title}” says in the part on *{heading}*.",
)
OPENINGS_WITHOUT_HEADING = (
    "“{title}” covers this.",
    "The answer is in “{title}”.",
    "Here is what “{title}” says.",
)
OPENINGS_AGAIN = (
    "Looked at again, this time starting with *{heading}* in “{title}”.",
    "Another way to answer it: “{title}”, in the part on *{heading}*.",
    "Put differently, with the part on *{heading}* in “{title}” first.",
)
UNSURE = "I found no direct answer; “{title}” comes closest, in the part on *{heading}*."


def opening(title: str, heading: str, seed: str, attempt: int, *, sure: bool) -> str:
    """Return the sentence that leads to the best passage."""
    named = bool(heading) and heading.lower() != title.lower()
    if not sure:
        patterns: tuple[str, ...] = (UNSURE,)
    elif attempt:
        patterns = OPENINGS_AGAIN
    else:
        patterns = OPENINGS if named else OPENINGS_WITHOUT_HEADING
    return patterns[(_number(seed) + attempt) % len(patterns)].format(title=title, heading=heading or title)


def addition(titles: Sequence[str]) -> str:
    """Return the sentence that names further documents, with the space before it; "" where there are none."""
    if not titles:
        return ""
    return f" {_listed([f'“{each}”' for each in titles])} {'adds' if len(titles) == 1 else 'add'} to it."


def nothing_found(subject: Sequence[str], documents: int, titles: Sequence[str]) -> str:
    """Return what is said when no document answers."""
    about = f"about *{' '.join(subject)}* " if subject else "on that "
    plural = "document" if documents == 1 else "documents"
    honest = f"I found nothing {about}in the {documents} {plural} I can read, so I would rather not guess."
    if not titles:
        return honest
    return (
        f"{honest}\n\nOther words may help, or ask about something I do know, for instance {_listed(titles)}."
    )


def greeting(documents: int, titles: Sequence[str]) -> str:
    """Return what is said to somebody who has not asked anything yet."""
    plural = "document" if documents == 1 else "documents"
    known = f" They cover, among other things, {_listed(titles)}." if titles else ""
    return (
        f"Ask me a question in your own words, and I will look it up in the {documents} {plural} I can read "
        f"and say where each part of the answer comes from.{known}"
    )


def _listed(names: Sequence[str]) -> str:
    """Return names as English lists them."""
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _number(seed: str) -> int:
    return hashlib.blake2s(seed.encode(), digest_size=2).digest()[0]


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
