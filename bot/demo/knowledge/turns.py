"""Turns: from a saved question to a saved answer, a stopped part of one, or a failure."""

import asyncio
import logging
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from bot.demo.knowledge.answers.answering import Answerer, Asked
from bot.demo.knowledge.answers.composing import Answer, Citation
from bot.demo.knowledge.answers.text import bare, linked
from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.generations import Generation
from bot.demo.knowledge.model import (
    ORGANISATION,
    Conversation,
    Json,
    Kind,
    Status,
    object_id,
    record_id,
)
from bot.demo.knowledge.store import Conversations, Draft
from bot.demo.knowledge.streams.script import (
    NARRATION,
    TOOL,
    Beat,
    Broke,
    Concluded,
    Opened,
    Pace,
    Pause,
    Rewrote,
    Saved,
    Step,
    Told,
    Turn,
    Wrote,
    disturbed,
    script,
    search_arguments,
    search_summary,
    thoughts,
)

CONNECTOR = "LOCAL_FILES"
CONNECTOR_ID = record_id("connector")
MIME_TYPES = {".md": "text/markdown", ".markdown": "text/markdown", ".mdx": "text/mdx", ".rst": "text/x-rst"}


def kept_citations(citations: Iterable[Citation], frontend: str) -> tuple[Json, ...]:
    """Return citations as they are saved; `link` is where the marker in the text leads."""
    return tuple(_kept(each, frontend) for each in citations)


def _kept(citation: Citation, frontend: str) -> Json:
    record = citation.record
    ending = PurePosixPath(record.path).suffix.lower()
    return {
        "_id": object_id(),
        "content": citation.excerpt,
        "chunkIndex": citation.number,
        "citationType": "vectordb|document",
        "relevance": citation.relevance,
        "link": f"{frontend}{citation.url}",
        "headings": [citation.heading] if citation.heading != record.title else [],
        "metadata": {
            "orgId": ORGANISATION,
            "recordId": record.id,
            "recordName": record.title,
            "recordType": "FILE",
            "recordVersion": 0,
            "origin": "CONNECTOR",
            "connector": CONNECTOR,
            "connectorId": CONNECTOR_ID,
            "mimeType": MIME_TYPES.get(ending, "text/plain"),
            "extension": ending.removeprefix("."),
            "webUrl": citation.url,
            "previewRenderable": True,
            "hideWeburl": False,
            "blockText": citation.excerpt,
            "blockType": "text",
            "blockNum": [citation.number],
            "pageNum": [None],
            "bounding_box": [],
            "departments": [],
            "topics": [],
            "languages": ["en"],
        },
    }


def kept_follow_ups(answer: Answer) -> tuple[Json, ...]:
    """Return the questions that could come next as they are saved."""
    return tuple({"question": each, "confidence": "Medium"} for each in answer.follow_ups)


def with_markers(text: str, citations: Iterable[Json], *, links: bool) -> str:
    """Return a text with its markers as links, or as bare numbers."""
    return linked(text, {each["chunkIndex"]: each["link"] for each in citations}) if links else bare(text)


def transcript(told: Told) -> tuple[Json, ...]:
    """Return the ordered parts of a turn as PipesHub 0.6 saves them with the answer."""
    return (
        {"type": "reasoning", "content": "".join(thoughts(told)), "status": "completed"},
        {"type": "text", "content": NARRATION, "isFinal": False},
        {
            "type": "tool_call",
            "toolCallId": told.call_id,
            "toolName": TOOL,
            "displayName": "Search the documents",
            "args": search_arguments(told),
            "status": "completed",
            "resultPreview": search_summary(told),
            "resultSummary": search_summary(told),
        },
        {"type": "text", "content": with_markers(told.text, told.citations, links=True), "isFinal": True},
    )


log = logging.getLogger(__name__)

HEARTBEAT = 15.0
"""Seconds between two signs of life, from the start of a run; as PipesHub 0.6 does."""


@dataclass(frozen=True, slots=True)
class Job:
    """One turn to do. `conversation` already holds the question; `replaces` is the answer to write again.

    `run_id` is the client's name for the run, under which it can be cancelled.
    """

    turn: Turn
    conversation: Conversation
    asked: Asked
    model: Json
    faults: tuple[Fault, ...] = ()
    replaces: str | None = None
    run_id: str | None = None


