"""The event vocabularies of older servers: the documented one, and the one they really sent."""

from collections.abc import Iterator

from bot.domain.conversations import Event
from bot.pipeshub.answer_text import unsettled
from bot.pipeshub.bodies import citations, joined
from bot.pipeshub.dialects import answer_builder
from bot.pipeshub.dialects.answer_builder import Draft, asked, cited
from bot.pipeshub.json_body import Body, Frame, objects, text

DOCUMENTED_NAMES = frozenset({"connected", "chunk", "citation", "complete", "error"})


class Documented:
    """Reads the documented frames into a draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._raw = ""

    def read(self, frame: Frame) -> Iterator[Event]:
        """Yield what a frame says."""
        match frame.name:
            case "connected":
                yield from self._draft.opened(text(frame.body, "conversationId"))
            case "chunk":
                yield from self._chunk(frame)
            case "citation":
                known = self._draft.citations
                yield from self._draft.cite(joined(known, citations(_listed(frame), len(known) + 1)))
            case "complete":
                yield from self._draft.completed(frame.body)
            case "error":
                said = frame.value if isinstance(frame.value, str) else ""
                yield from self._draft.failed(frame.body or {"error": said})

    def _chunk(self, frame: Frame) -> Iterator[Event]:
        whole = text(frame.body, "accumulated")
        piece = (
            frame.value
            if isinstance(frame.value, str)
            else text(frame.body, "chunk", "content", "delta", "text")
        )
        self._raw = whole or self._raw + piece
        yield from self._draft.show(unsettled(self._raw))


def _listed(frame: Frame) -> object:
    """Return the frame's citations as a list: it can hold one, several, or one within an envelope."""
    if isinstance(frame.value, list):
        return frame.value
    several = frame.body.get("citations")
    return several if isinstance(several, list) else [objects(frame.body.get("citation")) or frame.body]


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


class Legacy:
    """Reads the frames of servers before v0.6.0 into a draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def read(self, frame: Frame) -> Iterator[Event]:
        """Yield what a frame says; `metadata` and `artifact` say nothing a person needs."""
        body = frame.body
        match frame.name:
            case "status":
                yield from self._draft.doing(
                    answer_builder.state(text(body, "status"), text(body, "message"))
                )
            case "answer_chunk":
                yield from self._answer_chunk(frame)
            case "restreaming":
                yield from self._draft.show("")
                yield from self._draft.cite(())
            case "tool_call":
                yield from self._draft.doing(answer_builder.tool_called(_label(body)))
            case "tool_success":
                yield from self._draft.doing(
                    answer_builder.tool_answered(_label(body), text(body, "summary"))
                )
            case "tool_result":
                # The result itself is raw data of the tool.
                yield from self._draft.doing(answer_builder.tool_called(_label(body)))
            case "tool_error" | "tool_unavailable":
                yield from self._draft.doing(answer_builder.tool_failed(_label(body)))
            case "ask_user_question":
                yield from self._draft.show(asked(body) or self._draft.text)

    def _answer_chunk(self, frame: Frame) -> Iterator[Event]:
        """Show `accumulated`: `chunk` cannot be trusted once the server has renumbered its sources."""
        accumulated = text(frame.body, "accumulated")
        if accumulated:
            yield from self._draft.show(unsettled(accumulated))
        if frame.body.get("citations"):
            yield from self._draft.cite(cited(frame.body))


def _label(body: Body) -> str:
    return answer_builder.readable(text(body, "tool_name", "tool"))
