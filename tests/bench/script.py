"""A scripted answer: numbered words at a fixed rate, in the words of PipesHub 0.6."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.demo.knowledge import bodies
from bot.demo.knowledge.answers.text import linked, marker
from bot.demo.knowledge.model import ORGANISATION, Conversation, Json, Kind, Message, Status, now, object_id
from bot.demo.knowledge.streams.agui import AgUi
from bot.demo.knowledge.streams.script import Opened, Pace, Pause, Saved, Step, Told, Turn, Wrote, script
from bot.demo.knowledge.turns import CONNECTOR, CONNECTOR_ID
from tests.bench.scenarios import WORDS

THINKING = 1.0
"""Seconds from the question to the first word; three things happen in them."""

PARAGRAPH = 40
"""Words of a paragraph; each ends with a citation."""

VOCABULARY = (
    "leave",
    "travel",
    "budget",
    "**policy**",
    "office",
    "notice",
    "contract",
    "_holiday_",
    "manager",
)
SOURCES = 3
OWNER = object_id()
MARK = re.compile(r"§(\d{5})")
"""How words are numbered: `leave§00042`. Nothing but an answer's text holds this."""


class WordByWord(Pace):
    """One word an event, whatever the speed; every fourth brings the normalised text along."""

    @property
    def words_at_once(self) -> int:
        """How many words one step brings."""
        return 1

    @property
    def steps_to_settle(self) -> int:
        """After how many steps the normalised text is due."""
        return 4


@dataclass(frozen=True, slots=True)
class Moment:
    """What is written at once: `at` seconds after the start, `newest` the number of its last word or -1."""

    at: float
    data: bytes
    frames: int
    newest: int = -1


@dataclass(frozen=True, slots=True)
class Script:
    """The moments of an answer between its opening and its last frame, the same for every question."""

    moments: tuple[Moment, ...]
    text: str
    words: int
    citations: tuple[Json, ...]

    @classmethod
    def of(cls, seconds: float) -> "Script":
        """Write an answer whose text takes so many seconds."""
        words = max(1, round(seconds * WORDS))
        text, citations = _text(words), tuple(_citation(number) for number in range(1, SOURCES + 1))
        told = Told("a question", text, citations, "High", SOURCES, SOURCES, (), "call_1")
        return cls(_moments(script(told, WordByWord(WORDS, THINKING))), text, words, citations)

    def opening(self, conversation_id: str) -> bytes:
        """Return the first frames of an answer."""
        return _encoded(_vocabulary(), Opened(conversation_id, "A question", Turn.NEW))[0]

    def ending(self, conversation_id: str, question: str) -> bytes:
        """Return the last frame of an answer: the conversation as it is stored."""
        kept = self._kept(conversation_id, question, whole=True)
        return _encoded(_vocabulary(), Saved(kept, Turn.NEW, SOURCES, 1.0))[0]

    def fetched(self, conversation_id: str, question: str, *, whole: bool) -> Json:
        """Return the conversation as reading it by its id shows it, before or after it is `whole`."""
        kept = self._kept(conversation_id, question, whole=whole)
        pages = {"page": 1, "limit": 20, "totalCount": len(kept.messages), "totalPages": 1}
        shown = bodies.fetched(kept, OWNER, kept.messages, pages)
        return {"conversation": shown, "filters": {}, "meta": {"conversationId": conversation_id}}

    def _kept(self, conversation_id: str, question: str, *, whole: bool) -> Conversation:
        stamp = now()
        messages = [Message(object_id(), Kind.QUESTION, question, stamp, stamp)]
        if whole:
            text = linked(self.text, {each["chunkIndex"]: each["link"] for each in self.citations})
            messages.append(
                Message(object_id(), Kind.ANSWER, text, stamp, stamp, self.citations, confidence="High")
            )
        status = Status.COMPLETE if whole else Status.IN_PROGRESS
        return Conversation(
            conversation_id, OWNER, "A question", status, stamp, stamp, stamp, messages=tuple(messages)
        )


def newest_word(shown: str) -> int:
    """Return the largest number of a word in what somebody sees, -1 where there is none."""
    return max((int(each) for each in MARK.findall(shown)), default=-1)


def _text(words: int) -> str:
    pieces: list[str] = []
    for number in range(words):
        word = VOCABULARY[number % len(VOCABULARY)]
        last = (number + 1) % PARAGRAPH == 0
        cited = marker(number // PARAGRAPH % SOURCES + 1) if last else ""
        pieces.append(f"{word}§{number:05d}{cited}" + ("\n\n" if last else " "))
    return "".join(pieces).strip()


def _moments(steps: Iterable[Step]) -> tuple[Moment, ...]:
    vocabulary, moments, at = _vocabulary(), list[Moment](), 0.0
    for step in steps:
        if isinstance(step, Pause):
            at += step.seconds
            continue
        data, frames = _encoded(vocabulary, step)
        moments.append(Moment(at, data, frames, newest_word(step.delta) if isinstance(step, Wrote) else -1))
    return tuple(moments)


def _vocabulary() -> AgUi:
    return AgUi("req_bench", "run_bench")


def _encoded(vocabulary: AgUi, step: Step) -> tuple[bytes, int]:
    frames = vocabulary.frames(step)
    return b"".join(each.encoded() for each in frames), len(frames)


def _citation(number: int) -> Json:
    excerpt = f"Passage {number} of the handbook says how much leave there is and who grants it. " * 3
    return {
        "_id": object_id(),
        "content": excerpt,
        "chunkIndex": number,
        "citationType": "vectordb|document",
        "link": f"https://pipeshub.example/record/r{number}",
        "metadata": {
            "orgId": ORGANISATION,
            "recordId": f"r{number}",
            "recordName": f"Handbook {number}",
            "recordType": "FILE",
            "origin": "CONNECTOR",
            "connector": CONNECTOR,
            "connectorId": CONNECTOR_ID,
            "mimeType": "text/markdown",
            "extension": "md",
            "webUrl": f"/record/r{number}",
            "blockText": excerpt,
            "blockNum": [number],
        },
    }
