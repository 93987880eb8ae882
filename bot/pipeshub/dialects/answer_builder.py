"""The answer so far, built from a stream's frames of any dialect, and the phrases for its progress."""

import re
from collections.abc import Iterator

from bot.domain.conversations import (
    AnswerEvent,
    Citation,
    CitationsSoFar,
    Completed,
    Conversation,
    ConversationStarted,
    ConversationStatus,
    Failed,
    Message,
    MessageAuthor,
    Progress,
    TextSoFar,
)
from bot.domain.errors import AnswerFailed, AnswerStopped
from bot.domain.text import single_line
from bot.pipeshub import bodies
from bot.pipeshub.errors import error_from_stream
from bot.pipeshub.json_body import JsonObject, as_object, first_text, objects_in


def question_asked_back(body: JsonObject) -> str:
    """Return what `ask_user_question` asks, options as a list; empty where it asks nothing.

    The person answers by the next question: a conversation goes on after one that was asked back.
    """
    questions = objects_in(as_object(body.get("toolData")).get("questions"))
    return "\n\n".join("\n".join(_lines(each)) for each in questions if first_text(each, "question"))


def _lines(question: JsonObject) -> Iterator[str]:
    yield first_text(question, "question")
    for option in objects_in(question.get("options")):
        if label := first_text(option, "label"):
            yield f"- {label}"


_FAILURES = frozenset({"error", "fallback response"})


class Pace:
    """Says when a growing text is read again as a whole, so that all the readings take linear time.

    A long text waits until a sixteenth part of it is new; a short one is read again at each word.
    """

    def __init__(self) -> None:
        self._new = 0

    def is_due(self, new: int, size: int) -> bool:
        """Note that `new` characters came to a text of `size`; return whether it is read again now."""
        self._new += new
        if size > _SHORT_TEXT and self._new * _SHARE < size:
            return False
        self._new = 0
        return True


_SHORT_TEXT = 4000  # characters
_SHARE = 16


class AnswerBuilder:
    """What a stream has said so far. Each method yields the events that it adds."""

    def __init__(self, about: str = "an answer", conversation_id: str = "") -> None:
        self.ended = False
        self.text = ""
        self.citations: tuple[Citation, ...] = ()
        self.about = about
        self._conversation_id = conversation_id
        self._is_started = False
        self._progress = ""
        self._verdict: JsonObject = {}

    @property
    def hidden_failure(self) -> str:
        """The server's code for the failure that its answer hides, empty while it hides none."""
        match_type = first_text(self._verdict, "answerMatchType").casefold()
        hidden = match_type.replace(" ", "_") if match_type in _FAILURES else ""
        return first_text(self._verdict, "errorCode") or hidden

    def start(self, conversation_id: str = "") -> Iterator[AnswerEvent]:
        """Note that the server took the question, and the conversation's id once it is known."""
        self._conversation_id = self._conversation_id or conversation_id
        if self._conversation_id and not self._is_started:
            self._is_started = True
            yield ConversationStarted(self._conversation_id)

    def set_progress(self, phrase: str) -> Iterator[AnswerEvent]:
        """Note what the server says it is doing."""
        if phrase and phrase != self._progress:
            self._progress = phrase
            yield Progress(phrase)

    def set_text(self, whole_text: str) -> Iterator[AnswerEvent]:
        """Replace the text."""
        if whole_text != self.text:
            self.text = whole_text
            yield TextSoFar(whole_text)

    def set_citations(self, known: tuple[Citation, ...]) -> Iterator[AnswerEvent]:
        """Replace the citations."""
        if known != self.citations:
            self.citations = known
            yield CitationsSoFar(known)

    def keep_verdict(self, body: JsonObject) -> None:
        """Keep how the server rates its own answer; only the live stream says it."""
        if first_text(body, "errorCode", "answerMatchType"):
            self._verdict = body

    def complete(self, body: JsonObject) -> Iterator[AnswerEvent]:
        """End with the answer in `body`: a conversation, wrapped or bare, or the bare answer.

        Where there is neither, the text so far is the answer. A success in which the server hides a failure
        ends as a failure.
        """
        self.keep_verdict(body)
        conversation = bodies.parse_conversation(body, self._conversation_id) or Conversation("")
        yield from self.start(conversation.id)
        answer = conversation.answer or self._bare_answer(body)
        reason = self.hidden_failure or _stored_failure(conversation) or ("" if answer else "no_answer")
        self.ended = True
        if conversation.status is ConversationStatus.STOPPED or _says_stopped(body):
            yield Failed(AnswerStopped(f"{self.about}: stopped"))
        elif answer is None or reason or not answer.content.strip():
            reason = reason or "empty_answer"
            yield Failed(AnswerFailed(f"{self.about}: {reason}", reason))
        else:
            yield Completed(conversation, answer)

    def fail(self, body: JsonObject) -> Iterator[AnswerEvent]:
        """End with the error in `body`; some carry the conversation as well."""
        conversation = bodies.parse_conversation({"conversation": body.get("conversation")})
        if conversation is not None:
            yield from self.start(conversation.id)
        self.ended = True
        yield Failed(error_from_stream(self.about, body))

    def _bare_answer(self, body: JsonObject) -> Message | None:
        for inner in (body, *(as_object(body.get(envelope)) for envelope in ("message", "result", "data"))):
            if first_text(inner, "answer", "content"):
                return bodies.parse_message({**inner, "messageType": MessageAuthor.BOT.value})
        return Message("", MessageAuthor.BOT, self.text, self.citations) if self.text.strip() else None


