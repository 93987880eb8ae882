"""The event vocabularies of older servers: the documented one, and the one they really sent."""

from collections.abc import Iterator

from bot.domain.conversations import AnswerEvent
from bot.pipeshub.answer_text import clean_partial_answer
from bot.pipeshub.bodies import merge_citations, parse_citations
from bot.pipeshub.dialects import answer_builder
from bot.pipeshub.dialects.answer_builder import AnswerBuilder, citations_in, question_asked_back
from bot.pipeshub.json_body import Frame, LenientModel, as_object, first_text

DOCUMENTED_NAMES = frozenset({"connected", "chunk", "citation", "complete", "error"})


class DocumentedDialect:
    """Reads the documented frames into a draft."""

    def __init__(self, builder: AnswerBuilder) -> None:
        self._builder = builder
        self._raw = ""

    def read(self, frame: Frame) -> Iterator[AnswerEvent]:
        """Yield what a frame says."""
        match frame.name:
            case "connected":
                yield from self._builder.start(first_text(frame.body, "conversationId"))
            case "chunk":
                yield from self._chunk(frame)
            case "citation":
                known = self._builder.citations
                yield from self._builder.set_citations(
                    merge_citations(known, parse_citations(_listed(frame), len(known) + 1))
                )
            case "complete":
                yield from self._builder.complete(frame.body)
            case "error":
                said = frame.value if isinstance(frame.value, str) else ""
                yield from self._builder.fail(frame.body or {"error": said})

    def _chunk(self, frame: Frame) -> Iterator[AnswerEvent]:
        whole = first_text(frame.body, "accumulated")
        piece = (
            frame.value
            if isinstance(frame.value, str)
            else first_text(frame.body, "chunk", "content", "delta", "text")
        )
        self._raw = whole or self._raw + piece
        yield from self._builder.set_text(clean_partial_answer(self._raw))


def _listed(frame: Frame) -> object:
    """Return the frame's citations as a list: it can hold one, several, or one within an envelope."""
    if isinstance(frame.value, list):
        return frame.value
    several = frame.body.get("citations")
    return several if isinstance(several, list) else [as_object(frame.body.get("citation")) or frame.body]


LEGACY_NAMES = frozenset(
    {
        "status",
        "answer_chunk",
        "restreaming",
        "metadata",
        "tool_call",
        "tool_success",
        "tool_error",
        "tool_result",
        "tool_unavailable",
        "artifact",
        "ask_user_question",
    }
)


class LegacyDialect:
    """Reads the frames of servers before v0.6.0 into a draft."""

    def __init__(self, builder: AnswerBuilder) -> None:
        self._builder = builder

    def read(self, frame: Frame) -> Iterator[AnswerEvent]:
        """Yield what a frame says; `metadata` and `artifact` say nothing a person needs."""
        body = frame.body
        match frame.name:
            case "status":
                yield from self._builder.set_progress(
                    answer_builder.state_phrase(first_text(body, "status"), first_text(body, "message"))
                )
            case "answer_chunk":
                yield from self._answer_chunk(frame)
            case "restreaming":
                yield from self._builder.set_text("")
                yield from self._builder.set_citations(())
            case "tool_call":
                yield from self._builder.set_progress(answer_builder.tool_call_phrase(_label(body)))
            case "tool_success":
                yield from self._builder.set_progress(
                    answer_builder.tool_result_phrase(_label(body), first_text(body, "summary"))
                )
            case "tool_result":
                # The result itself is raw data of the tool.
                yield from self._builder.set_progress(answer_builder.tool_call_phrase(_label(body)))
            case "tool_error" | "tool_unavailable":
                yield from self._builder.set_progress(answer_builder.tool_failure_phrase(_label(body)))
            case "ask_user_question":
                yield from self._builder.set_text(question_asked_back(body) or self._builder.text)

    def _answer_chunk(self, frame: Frame) -> Iterator[AnswerEvent]:
        """Show `accumulated`: `chunk` cannot be trusted once the server has renumbered its sources."""
        accumulated = first_text(frame.body, "accumulated")
        if accumulated:
            yield from self._builder.set_text(clean_partial_answer(accumulated))
        if frame.body.get("citations"):
            yield from self._builder.set_citations(citations_in(frame.body))


def _label(body: LenientModel) -> str:
    return answer_builder.humanize(first_text(body, "tool_name", "tool"))
