"""A lean PipesHub for the benchmark: every question gets the same scripted answer, at its rate.

It speaks the newest vocabulary and writes down when each word left. The demo's own server finds its answers
and keeps them, which costs more than the bot that is measured.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from aiohttp import web

from bot.demo.knowledge.model import object_id
from bot.demo.knowledge.web.chat import HEADERS
from tests.bench.script import Moment, Script

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
