"""The course of a turn as steps in no vocabulary yet, and the steps with something gone wrong among them."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

from bot.demo.knowledge.answers.text import MARKER, marker
from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.model import Conversation, Json, record_id


class Turn(StrEnum):
    """What was asked for."""

    NEW = "new"
    ADDED = "added"
    REGENERATED = "regenerated"


@dataclass(frozen=True, slots=True)
class Opened:
    """The conversation exists and the question is saved."""

    conversation_id: str
    title: str
    turn: Turn


@dataclass(frozen=True, slots=True)
class Working:
    """A word for what goes on, with a phrase for people."""

    status: str
    message: str


@dataclass(frozen=True, slots=True)
class Thought:
    """A piece of reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class Narrated:
    """A sentence before a tool is used. It is not part of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool is used; `arguments` are JSON."""

    call_id: str
    name: str
    display: str
    arguments: str
    summary: str


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """The tool gave its result."""

    call_id: str
    name: str
    content: str
    summary: str


@dataclass(frozen=True, slots=True)
class Wrote:
    """Some more words of the answer: the piece, the whole text so far, and the citations in it so far.

    `settled` says that it is time for the server to tell the normalised text.
    """

    delta: str
    text: str
    citations: tuple[Json, ...]
    settled: bool


@dataclass(frozen=True, slots=True)
class Rewrote:
    """The text so far is another one than was shown: renumbered, or shorter."""

    text: str
    citations: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file was made along the way."""

    artifact_id: str
    file_name: str
    mime_type: str
    size: int


@dataclass(frozen=True, slots=True)
class ChildRun:
    """A run below the root one came and went, or failed; neither ends the stream."""

    role: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing happens for some seconds. No vocabulary has a word for it."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Concluded:
    """The answer is whole, not saved yet. `match` and `error_code` tell why, where it failed."""

    text: str
    citations: tuple[Json, ...]
    confidence: str | None
    parts: tuple[Json, ...] = ()
    match: str | None = None
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """The last word of a turn that went well; `padding` characters make its frame larger."""

    conversation: Conversation
    turn: Turn
    records_used: int
    seconds: float
    padding: int = 0


@dataclass(frozen=True, slots=True)
class Broke:
    """The last word of a turn that failed; `again` when the server says it a second time in other words."""

    message: str
    code: str
    turn: Turn
    conversation: Conversation | None = None
    again: bool = False


Step = (
    Opened
    | Working
    | Thought
    | Narrated
    | ToolStarted
    | ToolFinished
    | Wrote
    | Rewrote
    | Artifact
    | ChildRun
    | Beat
    | Pause
    | Concluded
    | Saved
    | Broke
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One event and its data."""

    event: str
    data: Json = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Return the bytes of the frame; characters beyond ASCII stay as they are, as JSON leaves Node."""
        return f"event: {self.event}\ndata: {json.dumps(self.data, ensure_ascii=False)}\n\n".encode()


class Vocabulary(Protocol):
    """Tells the steps of one stream. Each stream gets its own."""

    def frames(self, step: Step) -> list[Frame]:
        """Return the frames that tell `step`; none when the vocabulary has no words for it."""
        ...


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


APOLOGY = "I am sorry, I could not write an answer to this question just now. Please try again."


def disturbed(steps: Sequence[Step], faults: Sequence[Fault], turn: Turn, pace: Pace) -> list[Step]:
    """Return the steps as these faults make them; what only concerns the transport changes nothing."""
    changed = list(steps)
    for fault in faults:
        if change := _CHANGES.get(fault.trouble):
            changed = change(changed, fault, turn, pace)
    return changed


def _after_words(steps: Sequence[Step], words: int) -> int:
    """Return the place after that many words of the answer."""
    for at, step in enumerate(steps):
        if isinstance(step, Wrote) and len(step.text.split()) >= words:
            return at + 1
    return next((at for at, step in enumerate(steps) if isinstance(step, Concluded)), len(steps))


def _failing(steps: list[Step], fault: Fault, turn: Turn, _: Pace) -> list[Step]:
    kept = steps[: _after_words(steps, fault.after_words)] if fault.after_words else steps[:1]
    return [*kept, Broke(fault.message, fault.code, turn)]


def _apologising(steps: list[Step], fault: Fault, _: Turn, pace: Pace) -> list[Step]:
    before = [each for each in steps if not isinstance(each, Wrote | Concluded)]
    apology = written(APOLOGY, (), pace)
    return [*before, *apology, Concluded(APOLOGY, (), None, (), "Error", fault.code)]


def _with_child(steps: list[Step], _: Fault, __: Turn, ___: Pace) -> list[Step]:
    at = _after_words(steps, 1)
    return [*steps[:at], ChildRun("researcher", failed=True), ChildRun("reviewer", failed=False), *steps[at:]]


def _with_beats(steps: list[Step], fault: Fault, _: Turn, __: Pace) -> list[Step]:
    beats: list[Step] = [Beat()] * fault.count
    at = _after_words(steps, fault.after_words or 1)
    return [*steps[:1], *beats, *steps[1:at], *beats, *steps[at:]]


def _with_artifact(steps: list[Step], _: Fault, __: Turn, ___: Pace) -> list[Step]:
    at = _after_words(steps, 1)
    made = Artifact(record_id("artifact"), "summary.csv", "text/csv", 2048)
    return [*steps[:at], made, *steps[at:]]


def _renumbered(steps: list[Step], _: Fault, __: Turn, ___: Pace) -> list[Step]:
    """Show, half-way, other numbers and fewer words than before and after."""
    writing = [step for step in steps if isinstance(step, Wrote)]
    if not writing:
        return steps
    half = next((step for step in writing if len(step.citations) > 1), writing[len(writing) // 2])
    numbers = sorted(each["chunkIndex"] for each in half.citations)
    following = dict(pairwise(numbers)) | ({numbers[-1]: numbers[0]} if numbers else {})
    words = half.text.split(" ")
    shorter = " ".join(words[: max(1, len(words) * 3 // 4)])
    text = MARKER.sub(lambda found: marker(following.get(int(found.group(1)), int(found.group(1)))), shorter)
    citations: tuple[Json, ...] = tuple(
        each | {"chunkIndex": following[each["chunkIndex"]]} for each in half.citations
    )
    at = steps.index(half)
    return [*steps[:at], replace(half, settled=True), Rewrote(text, citations), *steps[at + 1 :]]


_CHANGES: dict[Trouble, Callable[[list[Step], Fault, Turn, Pace], list[Step]]] = {
    Trouble.ERROR: _failing,
    Trouble.DOUBLE_ERROR: _failing,
    Trouble.GRACEFUL_FAILURE: _apologising,
    Trouble.CHILD_RUN: _with_child,
    Trouble.HEARTBEATS: _with_beats,
    Trouble.ARTIFACT: _with_artifact,
    Trouble.RENUMBERING: _renumbered,
}
