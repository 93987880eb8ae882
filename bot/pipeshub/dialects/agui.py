"""The stream of servers from v0.6.0 on: AG-UI, upper-case events, runs within runs.

Python's frames carry a `runId`; Node's (`conversation_created`, the last word) carry none. A child
run has its own lifecycle and text, which say nothing of the answer's.
"""

from collections.abc import Iterator

from bot.domain.conversations import AnswerEvent
from bot.pipeshub.answer_text import (
    MAX_MARKER_LENGTH,
    clean_answer,
    clean_partial_answer,
    continued_answer,
    text_before_markup,
)
from bot.pipeshub.bodies import parse_citations
from bot.pipeshub.dialects import answer_builder
from bot.pipeshub.dialects.answer_builder import AnswerBuilder, citations_in, question_asked_back
from bot.pipeshub.json_body import Frame, LenientModel, as_object, first_text


def is_agui_event(name: str) -> bool:
    """Whether an event name is of this vocabulary, known or not: all its names are UPPER_SNAKE."""
    return name.isupper()


class AgUiDialect:
    """Reads AG-UI frames into a draft."""

    def __init__(self, builder: AnswerBuilder) -> None:
        self._builder = builder
        self._children: set[str] = set()
        self._tools: dict[str, str] = {}
        self._raw = ""
        self._dropped = 0
        self._normalised: str | None = None
        self._covered = 0
        self._is_continuable = False

    def read(self, frame: Frame) -> Iterator[AnswerEvent]:
        """Yield what a frame says; HEARTBEAT and names not listed here are signs of life and no more."""
        body = frame.body
        if frame.name == "RUN_STARTED" and first_text(body, "parentRunId"):
            self._children.add(first_text(body, "runId"))
        yield from self._progress(frame)
        if first_text(body, "parentRunId") or first_text(body, "runId") in self._children:
            return
        match frame.name:
            case "RUN_STARTED":
                yield from self._builder.start(first_text(body, "threadId"))
            case "CUSTOM":
                yield from self._custom(body)
            case "TEXT_MESSAGE_START" | "TEXT_MESSAGE_CONTENT" | "TOOL_CALL_START" | "STATE_DELTA":
                yield from self._writing(frame)
            case "STATE_SNAPSHOT":
                yield from self._snapshot(as_object(body.get("snapshot")))
            case "RUN_FINISHED" if as_object(body.get("result")):
                # Without a result it is not the root's, and not the last word.
                yield from self._builder.complete(body)
            case "RUN_ERROR":
                yield from self._builder.fail(body)

    def _custom(self, body: LenientModel) -> Iterator[AnswerEvent]:
        value = as_object(body.get("value"))
        match first_text(body, "name"):
            case "conversation_created":
                yield from self._builder.start(first_text(value, "conversationId"))
            case "ask_user_question":
                yield from self._builder.set_text(question_asked_back(value) or self._builder.text)
            case "tool_unavailable":
                yield from self._builder.set_progress(
                    answer_builder.tool_failure_phrase(first_text(value, "tool"))
                )

    def _writing(self, frame: Frame) -> Iterator[AnswerEvent]:
        """Follow the text: the server's normalised text, and the raw tokens that came after it.

        A new message starts afresh. So does a tool call: what came before it was narration.
        """
        match frame.name:
            case "TEXT_MESSAGE_START":
                yield from self._reset()
            case "TOOL_CALL_START" if not _is_final_answer_tool(frame.body):
                yield from self._reset()
            case "TEXT_MESSAGE_CONTENT":
                self._raw += first_text(frame.body, "delta")
                yield from self._builder.set_text(self._text_so_far())
            case "STATE_DELTA":
                yield from self._apply_patch(frame.body.get("delta"))

    def _reset(self) -> Iterator[AnswerEvent]:
        self._raw, self._dropped, self._normalised = "", 0, None
        yield from self._builder.set_text("")

    def _apply_patch(self, operations: object) -> Iterator[AnswerEvent]:
        """Apply a JSON Patch: the server replaces `/normalizedAnswer` and `/citations` as wholes.

        `/rawLength` says how many characters of raw tokens the text is made of; later ones follow it.
        """
        values = _patched_values(operations)
        if "/citations" in values:
            yield from self._builder.set_citations(parse_citations(values["/citations"]))
        normalised = values.get("/normalizedAnswer")
        if isinstance(normalised, str):
            length = values.get("/rawLength")
            self._normalise(normalised, length if isinstance(length, int) else None)
            yield from self._builder.set_text(self._text_so_far())

    def _normalise(self, normalised: str, length: int | None) -> None:
        """Go on from `normalised`, made of `length` characters of raw tokens, or of all there are."""
        self._covered = len(self._raw) if length is None else max(0, length - self._dropped)
        normalised = clean_partial_answer(normalised)
        followed = continued_answer(normalised, self._raw[: self._covered])
        self._is_continuable = followed is not None
        self._normalised = normalised if followed is None else followed
        # Five hundred long answers at once: nobody needs most of the raw text again.
        gone = max(0, min(self._covered, len(self._raw)) - MAX_MARKER_LENGTH)
        self._raw, self._dropped, self._covered = self._raw[gone:], self._dropped + gone, self._covered - gone

    def _text_so_far(self) -> str:
        if self._normalised is None:
            return clean_partial_answer(self._raw)
        words = text_before_markup(self._raw[self._covered :]) if self._is_continuable else ""
        return self._normalised + words if words else self._normalised.rstrip()

    def _snapshot(self, snapshot: LenientModel) -> Iterator[AnswerEvent]:
        """Take the answer of the last snapshot: it alone says whether a success hides a failure."""
        if snapshot.get("final") is not True:
            return
        self._builder.keep_verdict(snapshot)
        answer = first_text(snapshot, "answer")
        if answer and not self._builder.hidden_failure:
            # What a failed run answers is an apology.
            yield from self._builder.set_text(clean_answer(answer))
        if snapshot.get("citations"):
            yield from self._builder.set_citations(citations_in(snapshot))

    def _progress(self, frame: Frame) -> Iterator[AnswerEvent]:
        """Tell what is going on, in child runs too: there the work is done."""
        body = frame.body
        match frame.name:
            case "STATE_SNAPSHOT":
                yield from self._builder.set_progress(_state(as_object(body.get("snapshot"))))
            case "STEP_STARTED":
                yield from self._builder.set_progress(
                    answer_builder.step_phrase(first_text(body, "stepName"))
                )
            case "REASONING_START":
                yield from self._builder.set_progress("Thinking it through")
            case "TOOL_CALL_START" | "TOOL_CALL_ARGS" | "TOOL_CALL_RESULT":
                yield from self._builder.set_progress(self._tool(frame))

    def _tool(self, frame: Frame) -> str:
        body = frame.body
        call = first_text(body, "toolCallId")
        if frame.name == "TOOL_CALL_START" and not _is_final_answer_tool(body):
            self._tools[call] = first_text(body, "displayName") or answer_builder.humanize(
                first_text(body, "toolCallName")
            )
        label = self._tools.get(call, "")
        if frame.name != "TOOL_CALL_RESULT":
            return answer_builder.tool_call_phrase(label, first_text(body, "argsSummary"))
        if first_text(body, "status") in ("failed", "blocked"):
            return answer_builder.tool_failure_phrase(label)
        return answer_builder.tool_result_phrase(label, first_text(body, "resultSummary"))


def _patched_values(operations: object) -> dict[str, object]:
    """Return the values that a JSON Patch puts in, by their paths."""
    patch = map(as_object, operations if isinstance(operations, list) else ())
    return {first_text(each, "path"): each.get("value") for each in patch}


def _is_final_answer_tool(tool_call: LenientModel) -> bool:
    """Whether a tool call is the answer itself: an opt-in deployment has the model deliver it by a tool."""
    return first_text(tool_call, "toolCallName").endswith("final_answer")


def _state(snapshot: LenientModel) -> str:
    tool = first_text(snapshot, "current_tool")
    if first_text(snapshot, "status") == "running_tool":
        return answer_builder.tool_call_phrase(answer_builder.humanize(tool))
    return (
        "" if snapshot.get("final") is True else answer_builder.state_phrase(first_text(snapshot, "status"))
    )
