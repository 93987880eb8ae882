"""From a question to its answer: search, rank, compose, and propose what to ask next."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.demo.knowledge.answers import ranking
from bot.demo.knowledge.answers.composing import Answer, composed, greeting, nothing_found
from bot.demo.knowledge.answers.ranking import Rarity, ranked
from bot.demo.knowledge.answers.text import STOP_WORDS, stems
from bot.demo.knowledge.documents.index import Findings, Index, Record

MOST = 3
UNTELLING = re.compile(
    r"^(overview|introduction|intro|summary|contents?|see also|references?|examples?|notes?|links|related|"
    r"usage|background|purpose|scope|appendix|faq|changelog|history|description|synopsis|misc|other|general|options|"
    r"parameters|arguments|returns?|questions( and answers)?|where to .*|who to ask.*|help|about this .*|"
    r"further reading|more|top|api|todo|at a glance)$",
    re.IGNORECASE,
)
LONGEST_HEADING = 48
PARTICLE = 3
"""Letters; "and" and "for" are small in any style."""
TITLE_CASE_FROM = 3
"""Words; two capitals in a row may as well be a verb and a name."""
DEPENDENT = re.compile(r"^(After|At|Before|During|For|If|In|On|While|With|Without) ")
"""How a heading begins that is no subject of a question."""
CLAUSE = re.compile(r"^(How|What|When|Where|Who|Why|Which)\b")
ASKING = re.compile(r"^\w+ (do|does|did|is|are|can|could|should|will|would|must|has|have)\b")
GERUND = re.compile(
    r"^(?!(Getting|Meeting|Training|Parking|Pricing|Briefing|Building)\b)[A-Z][a-z]+ing (?!and\b)\w"
)
PATTERNS = (
    "What does {title} say about {heading}?",
    "What should I know about {heading}?",
    "Can you tell me more about {heading}?",
)


def follow_ups(
    headings: Sequence[tuple[Record, str]], used: Iterable[str], asked: str, turn: int
) -> tuple[str, ...]:
    """Return up to three questions about headings not `used` yet; `turn` varies how they are put."""
    done = [frozenset(stems(each)) for each in (*used, asked)]
    found: list[str] = []
    for record, heading in headings:
        own = frozenset(stems(heading))
        telling = not UNTELLING.match(heading) and re.fullmatch(r"[A-Z][\w\s,'?&-]{4,}", heading)
        if (
            not telling
            or DEPENDENT.match(heading)
            or len(heading) > LONGEST_HEADING
            or heading == record.title
        ):
            continue
        if any(own <= each or (each and each <= own) for each in done):
            continue
        done.append(own)
        found.append(_put(record.title, heading, turn + len(found)))
        if len(found) == MOST:
            break
    return tuple(found)


def _put(title: str, heading: str, turn: int) -> str:
    if heading.endswith("?"):
        return heading
    if CLAUSE.match(heading):
        return (
            f"{heading}?" if ASKING.match(heading) else f"Can you explain {heading[0].lower()}{heading[1:]}?"
        )
    spoken = _spoken(heading)
    if GERUND.match(heading):
        return f"How does {spoken} work?"
    return PATTERNS[turn % len(PATTERNS)].format(title=f"“{title}”", heading=spoken)


def _spoken(heading: str) -> str:
    """Return a heading as it stands inside a sentence; names and abbreviations keep their capitals."""
    words = heading.split()
    title_case = len(words) >= TITLE_CASE_FROM and all(
        word[0].isupper() or len(word) <= PARTICLE for word in words
    )
    return " ".join(_lowered(word) if title_case or at == 0 else word for at, word in enumerate(words))


def _lowered(word: str) -> str:
    return word.lower() if re.fullmatch(r"[A-Z][a-z'-]*\W?", word) and word != "I" else word


NAMED_TITLES = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in its conversation.

    `before` is the question asked just before it, `attempt` counts regenerations, `turn` the questions
    so far, and `collections` limits the search, where it is not None.
    """

    text: str
    before: str | None = None
    attempt: int = 0
    turn: int = 0
    collections: tuple[str, ...] | None = None


class Answerer:
    """Answers questions from an index."""

    def __init__(self, index: Index) -> None:
        self._index = index

    async def answer(self, asked: Asked) -> Answer:
        """Return the best answer the documents give, or an honest word that they give none."""
        records = self._index.records
        alone = ranking.read(asked.text)
        question = ranking.read(asked.text, asked.before) if asked.before else alone
        if not question.concepts:
            text = greeting(len(records), _titles(records, asked.text))
            return Answer(text, documents=len(records))
        findings = await self._index.search(question.search_words, asked.collections)
        if meant := await self._meant(asked, question, findings):
            return await self.answer(meant)
        # Somebody who says only "tell me more" wants what comes next, not the same passage again.
        attempt = asked.attempt + (0 if alone.concepts else asked.turn)
        answer = await asyncio.to_thread(_answered, question, findings, attempt)
        if answer is None:
            subject = [concept.word for concept in question.concepts if concept.own][:4]
            text = nothing_found(subject, len(records), _titles(records, asked.text))
            return Answer(text, confidence="Low", documents=len(records))
        return await self._with_follow_ups(replace(answer, documents=len(records)), asked)

    async def _meant(self, asked: Asked, question: ranking.Question, findings: Findings) -> Asked | None:
        """Return the question with words the documents know in the place of unknown ones, or None."""
        text = asked.text
        for concept in question.concepts:
            unknown = concept.own and not any(findings.frequencies.get(each) for each in concept.search_words)
            known = await self._index.read_as(concept.word) if unknown else ()
            if known and not STOP_WORDS.issuperset(known):
                text = re.sub(rf"\b{re.escape(concept.word)}\b", " ".join(known), text, flags=re.IGNORECASE)
        return replace(asked, text=text) if text != asked.text else None

    async def _with_follow_ups(self, answer: Answer, asked: Asked) -> Answer:
        cited = list(dict.fromkeys(citation.record.id for citation in answer.citations))
        headings = await self._index.headings(cited)
        headings.sort(key=lambda each: cited.index(each[0].id))
        used = [citation.heading for citation in answer.citations]
        asked_so_far = f"{asked.before or ''} {asked.text}"
        return replace(
            answer,
            follow_ups=follow_ups(_after(headings, used), used, asked_so_far, asked.turn + asked.attempt),
        )


def _answered(question: ranking.Question, findings: Findings, attempt: int) -> Answer | None:
    found = ranked(question, findings)
    return composed(question, found, Rarity(findings.frequencies, findings.total), attempt) if found else None


def _after(headings: list[tuple[Record, str]], used: Sequence[str]) -> list[tuple[Record, str]]:
    """Return the headings beginning after the best cited one, its neighbours before distant ones."""
    start = next((at for at, (_, heading) in enumerate(headings) if used and heading == used[0]), 0)
    return [*headings[start + 1 :], *reversed(headings[:start])]


def _titles(records: Sequence[Record], seed: str) -> list[str]:
    """Return a few titles to name, spread over the folder, other ones for other questions."""
    titles = list(dict.fromkeys(record.title for record in records))
    if len(titles) <= NAMED_TITLES:
        return titles
    step = len(titles) // NAMED_TITLES
    return [titles[(len(seed) + place * step) % len(titles)] for place in range(NAMED_TITLES)]
