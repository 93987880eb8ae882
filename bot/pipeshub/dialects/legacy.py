"""The streams of servers before v0.6.0: the documented events, and those that they really sent.

The two name their events differently, so one reader follows both.
"""

from collections.abc import Iterator

from bot.domain.conversations import AnswerEvent, Citation
from bot.pipeshub.answer_text import clean_partial_answer
from bot.pipeshub.bodies import MAX_CITATIONS, citation_key, merge_citations, parse_citations
from bot.pipeshub.dialects.answer_builder import (
    AnswerBuilder,
    Pace,
    humanize,
    question_asked_back,
    state_phrase,
    tool_call_phrase,
    tool_failure_phrase,
    tool_result_phrase,
)
from bot.pipeshub.json_body import Frame, JsonObject, as_object, first_text
from bot.pipeshub.limits import MAX_TEXT, too_large


class LegacyDialect:
    """Reads the frames of servers before v0.6.0 into an answer."""

    def __init__(self, builder: AnswerBuilder) -> None:
        self._builder = builder
        self._chunks: list[str] = []
        self._length = 0
        self._unread = False
        self._pace = Pace()
        self._merged: tuple[Citation, ...] = ()
        self._by_key: dict[object, Citation] = {}

    def read(self, frame: Frame) -> Iterator[AnswerEvent]:
        """Yield what a frame says; `metadata`, `artifact` and unknown names hold nothing a person needs."""
        builder, body = self._builder, frame.body
        match frame.name:
            case "connected":
                yield from builder.start(first_text(body, "conversationId"))
            case "chunk":
                yield from self._chunk(frame)
            case "citation":
                yield from self._add_citations(frame)
            case "complete":
                yield from self.rest()
                yield from builder.complete(body)
            case "error":
                yield from self.rest()
                text = frame.value if isinstance(frame.value, str) else ""
                yield from builder.fail(body or {"error": text})
            case "answer_chunk":
                yield from self._answer_chunk(body)
            case "restreaming":
                self._unread = False
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
        if accumulated := first_text(frame.body, "accumulated"):
            yield from self._replace(accumulated)
        elif piece:
            self._chunks.append(piece)
            self._length += len(piece)
            yield from self._show(len(piece))

    def _answer_chunk(self, body: JsonObject) -> Iterator[AnswerEvent]:
        """Show `accumulated`: `chunk` is wrong once the server has renumbered its sources."""
        if accumulated := first_text(body, "accumulated"):
            yield from self._replace(accumulated)
        if body.get("citations"):
            yield from self._builder.set_citations(parse_citations(body.get("citations")))

    def _replace(self, accumulated: str) -> Iterator[AnswerEvent]:
        grown = abs(len(accumulated) - self._length)
        self._chunks, self._length = [accumulated], len(accumulated)
        yield from self._show(grown)

    def _show(self, new: int) -> Iterator[AnswerEvent]:
        if self._length > MAX_TEXT:
            raise too_large(self._builder.about, f"an answer of more than {MAX_TEXT} characters")
        self._unread = True
        if self._pace.is_due(new, self._length):
            yield from self.rest()

    def rest(self) -> Iterator[AnswerEvent]:
        """Yield the text that has waited to be read."""
        if self._unread:
            self._unread = False
            self._chunks = ["".join(self._chunks)]
            yield from self._builder.set_text(clean_partial_answer(self._chunks[0]))

    def _add_citations(self, frame: Frame) -> Iterator[AnswerEvent]:
        known = self._builder.citations
        if known is not self._merged:
            self._by_key = {citation_key(each): each for each in known}
        more = parse_citations(_citations_of(frame), len(known) + 1)
        new = [each for each in more if self._by_key.get(citation_key(each)) != each]
        if new and len(known) < MAX_CITATIONS:
            self._merged = merge_citations(known, new)
            self._by_key |= {citation_key(each): each for each in new}
            yield from self._builder.set_citations(self._merged)


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
