"""What PipesHub keeps: conversations and their messages."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.citations import Citation


class Status(StrEnum):
    """How far a conversation's newest answer is."""

    NONE = "none"
    IN_PROGRESS = "in progress"
    COMPLETE = "complete"
    FAILED = "failed"


class Speaker(StrEnum):
    """Whose message it is; what the bot does not need to tell apart is `OTHER`."""

    USER = "user_query"
    BOT = "bot_response"
    ERROR = "error"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    id: str
    speaker: Speaker
    content: str
    citations: tuple[Citation, ...] = ()
    follow_ups: tuple[str, ...] = ()
    confidence: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """One person a conversation is shared with; `level` is `read` or `write`."""

    user_id: str
    level: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as the server last described it.

    `messages` are in the order they were written. What a server left out keeps its default.
    """

    id: str
    title: str = ""
    status: Status = Status.NONE
    messages: tuple[Message, ...] = ()
    fail_reason: str | None = None
    owner: str | None = None
    is_owner: bool | None = None
    is_shared: bool = False
    shared_with: tuple[Access, ...] = ()
    is_archived: bool = False
    last_activity_at: datetime | None = None

    def message(self, message_id: str) -> Message | None:
        """Return one of the messages by its id."""
        return next((each for each in self.messages if each.id == message_id), None)

    @property
    def answer(self) -> Message | None:
        """The answer to the newest question, or None while there is none.

        Errors and tool calls can follow an answer, so the last message need not be it.
        """
        for message in reversed(self.messages):
            if message.speaker is Speaker.BOT:
                return message
            if message.speaker is Speaker.USER:
                return None
        return None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list of conversations; `total` counts all pages, where the server says it."""

    rows: tuple[Conversation, ...]
    has_next: bool = False
    total: int | None = None
