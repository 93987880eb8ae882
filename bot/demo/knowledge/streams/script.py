"""The course of a turn as a list of steps: thinking, searching, writing word by word."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.demo.knowledge.answers.text import MARKER
from bot.demo.knowledge.store.rows import Json
from bot.demo.knowledge.streams.steps import (
    Concluded,
    Narrated,
    Pause,
    Step,
    Thought,
    ToolFinished,
    ToolStarted,
    Working,
    Wrote,
)

TOOL = "search_internal_knowledge"
TICK = 0.1
"""Seconds; words that come faster than this share a step, as a server under load joins its tokens."""
SETTLING = 0.25
"""Seconds between two normalised texts; real servers send no more than four a second."""
WORDS_AT_ONCE = 8
"""The words of one step where nothing holds the writing back."""
TOKEN = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast an answer comes: `speed` in words a second, 0 for as fast as can be; `thinking` in seconds."""

    speed: float
    thinking: float

    @property
    def words_at_once(self) -> int:
        """How many words one step brings."""
        return max(1, round(self.speed * TICK)) if self.speed else WORDS_AT_ONCE

    @property
    def steps_to_settle(self) -> int:
        """After how many steps the normalised text is due."""
        return max(1, round(SETTLING * self.speed / self.words_at_once)) if self.speed else 2

    def pause(self, share: float) -> list[Step]:
        """Return a pause of a share of the thinking time."""
        return [Pause(self.thinking * share)] if self.speed and self.thinking else []


@dataclass(frozen=True, slots=True)
class Told:
    """What a script tells: the question, the answer with neutral markers, its citations and its findings."""

    question: str
    text: str
    citations: tuple[Json, ...]
    confidence: str | None
    considered: int
    documents: int
    parts: tuple[Json, ...]
    call_id: str


def thoughts(told: Told) -> tuple[str, ...]:
    """Return the reasoning before the search, in pieces."""
    asked = " ".join(told.question.split())[:120]
    return (
        f"The question is: “{asked}” ",
        f"I will look for it in the {told.documents} documents I can read.",
    )


def search_arguments(told: Told) -> str:
    """Return the arguments of the search, as JSON."""
    return json.dumps({"query": told.question[:500]}, ensure_ascii=False)


def search_summary(told: Told) -> str:
    """Return what the search found, in a phrase."""
    return f"Found {told.considered} matching passage{'' if told.considered == 1 else 's'}"


NARRATION = "Let me look that up in the documents. "


def script(told: Told, pace: Pace) -> list[Step]:
    """Return every step between the opening and the saving of a turn that goes well."""
    summary = f"query: {told.question[:80]}"
    return [
        Working("started", "Starting …"),
        *pace.pause(0.2),
        *(Thought(each) for each in thoughts(told)),
        *pace.pause(0.2),
        Narrated(NARRATION),
        *pace.pause(0.1),
        Working("searching", "Searching the documents …"),
        ToolStarted(told.call_id, TOOL, "Search the documents", search_arguments(told), summary),
        *pace.pause(0.3),
        ToolFinished(told.call_id, TOOL, search_summary(told), search_summary(told)),
        Working("generating_answer", "Writing the answer …"),
        *pace.pause(0.2),
        *written(told.text, told.citations, pace),
        Concluded(told.text, told.citations, told.confidence, told.parts),
    ]


def written(text: str, citations: Sequence[Json], pace: Pace) -> list[Step]:
    """Return the steps that write a text; a marker always comes whole, with the word before it."""
    steps: list[Step] = []
    pieces = _pieces(text, pace.words_at_once)
    so_far = ""
    for count, piece in enumerate(pieces, start=1):
        so_far += piece
        used = {int(found.group(1)) for found in MARKER.finditer(so_far)}
        cited = tuple(each for each in citations if each["chunkIndex"] in used)
        steps.append(Wrote(piece, so_far, cited, settled=count % pace.steps_to_settle == 0))
        if pace.speed:
            steps.append(Pause(len(piece.split()) / pace.speed))
    return steps


def _pieces(text: str, words: int) -> list[str]:
    tokens = TOKEN.findall(text)
    return ["".join(tokens[at : at + words]) for at in range(0, len(tokens), words)]
