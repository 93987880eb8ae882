"""From a question to its answer: search, rank, compose, and propose what to ask next."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.demo.knowledge.answers.composing import Answer, composed, greeting, nothing_found
from bot.demo.knowledge.answers.ranking import Ranking, read
from bot.demo.knowledge.answers.text import stems
from bot.demo.knowledge.documents.index import Index, Record

MOST_FOLLOW_UPS = 3
NAMED_TITLES = 3
TELLING_HEADING = re.compile(r"[A-Z][\w\s,'?&-]{4,47}")
GENERAL = re.compile(
    r"(overview|introduction|summary|contents|see also|references|examples|notes|links|help|questions|"
    r"where to .*|who to ask.*|at a glance)",
    re.IGNORECASE,
)
"""Headings that say nothing of what stands under them."""


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
        question = read(asked.text, asked.before)
        if not question.weights:
            text = greeting(len(records), _titles(records, asked.text))
            return Answer(text, documents=len(records))
        ranking = Ranking(question, await self._index.search(question.search_words, asked.collections))
        # Who says only "tell me more" wants what comes next, not the same passage again.
        attempt = asked.attempt + (0 if question.own else asked.turn)
        found = await asyncio.to_thread(ranking.passages)
        if not found:
            text = nothing_found(question.own[:4], len(records), _titles(records, asked.text))
            return Answer(text, confidence="Low", documents=len(records))
        answer = await asyncio.to_thread(composed, ranking, found, attempt)
        return replace(answer, documents=len(records), follow_ups=await self._follow_ups(answer, asked))

    async def _follow_ups(self, answer: Answer, asked: Asked) -> tuple[str, ...]:
        cited = list(dict.fromkeys(citation.record.id for citation in answer.citations))
        headings = await self._index.headings(cited)
        headings.sort(key=lambda each: cited.index(each[0].id))
        used = [citation.heading for citation in answer.citations]
        return follow_ups(headings, (*used, f"{asked.before or ''} {asked.text}"))


def follow_ups(headings: Iterable[tuple[Record, str]], done: Iterable[str]) -> tuple[str, ...]:
    """Return up to three questions about headings that say something else than what is `done`."""
    known = [frozenset(stems(each)) for each in done]
    found: list[str] = []
    for record, heading in headings:
        own = frozenset(stems(heading))
        if not TELLING_HEADING.fullmatch(heading) or GENERAL.fullmatch(heading) or heading == record.title:
            continue
        if any(own <= each for each in known):
            continue
        known.append(own)
        asked = f"What does “{record.title}” say about {heading[0].lower()}{heading[1:]}?"
        found.append(heading if heading.endswith("?") else asked)
    return tuple(found[:MOST_FOLLOW_UPS])


def _titles(records: Sequence[Record], seed: str) -> list[str]:
    """Return a few titles to name, spread over the folder, other ones for other questions."""
    titles = list(dict.fromkeys(record.title for record in records))
    if len(titles) <= NAMED_TITLES:
        return titles
    step = len(titles) // NAMED_TITLES
    return [titles[(len(seed) + place * step) % len(titles)] for place in range(NAMED_TITLES)]
