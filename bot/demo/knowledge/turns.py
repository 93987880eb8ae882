"""Turns: from a saved question to a saved answer, whether or not the client still listens."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from bot.demo.knowledge.answers.answering import Answerer, Asked
from bot.demo.knowledge.answers.composing import Answer, Citation
from bot.demo.knowledge.answers.text import bare, linked
from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.model import (
    ORGANISATION,
    Conversation,
    Dialect,
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
    Saved,
    Step,
    Told,
    Turn,
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


def with_markers(text: str, citations: Iterable[Json], dialect: Dialect) -> str:
    """Return a text with the markers of a dialect: links since 0.4, bare numbers before."""
    return (
        linked(text, {each["chunkIndex"]: each["link"] for each in citations})
        if dialect == "agui"
        else bare(text)
    )


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
        {"type": "text", "content": with_markers(told.text, told.citations, "agui"), "isFinal": True},
    )


log = logging.getLogger(__name__)

HEARTBEAT = 15.0
"""Seconds between two signs of life, from the start of a run; as PipesHub 0.6 does."""


@dataclass(frozen=True, slots=True)
class Job:
    """One turn to do. `conversation` already holds the question; `replaces` is the answer to write again."""

    turn: Turn
    conversation: Conversation
    asked: Asked
    model: Json
    faults: tuple[Fault, ...] = ()
    replaces: str | None = None


class Turns:
    """Runs turns as tasks of their own. A client that leaves changes nothing; stopping the server cancels."""

    def __init__(
        self,
        conversations: Conversations,
        answerer: Answerer,
        pace: Pace,
        dialect: Dialect,
        frontend: Callable[[], str],
    ) -> None:
        self._conversations = conversations
        self._answerer = answerer
        self._pace = pace
        self._dialect = dialect
        self._frontend = frontend
        self._running: set[asyncio.Task[None]] = set()

    def start(self, job: Job) -> AsyncIterator[Step]:
        """Begin a turn; return what happens in it, ending with `Saved` or `Broke`."""
        happened: asyncio.Queue[Step | None] = asyncio.Queue()
        task = asyncio.create_task(self._run(job, happened))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return _until_none(happened)

    async def stop(self) -> None:
        """Cancel what is under way, as the end of the process would."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(self, job: Job, happened: asyncio.Queue[Step | None]) -> None:
        try:
            await self._generate(job, happened)
        except Exception:
            log.exception("the turn of conversation %s failed", job.conversation.id)
            await self._fail(job, Broke("Internal error", "internal_error", job.turn), happened)
        finally:
            happened.put_nowait(None)

    async def _generate(self, job: Job, happened: asyncio.Queue[Step | None]) -> None:
        started = last_beat = time.monotonic()
        happened.put_nowait(Opened(job.conversation.id, job.conversation.title, job.turn))
        answer = await self._answerer.answer(job.asked)
        concluded: Concluded | None = None
        for step in disturbed(self._script(job, answer), job.faults, job.turn, self._pace):
            if isinstance(step, Broke):
                await self._fail(job, step, happened)
                return
            if isinstance(step, Pause):
                last_beat = await _rest(step.seconds, last_beat, happened)
                continue
            concluded = step if isinstance(step, Concluded) else concluded
            happened.put_nowait(step)
            await asyncio.sleep(0)
        if concluded is None:
            raise RuntimeError("the script has no conclusion")
        saved = await self._save(job, answer, concluded)
        padding = sum(fault.size for fault in job.faults if fault.trouble is Trouble.GIANT_FINAL)
        seconds = time.monotonic() - started
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
        if self._dialect == "agui":
            told = replace(told, parts=transcript(told))
        return script(told, self._pace)

    async def _save(self, job: Job, answer: Answer, concluded: Concluded) -> Conversation:
        draft = Draft(
            kind=Kind.ANSWER,
            content=with_markers(concluded.text, concluded.citations, self._dialect),
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

    async def _fail(self, job: Job, broke: Broke, happened: asyncio.Queue[Step | None]) -> None:
        """Save the failure; a regenerated answer is overwritten by it, as on real servers."""
        failed = await self._conversations.finish(
            job.conversation.id,
            Draft(Kind.ERROR, broke.message),
            status=Status.FAILED,
            message_id=job.replaces,
        )
        # Up to 0.3 the outer server always adds a second error of its own.
        twice = self._dialect == "legacy" or any(f.trouble is Trouble.DOUBLE_ERROR for f in job.faults)
        document = failed if job.turn is Turn.REGENERATED else None
        happened.put_nowait(replace(broke, conversation=None if twice else document))
        if twice:
            happened.put_nowait(replace(broke, conversation=document, again=True))


async def refused(message: str, code: str, turn: Turn) -> AsyncIterator[Step]:
    """Yield what a stream says that could not begin; by then its status is 200 already."""
    yield Broke(message, code, turn)


async def _until_none(happened: asyncio.Queue[Step | None]) -> AsyncIterator[Step]:
    while (step := await happened.get()) is not None:
        yield step


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
