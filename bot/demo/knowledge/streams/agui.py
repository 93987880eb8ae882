"""The vocabulary of PipesHub from 0.6 on: AG-UI events, root and child runs, state deltas and snapshots."""

from functools import singledispatchmethod

from bot.demo.knowledge import bodies
from bot.demo.knowledge.answers.text import linked, raw
from bot.demo.knowledge.model import Json, iso, now
from bot.demo.knowledge.streams.script import (
    Artifact,
    Beat,
    Broke,
    ChildRun,
    Concluded,
    Frame,
    Narrated,
    Opened,
    Rewrote,
    Saved,
    Step,
    Thought,
    ToolFinished,
    ToolStarted,
    Turn,
    Working,
    Wrote,
)

RESULT_LENGTH = 200
"""Characters of a tool's result that the stream tells."""


class AgUi:
    """Raw tokens are appended; the normalised text, which clients should show, comes in state deltas."""

    def __init__(self, request_id: str, run_id: str) -> None:
        self._request_id = request_id
        self._run = run_id
        self._messages = 0
        self._writing = False
        self._thinking = False

    def frames(self, step: Step) -> list[Frame]:
        """Return the frames that tell `step`."""
        closed = [] if isinstance(step, Thought | Beat) else self._end_thinking()
        return [*closed, *self._told(step)]

    @singledispatchmethod
    def _told(self, _: Step) -> list[Frame]:
        return []

    @_told.register
    def _(self, step: Working) -> list[Frame]:
        return [self._snapshot(step.status)]

    @_told.register
    def _(self, step: Thought) -> list[Frame]:
        thinking = self._begin_thinking()
        return [*thinking, self._frame("REASONING_MESSAGE_CONTENT", messageId=self._id, delta=step.text)]

    @_told.register
    def _(self, step: Narrated) -> list[Frame]:
        return [*self._begin_text(), self._delta_of_text(step.text), self._state(step.text, ())]

    @_told.register
    def _(self, step: Rewrote) -> list[Frame]:
        return [self._state(step.text, step.citations)]

    @_told.register
    def _(self, _: Beat) -> list[Frame]:
        return [Frame("HEARTBEAT", {"type": "HEARTBEAT"})]

    @_told.register
    def _(self, step: Saved) -> list[Frame]:
        return [_node_frame("RUN_FINISHED", result=self._result(step))]

    @_told.register
    def _(self, step: Broke) -> list[Frame]:
        return [_broke(step)]

    @property
    def _id(self) -> str:
        return f"{self._run}-message-{self._messages}"

    def _frame(self, event: str, **fields: object) -> Frame:
        return Frame(event, {"type": event, "runId": self._run, **fields})

    @_told.register
    def _(self, step: Opened) -> list[Frame]:
        value: Json = {"conversationId": step.conversation_id}
        if step.turn is Turn.NEW:
            value["title"] = step.title
        if step.turn is Turn.REGENERATED:
            value = {"message": "Regenerating response"}
        return [
            _node_frame("CUSTOM", name="conversation_created", value=value),
            self._frame("RUN_STARTED", threadId=step.conversation_id),
        ]

    def _snapshot(self, status: str) -> Frame:
        instant = iso(now())
        snapshot = {
            "run_id": self._run,
            "agent_id": "assistant",
            "trace_id": self._request_id,
            "parent_run_id": None,
            "role_name": "assistant",
            "status": {"searching": "running_tool", "started": "starting"}.get(status, "calling_llm"),
            "current_turn": 1,
            "current_tool": None,
            "started_at": instant,
            "updated_at": instant,
        }
        return self._frame("STATE_SNAPSHOT", snapshot=snapshot)

    def _begin_thinking(self) -> list[Frame]:
        if self._thinking:
            return []
        self._thinking = True
        self._messages += 1
        started = self._frame("REASONING_MESSAGE_START", messageId=self._id, role="assistant")
        return [self._frame("REASONING_START"), started]

    def _end_thinking(self) -> list[Frame]:
        if not self._thinking:
            return []
        self._thinking = False
        return [self._frame("REASONING_MESSAGE_END", messageId=self._id), self._frame("REASONING_END")]

    def _begin_text(self) -> list[Frame]:
        if self._writing:
            return []
        self._writing = True
        self._messages += 1
        return [self._frame("TEXT_MESSAGE_START", messageId=self._id, role="assistant")]

    def _end_text(self) -> list[Frame]:
        if not self._writing:
            return []
        self._writing = False
        return [self._frame("TEXT_MESSAGE_END", messageId=self._id)]

    def _delta_of_text(self, delta: str) -> Frame:
        return self._frame("TEXT_MESSAGE_CONTENT", messageId=self._id, delta=raw(delta))

    def _state(self, text: str, citations: tuple[Json, ...], confidence: str | None = None) -> Frame:
        normalised = linked(text, bodies.urls(citations))
        operations = [
            {"op": "replace", "path": "/citations", "value": [bodies.live(each) for each in citations]},
            {"op": "replace", "path": "/normalizedAnswer", "value": normalised},
            {"op": "replace", "path": "/rawLength", "value": len(raw(text))},
        ]
        if confidence:
            operations.append({"op": "replace", "path": "/confidence", "value": confidence})
        return self._frame("STATE_DELTA", delta=operations)

    @_told.register
    def _(self, step: Wrote) -> list[Frame]:
        told = [*self._begin_text(), self._delta_of_text(step.delta)]
        return [*told, self._state(step.text, step.citations)] if step.settled else told

    @_told.register
    def _(self, step: ToolStarted) -> list[Frame]:
        call = {"toolCallId": step.call_id}
        return [
            *self._end_text(),
            self._frame("TOOL_CALL_START", **call, toolCallName=step.name, displayName=step.display),
            self._frame("TOOL_CALL_ARGS", **call, delta=step.arguments, argsSummary=step.summary),
            self._state("", ()),
        ]

    @_told.register
    def _(self, step: ToolFinished) -> list[Frame]:
        call = {"toolCallId": step.call_id}
        result = {"content": step.content[:RESULT_LENGTH], "role": "tool", "status": "completed"}
        return [
            self._frame("TOOL_CALL_END", **call),
            self._frame("TOOL_CALL_RESULT", **call, **result, resultSummary=step.summary),
        ]

    @_told.register
    def _(self, step: Artifact) -> list[Frame]:
        value = {
            "artifactId": step.artifact_id,
            "fileName": step.file_name,
            "mimeType": step.mime_type,
            "sizeBytes": step.size,
            "downloadUrl": f"/record/{step.artifact_id}",
            "artifactType": "file",
            "isTemporary": True,
        }
        return [self._frame("STATE_DELTA", delta=[{"op": "add", "path": "/artifacts/-", "value": value}])]

    @_told.register
    def _(self, step: ChildRun) -> list[Frame]:
        child = {"runId": f"{self._run}-{step.role}", "parentRunId": self._run}
        failure = _node_frame("RUN_ERROR", **child, message=f"{step.role} failed", code="server_error")
        return [
            self._frame("STEP_STARTED", stepName=f"sub_agent:{step.role}"),
            _node_frame("RUN_STARTED", **child, threadId=""),
            failure if step.failed else _node_frame("RUN_FINISHED", **child),
            self._frame("STEP_FINISHED", stepName=f"sub_agent:{step.role}"),
        ]

    @_told.register
    def _(self, step: Concluded) -> list[Frame]:
        snapshot: Json = {
            "final": True,
            "answer": linked(step.text, bodies.urls(step.citations)),
            "citations": [bodies.live(each) for each in step.citations],
            "confidence": step.confidence,
            "parts": list(step.parts),
            "succeeded_tool_names": ["search_internal_knowledge"],
            "failed_tool_names": [],
        }
        if step.match:
            snapshot["answerMatchType"] = step.match
        if step.error_code:
            snapshot["errorCode"] = step.error_code
        return [
            *self._end_text(),
            self._state(step.text, step.citations, step.confidence),
            self._frame("STATE_SNAPSHOT", snapshot=snapshot),
        ]

    def _result(self, saved: Saved) -> Json:
        stamp = {
            "requestId": self._request_id,
            "timestamp": iso(now()),
            "duration": round(saved.seconds * 1000),
        }
        return bodies.finished(saved.conversation, saved.turn, saved.records_used, stamp, saved.padding)


def _node_frame(event: str, **fields: object) -> Frame:
    """Return a frame as the outer server writes it: without the ids of the run."""
    return Frame(event, {"type": event, **fields})


def _broke(broke: Broke) -> Frame:
    if broke.again:
        message, code = "No complete response received from AI service", "no_response"
    else:
        message, code = broke.message, broke.code
    if broke.conversation is None or (broke.turn is not Turn.REGENERATED):
        return _node_frame("RUN_ERROR", message=message, code=code)
    return _node_frame(
        "RUN_ERROR", message=message, code=code, conversation=bodies.conversation(broke.conversation)
    )
