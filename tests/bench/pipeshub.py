"""A lean PipesHub for the benchmark: every question gets the same answer of numbered words, at its rate.

It speaks the newest vocabulary and writes down when each word left. The demo's own server finds its answers
and keeps them, which costs more than the bot that is measured.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from aiohttp import web

from bot.demo.knowledge import bodies
from bot.demo.knowledge.answers.text import linked, marker
from bot.demo.knowledge.model import ORGANISATION, Conversation, Json, Kind, Message, Status, now, object_id
from bot.demo.knowledge.streams.agui import AgUi
from bot.demo.knowledge.streams.script import Opened, Pace, Pause, Saved, Step, Told, Turn, Wrote, script
from bot.demo.knowledge.turns import CONNECTOR, CONNECTOR_ID
from bot.demo.knowledge.web.chat import HEADERS
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


NUMBER = re.compile(r"question number (\d+)")
"""How a question says which one it is."""

STRAGGLERS = 15.0
"""Seconds after the newest opening until answers in step begin without those that are missing."""

SPREAD = 1.0
"""Seconds over which the answers of one gate begin: a crowd is not a drum."""


@dataclass(slots=True)
class Course:
    """When what was said to a question, in seconds on one clock; `words[n]` is when word n left."""

    question: str
    opened: float
    words: list[float] = field(default_factory=list)
    completed: float | None = None


class Gate:
    """Holds answers back until so many were asked for; with 0 it is always open."""

    def __init__(self, expected: int) -> None:
        self._expected = expected
        self._newest = 0.0
        self._arrived = 0
        self.opened = asyncio.Event()

    async def passed(self) -> None:
        """Wait until the gate opens; the last one that is expected opens it."""
        if not self._expected:
            self.opened.set()
            return
        self._arrived += 1
        place, self._newest = self._arrived, asyncio.get_running_loop().time()
        if self._arrived >= self._expected:
            self.opened.set()
        while not self.opened.is_set():
            left = self._newest + STRAGGLERS - asyncio.get_running_loop().time()
            if left <= 0:
                self.opened.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.opened.wait(), max(0.0, left))
        await asyncio.sleep(SPREAD * place / self._expected)


class ScriptedPipesHub:
    """Answers by the script and remembers when."""

    def __init__(self, script: Script, clock: Callable[[], float], in_step: int = 0) -> None:
        """Tell the time by `clock`; hold the answers back until `in_step` were asked for."""
        self.script = script
        self.courses: dict[int, Course] = {}
        self.gate = Gate(in_step)
        self.first_completed = asyncio.Event()
        self.frames = 0
        """Frames written so far."""
        self.bytes = 0
        """How long they were."""
        self.port = 0
        self._clock = clock
        self._conversations: dict[str, Course] = {}

    @property
    def live(self) -> int:
        """How many answers are under way."""
        return len(self.courses) - len(self.completions())

    def completions(self) -> list[float]:
        """Return when each answer was complete, as far as they are."""
        return [each.completed for each in self.courses.values() if each.completed is not None]

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Answer a question."""
        question = str((await request.json()).get("query"))
        found = NUMBER.search(question)
        if found is None:
            raise web.HTTPBadRequest(text="a question of the benchmark has a number")
        response = web.StreamResponse(headers=HEADERS)
        await response.prepare(request)
        conversation_id = object_id()
        await response.write(self.script.opening(conversation_id))
        course = self.courses[int(found.group(1))] = Course(question, self._clock())
        self._conversations[conversation_id] = course
        # A bot that leaves is no trouble of ours; what it does not hear is missing in its figures.
        with suppress(ConnectionResetError):
            await self._tell(response, course, conversation_id)
        return response

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Return a conversation as it is stored, for those who lost its stream."""
        conversation_id = request.match_info["id"]
        course = self._conversations.get(conversation_id)
        if course is None:
            raise web.HTTPNotFound
        whole = course.completed is not None
        return web.json_response(self.script.fetched(conversation_id, course.question, whole=whole))

    async def _tell(self, response: web.StreamResponse, course: Course, conversation_id: str) -> None:
        await self.gate.passed()
        began = asyncio.get_running_loop().time()
        for moment in self.script.moments:
            late = asyncio.get_running_loop().time() - began - moment.at
            if late < 0:
                await asyncio.sleep(-late)
            self._note(moment, course)
            await response.write(moment.data)
        course.completed = self._clock()
        await response.write(self.script.ending(conversation_id, course.question))
        self.first_completed.set()
        await response.write_eof()

    def _note(self, moment: Moment, course: Course) -> None:
        self.frames += moment.frames
        self.bytes += len(moment.data)
        if moment.newest >= 0:
            course.words.append(self._clock())


@asynccontextmanager
async def serving(server: ScriptedPipesHub) -> AsyncIterator[int]:
    """Serve while the block runs; yields the port."""
    application = web.Application()
    application.router.add_post("/api/v1/conversations/stream", server.stream)
    application.router.add_get("/api/v1/conversations/{id}", server.show)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