class Run(AsyncIterable[Step]):
    """A turn under way. Iterating over it gives what happens, ending with `Saved` or `Broke`."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.started = time.monotonic()
        self.happened: asyncio.Queue[Step | None] = asyncio.Queue()
        self.written: Wrote | Rewrote | None = None
        self.begun = False
        self.saving = False
        self.stopped = False
        self.task: asyncio.Task[None] | None = None

    def stop(self) -> bool:
        """End the writing and keep the part there is; return whether there was something to end."""
        if self.saving or self.stopped:
            return False
        self.stopped = True
        # A task that is cancelled before its first step would end without saving anything.
        if self.task is not None and self.begun:
            self.task.cancel()
        return True

    async def __aiter__(self) -> AsyncIterator[Step]:
        while (step := await self.happened.get()) is not None:
            yield step


class Turns:
    """Runs turns as tasks of their own, so that a client that leaves changes nothing by itself."""

    def __init__(
        self,
        conversations: Conversations,
        answerer: Answerer,
        pace: Pace,
        generation: Generation,
        frontend: Callable[[], str],
    ) -> None:
        self._conversations = conversations
        self._answerer = answerer
        self._pace = pace
        self._generation = generation
        self._frontend = frontend
        self._running: set[Run] = set()

    def start(self, job: Job) -> Run:
        """Begin a turn."""
        run = Run(job)
        self._running.add(run)
        run.task = asyncio.create_task(self._run(run))
        run.task.add_done_callback(lambda _: self._running.discard(run))
        return run

    def named(self, run_id: str) -> Run | None:
        """Return the run under way that its client gave this name."""
        return next((each for each in self._running if each.job.run_id == run_id), None)

    async def stop(self) -> None:
        """Cancel what is under way, as the end of the process would."""
        tasks = [each.task for each in self._running if each.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, run: Run) -> None:
        run.begun = True
        try:
            await (self._keep_part(run) if run.stopped else self._generate(run))
        except asyncio.CancelledError:
            if not run.stopped or run.saving:
                raise
            await self._keep_part(run)
        except Exception:
            log.exception("the turn of conversation %s failed", run.job.conversation.id)
            await self._fail(run, Broke("Internal error", "internal_error", run.job.turn))
        finally:
            run.happened.put_nowait(None)

    async def _generate(self, run: Run) -> None:
        job, happened = run.job, run.happened
        last_beat = run.started
        happened.put_nowait(Opened(job.conversation.id, job.conversation.title, job.turn))
        answer = await self._answerer.answer(job.asked)
        concluded: Concluded | None = None
        for step in disturbed(self._script(job, answer), job.faults, job.turn, self._pace):
            if isinstance(step, Broke):
                await self._fail(run, step)
                return
            if isinstance(step, Pause):
                last_beat = await _rest(step.seconds, last_beat, happened)
                continue
            run.written = step if isinstance(step, Wrote | Rewrote) else run.written
            concluded = step if isinstance(step, Concluded) else concluded
            happened.put_nowait(step)
            await asyncio.sleep(0)
        if concluded is None:
            raise RuntimeError("the script has no conclusion")
        run.saving = True
        saved = await self._save(job, answer, concluded)
        padding = sum(fault.size for fault in job.faults if fault.trouble is Trouble.GIANT_FINAL)
        seconds = time.monotonic() - run.started
        happened.put_nowait(Saved(saved, job.turn, len(concluded.citations), seconds, padding))

    def _script(self, job: Job, answer: Answer) -> list[Step]:
        told = Told(
            question=job.asked.text,
            text=answer.text,
            citations=kept_citations(answer.citations, self._frontend()),
            confidence=answer.confidence,
            considered=answer.considered,
            documents=answer.documents,
            parts=(),
            call_id=f"call_{record_id(job.conversation.id, str(job.asked.turn))[:8]}",
        )
        if self._generation.vocabulary == "agui":
            told = replace(told, parts=transcript(told))
        return script(told, self._pace)

    async def _save(self, job: Job, answer: Answer, concluded: Concluded) -> Conversation:
        draft = Draft(
            kind=Kind.ANSWER,
            content=self._marked(concluded),
            citations=concluded.citations,
            confidence=concluded.confidence,
            follow_ups=() if concluded.error_code else kept_follow_ups(answer),
            parts=concluded.parts,
            model=job.model,
            attempt=job.asked.attempt,
        )
        return await self._conversations.finish(
            job.conversation.id, draft, status=Status.COMPLETE, message_id=job.replaces
        )

    def _marked(self, written: Concluded | Wrote | Rewrote) -> str:
        return with_markers(written.text, written.citations, links=self._generation.linked_markers)

    async def _keep_part(self, run: Run) -> None:
        """Save what was written until the run was stopped, even if that is nothing."""
        run.saving = True
        job, written = run.job, run.written
        draft = Draft(
            kind=Kind.ANSWER,
            content=self._marked(written) if written else "",
            citations=written.citations if written else (),
            model=job.model,
            attempt=job.asked.attempt,
            stopped=True,
        )
        saved = await self._conversations.finish(
            job.conversation.id, draft, status=Status.STOPPED, message_id=job.replaces
        )
        seconds = time.monotonic() - run.started
        run.happened.put_nowait(Saved(saved, job.turn, len(draft.citations), seconds))

    async def _fail(self, run: Run, broke: Broke) -> None:
        """Save the failure; a regenerated answer is overwritten by it, as on real servers."""
        run.saving = True
        job = run.job
        failed = await self._conversations.finish(
            job.conversation.id,
            Draft(Kind.ERROR, broke.message),
            status=Status.FAILED,
            message_id=job.replaces,
        )
        # Up to 0.3 the outer server always adds a second error of its own.
        twice = self._generation.doubles_errors or any(
            fault.trouble is Trouble.DOUBLE_ERROR for fault in job.faults
        )
        document = failed if job.turn is Turn.REGENERATED else None
        run.happened.put_nowait(replace(broke, conversation=None if twice else document))
        if twice:
            run.happened.put_nowait(replace(broke, conversation=document, again=True))


async def refused(message: str, code: str, turn: Turn) -> AsyncIterator[Step]:
    """Yield what a stream says that could not begin; by then its status is 200 already."""
    yield Broke(message, code, turn)


async def _rest(seconds: float, last_beat: float, happened: asyncio.Queue[Step | None]) -> float:
    """Sleep, with signs of life where they fall due; return when the last one was."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        due = last_beat + HEARTBEAT - time.monotonic()
        if due <= 0:
            happened.put_nowait(Beat())
            last_beat = time.monotonic()
            continue
        await asyncio.sleep(min(left, due))
    return last_beat
