"""The streams of servers before v0.6.0: the documented events, and those that they really sent.

The two name their events differently, so one reader follows both.
"""

from collections.abc import Iterator

from bot.domain.conversations import AnswerEvent
from bot.pipeshub.answer_text import clean_partial_answer
from bot.pipeshub.bodies import merge_citations, parse_citations
from bot.pipeshub.dialects.answer_builder import (
    AnswerBuilder,
    humanize,
    question_asked_back,
    state_phrase,
    tool_call_phrase,
    tool_failure_phrase,
    tool_result_phrase,
)
from bot.pipeshub.json_body import Frame, JsonObject, as_object, first_text


class LegacyDialect:
    """Reads the frames of servers before v0.6.0 into an answer."""

    def __init__(self, builder: AnswerBuilder) -> None:
        self._builder = builder
        self._chunks = ""

    def read(self, frame: Frame) -> Iterator[AnswerEvent]:
        """Yield what a frame says; `metadata`, `artifact` and unknown names hold nothing a person needs."""
        builder, body = self._builder, frame.body
        match frame.name:
            case "connected":
                yield from builder.start(first_text(body, "conversationId"))
            case "chunk":
                yield from self._chunk(frame)
            case "citation":
                more = parse_citations(_citations_of(frame), len(builder.citations) + 1)
                yield from builder.set_citations(merge_citations(builder.citations, more))
            case "complete":
                yield from builder.complete(body)
            case "error":
                text = frame.value if isinstance(frame.value, str) else ""
                yield from builder.fail(body or {"error": text})
            case "answer_chunk":
                yield from self._answer_chunk(body)
            case "restreaming":
                yield from builder.set_text("")
                yield from builder.set_citations(())
            case "ask_user_question":
                yield from builder.set_text(question_asked_back(body) or builder.text)
            case _:
                yield from builder.set_progress(_progress_phrase(frame.name, body))

    def _chunk(self, frame: Frame) -> Iterator[AnswerEvent]:
        piece = first_text(frame.body, "chunk", "content", "delta", "text")
        if isinstance(frame.value, str):
            piece = frame.value
        self._chunks = first_text(frame.body, "accumulated") or self._chunks + piece
        yield from self._builder.set_text(clean_partial_answer(self._chunks))

    def _answer_chunk(self, body: JsonObject) -> Iterator[AnswerEvent]:
        """Show `accumulated`: `chunk` is wrong once the server has renumbered its sources."""
        accumulated = first_text(body, "accumulated")
        if accumulated:
            yield from self._builder.set_text(clean_partial_answer(accumulated))
        if body.get("citations"):
            yield from self._builder.set_citations(parse_citations(body.get("citations")))


def _citations_of(frame: Frame) -> object:
    """Return the frame's citations as a list: it can hold one, several, or one within an envelope."""
    if isinstance(frame.value, list):
        return frame.value
    several = frame.body.get("citations")
    return several if isinstance(several, list) else [as_object(frame.body.get("citation")) or frame.body]


def _progress_phrase(name: str, body: JsonObject) -> str:
    tool = humanize(first_text(body, "tool_name", "tool"))
    match name:
        case "status":
            return state_phrase(first_text(body, "status"), first_text(body, "message"))
        case "tool_call" | "tool_result":  # the result itself is raw data of the tool
            return tool_call_phrase(tool)
        case "tool_success":
            return tool_result_phrase(tool, first_text(body, "summary"))
        case "tool_error" | "tool_unavailable":
            return tool_failure_phrase(tool)
    return ""
