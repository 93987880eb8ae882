"""The stream of servers from v0.6.0 on: AG-UI, upper-case events, runs within runs.

Frames that Python writes carry a `runId`; those of Node (`conversation_created`, the last event) carry none.
A child run has its own start, end and text, which say nothing of the answer's.
"""

from collections.abc import Iterator

from cachetools import LRUCache

from bot.domain.conversations import AnswerEvent
from bot.pipeshub.answer_text import (
    MAX_MARKER_LENGTH,
    clean_answer,
    clean_partial_answer,
    continued_answer,
    text_before_markup,
)
from bot.pipeshub.bodies import parse_citations
from bot.pipeshub.dialects.answer_builder import (
    AnswerBuilder,
    Pace,
    humanize,
    question_asked_back,
    state_phrase,
    step_phrase,
    tool_call_phrase,
    tool_failure_phrase,
    tool_result_phrase,
)
from bot.pipeshub.json_body import Frame, JsonObject, as_object, first_text, objects_in
from bot.pipeshub.limits import MAX_ID, MAX_TEXT, too_large

MAX_KEPT = 1000
"""Runs within the answer's, and tools at work, that are told apart."""


class AgUiDialect:
    """Reads AG-UI frames into an answer."""

    def __init__(self, builder: AnswerBuilder) -> None:
        self._builder = builder
        self._children: set[str] = set()
        self._tools: LRUCache[str, str] = LRUCache(MAX_KEPT)
        self._text = _PartialText()
        self._unread = False
        self._pace = Pace()

    def read(self, frame: Frame) -> Iterator[AnswerEvent]:
        """Yield what a frame says; HEARTBEAT and names not listed here are only signs of life."""
        name, body = frame.name, frame.body
        parent, run = first_text(body, "parentRunId"), first_text(body, "runId")[:MAX_ID]
        if name == "RUN_STARTED" and parent and len(self._children) < MAX_KEPT:
            self._children.add(run)
        # Progress is shown of child runs too: there the work is done.
        if phrase := self._progress_phrase(name, body):
            yield from self._builder.set_progress(phrase)
        if not parent and run not in self._children:
            yield from self._root(name, body)

    def _root(self, name: str, body: JsonObject) -> Iterator[AnswerEvent]:
        """Yield what a frame of the run that writes the answer says."""
        builder = self._builder
        match name:
            case "TEXT_MESSAGE_CONTENT":
                delta = first_text(body, "delta")
                self._text.append(delta)
                yield from self._show(len(delta))
            case "STATE_DELTA":
                yield from self._apply_patch(body.get("delta"))
            case "RUN_STARTED":
                yield from builder.start(first_text(body, "threadId"))
            case "CUSTOM":
                yield from self._custom(body)
            case "TEXT_MESSAGE_START":
                yield from self._restart_text()
            case "TOOL_CALL_START" if not _is_final_answer_tool(body):
                yield from self._restart_text()  # what came before a tool call was narration
            case "STATE_SNAPSHOT":
                yield from self._snapshot(as_object(body.get("snapshot")))
            case "RUN_FINISHED" if as_object(body.get("result")) or first_text(body, "status") == "stopped":
                # Without a result it does not end the root run, so it is not the last event.
                yield from self.rest()
                yield from builder.complete(body)
            case "RUN_ERROR":
                yield from self.rest()
                yield from builder.fail(body)

    def _show(self, new: int) -> Iterator[AnswerEvent]:
        if not new:
            return
        if self._text.length > MAX_TEXT:
            raise too_large(self._builder.about, f"an answer of more than {MAX_TEXT} characters")
        self._unread = True
        if self._pace.is_due(new, self._text.length):
            yield from self.rest()

    def rest(self) -> Iterator[AnswerEvent]:
        """Yield the text that has waited to be read."""
        if self._unread:
            yield from self._set_text(self._text.so_far())

    def _set_text(self, text: str) -> Iterator[AnswerEvent]:
        self._unread = False
        yield from self._builder.set_text(text)

    def _custom(self, body: JsonObject) -> Iterator[AnswerEvent]:
        builder, value = self._builder, as_object(body.get("value"))
        match first_text(body, "name"):
            case "conversation_created":
                yield from builder.start(first_text(value, "conversationId"))
            case "ask_user_question":
                yield from self._set_text(question_asked_back(value) or builder.text)
            case "tool_unavailable":
                yield from builder.set_progress(tool_failure_phrase(first_text(value, "tool")))

    def _restart_text(self) -> Iterator[AnswerEvent]:
        self._text = _PartialText()
        yield from self._set_text("")

    def _apply_patch(self, operations: object) -> Iterator[AnswerEvent]:
        """Apply a JSON Patch: the server replaces `/normalizedAnswer` and `/citations` as wholes.

        `/rawLength` says how many characters of raw tokens the text is made of; later ones follow it.
        """
        values = {first_text(each, "path"): each.get("value") for each in objects_in(operations)}
        if "/citations" in values:
            yield from self._builder.set_citations(parse_citations(values["/citations"]))
        normalised, length = values.get("/normalizedAnswer"), values.get("/rawLength")
        if isinstance(normalised, str):
            self._text.normalise(normalised, length if isinstance(length, int) else None)
            yield from self._show(len(normalised) + 1)

    def _snapshot(self, snapshot: JsonObject) -> Iterator[AnswerEvent]:
        """Take the answer of the last snapshot: it alone says whether a success hides a failure."""
        if snapshot.get("final") is not True:
            return
        self._builder.keep_verdict(snapshot)
        answer = first_text(snapshot, "answer")
        if answer and not self._builder.hidden_failure:
            # The answer of a failed run is an apology.
            yield from self._set_text(clean_answer(answer))
        if snapshot.get("citations"):
            yield from self._builder.set_citations(parse_citations(snapshot["citations"]))

    def _progress_phrase(self, name: str, body: JsonObject) -> str:
        match name:
            case "STATE_SNAPSHOT":
                return _snapshot_phrase(as_object(body.get("snapshot")))
            case "STEP_STARTED":
                return step_phrase(first_text(body, "stepName"))
            case "REASONING_START":
                return "Thinking it through"
            case "TOOL_CALL_START" | "TOOL_CALL_ARGS" | "TOOL_CALL_RESULT":
                return self._tool_phrase(name, body)
        return ""

    def _tool_phrase(self, name: str, body: JsonObject) -> str:
        call = first_text(body, "toolCallId")[:MAX_ID]
        if name == "TOOL_CALL_START" and not _is_final_answer_tool(body):
            label = first_text(body, "displayName")[:MAX_ID] or humanize(first_text(body, "toolCallName"))
            self._tools[call] = label
        label = self._tools.get(call, "")
        if name != "TOOL_CALL_RESULT":
            return tool_call_phrase(label, first_text(body, "argsSummary"))
        if first_text(body, "status") in ("failed", "blocked"):
            return tool_failure_phrase(label)
        return tool_result_phrase(label, first_text(body, "resultSummary"))


