"""An answer in the making: what every vocabulary adds to, and the events that come of it."""

from collections.abc import Iterator

from bot.domain.conversations import (
    Citation,
    Cited,
    Completed,
    Conversation,
    Event,
    Failed,
    Message,
    Opened,
    Progress,
    Speaker,
    TextSoFar,
)
from bot.domain.errors import AnswerFailed
from bot.pipeshub import wire
from bot.pipeshub.citations import citations
from bot.pipeshub.failures import told
from bot.pipeshub.frames import Body, objects, text

_FAILURES = frozenset({"error", "fallback response"})


class Draft:
    """What a stream has said so far. Each method yields the events that are new by it."""

    def __init__(self, about: str = "an answer", conversation_id: str = "") -> None:
        self.ended = False
        self.text = ""
        self._about = about
        self._conversation_id = conversation_id
        self._opened = False
        self._doing = ""
        self._citations: tuple[Citation, ...] = ()
        self._verdict: Body = {}

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All citations known so far."""
        return self._citations

    @property
    def failing(self) -> str:
        """The server's word for the failure its answer hides, empty while it hides none."""
        match_type = text(self._verdict, "answerMatchType").casefold()
        hidden = match_type.replace(" ", "_") if match_type in _FAILURES else ""
        return text(self._verdict, "errorCode") or hidden

    def opened(self, conversation_id: str = "") -> Iterator[Event]:
        """Note that the server took the question, and the conversation's id once it is known."""
        self._conversation_id = self._conversation_id or conversation_id
        if self._conversation_id and not self._opened:
            self._opened = True
            yield Opened(self._conversation_id)

    def doing(self, phrase: str) -> Iterator[Event]:
        """Note what the server says it is doing."""
        if phrase and phrase != self._doing:
            self._doing = phrase
            yield Progress(phrase)

    def show(self, whole_text: str) -> Iterator[Event]:
        """Replace the text."""
        if whole_text != self.text:
            self.text = whole_text
            yield TextSoFar(whole_text)

    def cite(self, known: tuple[Citation, ...]) -> Iterator[Event]:
        """Replace the citations."""
        if known != self._citations:
            self._citations = known
            yield Cited(known)

    def judged(self, body: Body) -> None:
        """Keep what the server says of its own answer; only the live stream ever says it."""
        if text(body, "errorCode", "answerMatchType"):
            self._verdict = body

    def completed(self, body: Body) -> Iterator[Event]:
        """End with the answer in `body`: a conversation, wrapped or bare, or the bare answer.

        Where neither is there the text so far is the answer. A success in which the server hides
        a failure ends as one.
        """
        self.judged(body)
        conversation = wire.conversation(body, self._conversation_id) or Conversation("")
        yield from self.opened(conversation.id)
        answer = conversation.answer or self._bare_answer(body)
        reason = self.failing or _stored_failure(conversation) or ("" if answer else "no_answer")
        self.ended = True
        if answer is None or reason:
            yield Failed(AnswerFailed(f"{self._about}: {reason}", reason))
        else:
            yield Completed(conversation, answer)

    def failed(self, body: Body) -> Iterator[Event]:
        """End with the error in `body`; some carry the conversation as well."""
        conversation = wire.conversation({"conversation": body.get("conversation")})
        if conversation is not None:
            yield from self.opened(conversation.id)
        self.ended = True
        yield Failed(told(self._about, body))

    def _bare_answer(self, body: Body) -> Message | None:
        for inner in (body, *(objects(body.get(envelope)) for envelope in ("message", "result", "data"))):
            if text(inner, "answer", "content"):
                return wire.message({**inner, "messageType": Speaker.BOT.value})
        return Message("", Speaker.BOT, self.text, self._citations) if self.text.strip() else None


def _stored_failure(conversation: Conversation) -> str:
    ends_in_error = conversation.messages and conversation.messages[-1].speaker is Speaker.ERROR
    return "stored_error" if ends_in_error and conversation.answer is None else ""


def cited(body: Body) -> tuple[Citation, ...]:
    """Return the citations a frame carries as `citations`."""
    return citations(body.get("citations"))
