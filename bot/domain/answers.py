"""An answer while it is written, and when it is whole."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from bot.domain.citations import Citation
from bot.domain.conversations import Message
from bot.domain.errors import BotError
from bot.domain.events import Cited, Completed, Event, Failed, Opened, Progress, TextSoFar


class State(StrEnum):
    """How far an answer is."""

    WRITING = "writing"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of an answer after some events of its stream."""

    state: State = State.WRITING
    text: str = ""
    doing: str = ""
    citations: tuple[Citation, ...] = ()
    follow_ups: tuple[str, ...] = ()
    confidence: str | None = None
    conversation_id: str | None = None
    message_id: str | None = None
    error: BotError | None = None
    stopped_by: str | None = None

    def after(self, event: Event) -> "Answer":
        """Return what is known once `event` arrived. The first ending is the last word."""
        if self.state is not State.WRITING:
            return self
        match event:
            case Opened(conversation_id):
                return replace(self, conversation_id=conversation_id)
            case Progress(doing):
                return replace(self, doing=doing)
            case TextSoFar(text):
                return replace(self, text=text, doing="" if text else self.doing)
            case Cited(citations):
                return replace(self, citations=citations)
            case Completed(conversation, answer):
                return stored(answer, conversation.id or self.conversation_id)
            case Failed(error):
                return replace(self, state=State.FAILED, error=error)
            case _:
                assert_never(event)

    def stopped(self, person: str) -> "Answer":
        """Return the answer as far as it came when `person` (a Slack user) stopped it."""
        return replace(self, state=State.STOPPED, stopped_by=person)


def waiting(ahead: int) -> Answer:
    """Return what there is of an answer before which `ahead` questions of its thread are answered."""
    return Answer(doing=f"{_ordinal(ahead + 1)} in line") if ahead else Answer()


def _ordinal(number: int) -> str:
    teens = number % 100 in range(11, 14)
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def stored(message: Message, conversation_id: str | None) -> Answer:
    """Return the finished answer that the server keeps as `message`."""
    return Answer(
        state=State.DONE,
        text=message.content,
        citations=message.citations,
        follow_ups=message.follow_ups,
        confidence=message.confidence,
        conversation_id=conversation_id,
        message_id=message.id or None,
    )
