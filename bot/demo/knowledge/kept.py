"""A composed answer in the form in which it is saved."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from bot.demo.knowledge.answers.composing import Answer, Citation
from bot.demo.knowledge.answers.text import bare, linked
from bot.demo.knowledge.dialects import Dialect
from bot.demo.knowledge.ids import ORGANISATION, object_id, record_id
from bot.demo.knowledge.store.rows import Json
from bot.demo.knowledge.streams.script import (
    NARRATION,
    TOOL,
    Told,
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
