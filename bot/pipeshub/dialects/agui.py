"""The stream of servers from v0.6.0 on: AG-UI, upper-case events, runs within runs.

Python's frames carry a `runId`; Node's (`conversation_created`, the last word) carry none. A child
run has its own lifecycle and text, which say nothing of the answer's.
"""

from collections.abc import Iterator

from bot.domain.conversations import Event
from bot.pipeshub.answer_text import TAIL, continuable, plain, settled, unsettled
from bot.pipeshub.bodies import citations
from bot.pipeshub.dialects import answer_builder
from bot.pipeshub.dialects.answer_builder import Draft, asked, cited
from bot.pipeshub.json_body import Body, Frame, objects, text


def speaks(name: str) -> bool:
    """Whether an event name is of this vocabulary, known or not: all its names are UPPER_SNAKE."""
    return name.isupper()


class AgUi:
    """Reads AG-UI frames into a draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._children: set[str] = set()
        self._tools: dict[str, str] = {}
        self._raw = ""
        self._dropped = 0
        self._normalised: str | None = None
        self._covered = 0
        self._goes_on = False

    def read(self, frame: Frame) -> Iterator[Event]:
        """Yield what a frame says; HEARTBEAT and names not listed here are signs of life and no more."""
        body = frame.body
        if frame.name == "RUN_STARTED" and text(body, "parentRunId"):
            self._children.add(text(body, "runId"))
        yield from self._doings(frame)
        if text(body, "parentRunId") or text(body, "runId") in self._children:
            return
        match frame.name:
            case "RUN_STARTED":
                yield from self._draft.opened(text(body, "threadId"))
            case "CUSTOM":
                yield from self._custom(body)
            case "TEXT_MESSAGE_START" | "TEXT_MESSAGE_CONTENT" | "TOOL_CALL_START" | "STATE_DELTA":
                yield from self._writing(frame)
            case "STATE_SNAPSHOT":
                yield from self._snapshot(objects(body.get("snapshot")))
            case "RUN_FINISHED" if objects(body.get("result")):
                # Without a result it is not the root's, and not the last word.
                yield from self._draft.completed(body)
            case "RUN_ERROR":
                yield from self._draft.failed(body)

    def _custom(self, body: Body) -> Iterator[Event]:
        value = objects(body.get("value"))
        match text(body, "name"):
            case "conversation_created":
                yield from self._draft.opened(text(value, "conversationId"))
            case "ask_user_question":
                yield from self._draft.show(asked(value) or self._draft.text)
            case "tool_unavailable":
                yield from self._draft.doing(answer_builder.tool_failed(text(value, "tool")))

    def _writing(self, frame: Frame) -> Iterator[Event]:
        """Follow the text: the server's normalised text, and the raw tokens that came after it.

        A new message starts afresh. So does a tool call: what came before it was narration.
        """
        match frame.name:
            case "TEXT_MESSAGE_START":
                yield from self._afresh()
            case "TOOL_CALL_START" if not _delivers(frame.body):
                yield from self._afresh()
            case "TEXT_MESSAGE_CONTENT":
                self._raw += text(frame.body, "delta")
                yield from self._draft.show(self._text_so_far())
            case "STATE_DELTA":
                yield from self._patched(frame.body.get("delta"))

    def _afresh(self) -> Iterator[Event]:
        self._raw, self._dropped, self._normalised = "", 0, None
        yield from self._draft.show("")

    def _patched(self, operations: object) -> Iterator[Event]:
        """Apply a JSON Patch: the server replaces `/normalizedAnswer` and `/citations` as wholes.

        `/rawLength` says how many characters of raw tokens the text is made of; later ones follow it.
        """
        values = _replaced(operations)
        if "/citations" in values:
            yield from self._draft.cite(citations(values["/citations"]))
        normalised = values.get("/normalizedAnswer")
        if isinstance(normalised, str):
            length = values.get("/rawLength")
            self._normalise(normalised, length if isinstance(length, int) else None)
            yield from self._draft.show(self._text_so_far())

    def _normalise(self, normalised: str, length: int | None) -> None:
        """Go on from `normalised`, made of `length` characters of raw tokens, or of all there are."""
        self._covered = len(self._raw) if length is None else max(0, length - self._dropped)
        normalised = unsettled(normalised)
        followed = continuable(normalised, self._raw[: self._covered])
        self._goes_on = followed is not None
        self._normalised = normalised if followed is None else followed
        # Five hundred long answers at once: nobody needs most of the raw text again.
        gone = max(0, min(self._covered, len(self._raw)) - TAIL)
        self._raw, self._dropped, self._covered = self._raw[gone:], self._dropped + gone, self._covered - gone

    def _text_so_far(self) -> str:
        if self._normalised is None:
            return unsettled(self._raw)
        words = plain(self._raw[self._covered :]) if self._goes_on else ""
        return self._normalised + words if words else self._normalised.rstrip()

    def _snapshot(self, snapshot: Body) -> Iterator[Event]:
        """Take the answer of the last snapshot: it alone says whether a success hides a failure."""
        if snapshot.get("final") is not True:
            return
        self._draft.judged(snapshot)
        answer = text(snapshot, "answer")
        if answer and not self._draft.failing:
            # What a failed run answers is an apology.
            yield from self._draft.show(settled(answer))
        if snapshot.get("citations"):
            yield from self._draft.cite(cited(snapshot))

    def _doings(self, frame: Frame) -> Iterator[Event]:
        """Tell what is going on, in child runs too: there the work is done."""
        body = frame.body
        match frame.name:
            case "STATE_SNAPSHOT":
                yield from self._draft.doing(_state(objects(body.get("snapshot"))))
            case "STEP_STARTED":
                yield from self._draft.doing(answer_builder.step(text(body, "stepName")))
            case "REASONING_START":
                yield from self._draft.doing("Thinking it through")
            case "TOOL_CALL_START" | "TOOL_CALL_ARGS" | "TOOL_CALL_RESULT":
                yield from self._draft.doing(self._tool(frame))

    def _tool(self, frame: Frame) -> str:
        body = frame.body
        call = text(body, "toolCallId")
        if frame.name == "TOOL_CALL_START" and not _delivers(body):
            self._tools[call] = text(body, "displayName") or answer_builder.readable(
                text(body, "toolCallName")
            )
        label = self._tools.get(call, "")
        if frame.name != "TOOL_CALL_RESULT":
            return answer_builder.tool_called(label, text(body, "argsSummary"))
        if text(body, "status") in ("failed", "blocked"):
            return answer_builder.tool_failed(label)
        return answer_builder.tool_answered(label, text(body, "resultSummary"))


def _replaced(operations: object) -> dict[str, object]:
    """Return the values that a JSON Patch puts in, by their paths."""
    patch = map(objects, operations if isinstance(operations, list) else ())
    return {text(each, "path"): each.get("value") for each in patch}


def _delivers(tool_call: Body) -> bool:
    """Whether a tool call is the answer itself: an opt-in deployment has the model deliver it by a tool."""
    return text(tool_call, "toolCallName").endswith("final_answer")


def _state(snapshot: Body) -> str:
    tool = text(snapshot, "current_tool")
    if text(snapshot, "status") == "running_tool":
        return answer_builder.tool_called(answer_builder.readable(tool))
    return "" if snapshot.get("final") is True else answer_builder.state(text(snapshot, "status"))