def _says_stopped(body: JsonObject) -> bool:
    """Return whether the last event says that the run was stopped, in the frame or in its result."""
    return "stopped" in (
        first_text(each, "status").casefold() for each in (body, as_object(body.get("result")))
    )


def _stored_failure(conversation: Conversation) -> str:
    ends_in_error = conversation.messages and conversation.messages[-1].author is MessageAuthor.ERROR
    return "stored_error" if ends_in_error and conversation.answer is None else ""


_MAX_PHRASE_LENGTH = 140  # characters; one line under a message on a wide screen
_MAX_RAW_PHRASE = 1000  # characters of which such a line is made

# The states of servers before v0.6.0 (`status`) and after (`STATE_SNAPSHOT`).
_STATES = {
    "transforming": "Rephrasing the question",
    "analyzing": "Analysing the question",
    "searching": "Searching the company's knowledge",
    "processing": "Reading what was found",
    "ranking": "Choosing the best passages",
    "checking_tools": "Choosing the tools",
    "planning": "Making a plan",
    "executing": "Carrying out the plan",
    "generating_answer": "Writing the answer",
    "calling_llm": "Thinking it through",
    "spawning_agent": "Bringing in a specialist",
    "waiting_hil": "Waiting for an approval",
}
# How servers sum up a search: by the name of its one argument.
_QUERY_ARGUMENT = re.compile(r"^\s*(?:query|search_query|q)\s*[:=]\s*", re.IGNORECASE)
# The first two repeat the placeholder.
_STATES_NOT_SHOWN = frozenset(
    {"started", "starting", "keepalive", "idle", "checkpointing", "completed", "failed", "cancelled"}
)


def state_phrase(name: str, message: str = "") -> str:
    """Return the phrase for a state: the server's own message, else ours, else the state's name."""
    if name in _STATES_NOT_SHOWN:
        return ""
    return shorten_phrase(message) or _STATES.get(name) or humanize(name)


def tool_call_phrase(label: str, arguments: str = "") -> str:
    """Return the phrase for a tool at work, with a summary of its arguments where there is one."""
    sought = _QUERY_ARGUMENT.sub("", arguments[:_MAX_RAW_PHRASE])
    return shorten_phrase(f"{label}: {sought}" if label and sought else label)


def tool_result_phrase(label: str, result: str) -> str:
    """Return the phrase for what a tool found, empty where nothing is said of it."""
    return shorten_phrase(f"{label}: {result}" if label else result) if result else ""


def tool_failure_phrase(label: str) -> str:
    """Return the phrase for a tool that did not work; the answer goes on without it."""
    return shorten_phrase(f"{label} did not work, going on without it") if label else ""


def step_phrase(name: str) -> str:
    """Return the phrase for a step of a plan; `sub_agent:<role>` is one done by a specialist."""
    kind, _, role = name.partition(":")
    return shorten_phrase(f"At work: {humanize(role)}" if role else humanize(kind))


def shorten_phrase(phrase: str) -> str:
    """Return `phrase` on one line, without the dots at its end, cut where it is too long."""
    line = single_line(phrase[:_MAX_RAW_PHRASE]).rstrip(" .…")
    return line if len(line) <= _MAX_PHRASE_LENGTH else f"{line[: _MAX_PHRASE_LENGTH - 1].rstrip()}…"


def humanize(name: str) -> str:
    """Return an identifier such as `search_internal_knowledge` as words."""
    words = re.sub(r"[_.\-\s]+", " ", name[:_MAX_RAW_PHRASE]).strip()
    return words[:1].upper() + words[1:]