class _PartialText:
    """The text so far: the server's normalised text, and the raw tokens that came after it.

    What comes is only kept; it is read where the text is asked for.
    """

    def __init__(self) -> None:
        self._raw = ""
        self._tokens: list[str] = []
        self._received = 0
        self._dropped = 0
        self._given = ""
        self._given_length: int | None = None
        """How many characters of raw tokens `_given` is made of, until it was read."""
        self._normalised: str | None = None
        self._covered = 0
        self._is_continuable = False

    @property
    def length(self) -> int:
        """How many characters have to be read for the text so far, and are kept for that."""
        return self._received - self._dropped + len(self._given)

    def append(self, raw: str) -> None:
        """Add raw tokens."""
        self._tokens.append(raw)
        self._received += len(raw)

    def normalise(self, normalised: str, length: int | None) -> None:
        """Go on from `normalised`, made of `length` characters of raw tokens, or of all there are."""
        self._given, self._given_length = normalised, self._received if length is None else length

    def so_far(self) -> str:
        """Return the text without anything that the server may still change."""
        self._raw, self._tokens = self._raw + "".join(self._tokens), []
        if self._given_length is not None:
            self._go_on_from(self._given, self._given_length)
            self._given_length = None
        if self._normalised is None:
            return clean_partial_answer(self._raw)
        words = text_before_markup(self._raw[self._covered :]) if self._is_continuable else ""
        return self._normalised + words if words else self._normalised.rstrip()

    def _go_on_from(self, normalised: str, length: int) -> None:
        self._covered = max(0, length - self._dropped)
        followed = continued_answer(normalised, self._raw[: self._covered])
        self._is_continuable = followed is not None
        self._normalised = clean_partial_answer(normalised) if followed is None else followed
        # Five hundred long answers can be live at once, and most of the raw text is not needed again.
        gone = max(0, min(self._covered, len(self._raw)) - MAX_MARKER_LENGTH)
        self._raw, self._dropped, self._covered = self._raw[gone:], self._dropped + gone, self._covered - gone


def _is_final_answer_tool(tool_call: JsonObject) -> bool:
    """Return whether a tool call is the answer itself: some deployments have it delivered by a tool."""
    return first_text(tool_call, "toolCallName").endswith("final_answer")


def _snapshot_phrase(snapshot: JsonObject) -> str:
    status = first_text(snapshot, "status")
    if status == "running_tool":
        return tool_call_phrase(humanize(first_text(snapshot, "current_tool")))
    return "" if snapshot.get("final") is True else state_phrase(status)
