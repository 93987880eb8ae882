"""The two older stream vocabularies: the published description's, and that of PipesHub 0.2 to 0.5."""

import json

from bot.demo.knowledge import bodies
from bot.demo.knowledge.answers.text import bare, linked
from bot.demo.knowledge.generations import Generation
from bot.demo.knowledge.model import Json, iso, now
from bot.demo.knowledge.streams.script import (
    Broke,
    Frame,
    Narrated,
    Opened,
    Rewrote,
    Saved,
    Step,
    ToolFinished,
    ToolStarted,
    Turn,
    Working,
    Wrote,
)


class Legacy:
    """The text so far is sent whole each time; what a tool interrupts is taken back with `restreaming`."""

    def __init__(self, request_id: str, generation: Generation) -> None:
        self._request_id = request_id
        self._generation = generation

    def frames(self, step: Step) -> list[Frame]:
        """Return the frames that tell `step`."""
        match step:
            case Opened(conversation_id, title, turn):
                opened: Json = {"message": "SSE connection established"}
                # Until 0.3 the id of a new conversation is not told until it is complete.
                if self._generation.opens_with_id and turn is Turn.NEW:
                    opened |= {"conversationId": conversation_id, "title": title}
                return [Frame("connected", opened)]
            case Working(status, message):
                return [Frame("status", {"status": status, "message": message})]
            case ToolStarted() | ToolFinished():
                return _tool(step)
            case Narrated() | Wrote() | Rewrote():
                return [self._chunk(step)]
            case Saved():
                return [Frame("complete", self._complete(step))]
            case Broke():
                return [Frame("error", _error(step))]
            case _:
                return []

    def _complete(self, saved: Saved) -> Json:
        stamp = {
            "requestId": self._request_id,
            "timestamp": iso(now()),
            "duration": round(saved.seconds * 1000),
        }
        return bodies.finished(saved.conversation, saved.turn, saved.records_used, stamp, saved.padding)

    def _chunk(self, step: Narrated | Wrote | Rewrote) -> Frame:
        citations = () if isinstance(step, Narrated) else step.citations
        links = bodies.urls(citations)
        texts = {"chunk": step.delta if isinstance(step, Wrote) else "", "accumulated": step.text}
        told: Json = {
            name: linked(text, links) if self._generation.linked_markers else bare(text)
            for name, text in texts.items()
        }
        return Frame("answer_chunk", told | {"citations": [bodies.live(each) for each in citations]})


def _tool(step: ToolStarted | ToolFinished) -> list[Frame]:
    if isinstance(step, ToolStarted):
        arguments = json.loads(step.arguments)
        call = {"tool_name": step.name, "tool_args": arguments, "call_id": step.call_id}
        return [Frame("tool_call", call)]
    result = {"tool_name": step.name, "summary": step.summary, "call_id": step.call_id, "record_info": {}}
    return [Frame("tool_success", result), Frame("restreaming"), Frame("metadata")]


def _error(broke: Broke) -> Json:
    if broke.again:
        return {"error": "No complete response received from AI service"}
    if broke.conversation is not None:
        return {
            "error": broke.message,
            "details": broke.code,
            "conversation": bodies.conversation(broke.conversation),
        }
    return {"error": broke.message, "details": broke.code}


class Documented:
    """Text comes in pieces that are only ever appended; each citation is told once, when it is first used."""

    def __init__(self) -> None:
        self._told: set[int] = set()

    def frames(self, step: Step) -> list[Frame]:
        """Return the frames that tell `step`."""
        match step:
            case Opened(conversation_id):
                opened = {"message": "Connection established", "conversationId": conversation_id}
                return [Frame("connected", opened)]
            case Wrote(delta, _, citations):
                new = [each for each in citations if each["chunkIndex"] not in self._told]
                self._told.update(each["chunkIndex"] for each in new)
                told = [Frame("citation", bodies.documented_citation(each)) for each in new]
                return [Frame("chunk", {"content": bare(delta)}), *told]
            case Saved(conversation, padding=padding):
                body = bodies.documented_conversation(conversation)
                return [Frame("complete", {"conversation": body | _padded(padding)})]
            case Broke(message, again=False):
                return [Frame("error", {"error": message})]
            case _:
                return []


def _padded(size: int) -> dict[str, object]:
    return {"metadata": {"padding": "x" * size}} if size else {}
