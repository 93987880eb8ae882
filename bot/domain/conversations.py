"""Conversations as PipesHub keeps them, the events of an answer's stream, and what a finished answer shows.

Three generations of servers have three vocabularies; all of them are translated to these events.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import assert_never

from bot.domain.errors import BotError
from bot.domain.turns import Thread
from bot.sentences import sentence


@dataclass(frozen=True, slots=True)
class Citation:
    """One passage an answer rests on.

    `number` is the one its marker bears in the text (PipesHub's `chunkIndex`). `url` is as the
    server sent it: absolute, relative or missing. `relevance` runs from 0 to 1 where the server
    gives one.
    """

    number: int
    title: str
    excerpt: str = ""
    url: str | None = None
    id: str | None = None
    record_id: str | None = None
    record_type: str | None = None
    connector: str | None = None
    page: int | None = None
    relevance: float | None = None


@dataclass(frozen=True, slots=True)
class CitedDocument:
    """The citations of one document, in the order of their numbers."""

    citations: tuple[Citation, ...]

    @property
    def title(self) -> str:
        """The document's name."""
        return self.citations[0].title

    @property
    def numbers(self) -> tuple[int, ...]:
        """The markers in the text that point to this document, each once."""
        return tuple(dict.fromkeys(citation.number for citation in self.citations))


def group_by_document(citations: tuple[Citation, ...]) -> tuple[CitedDocument, ...]:
    """Group citations by the document they are taken from, ordered by each document's lowest number."""
    documents: dict[str, list[Citation]] = {}
    for citation in sorted(citations, key=lambda each: each.number):
        documents.setdefault(citation.record_id or citation.url or citation.title, []).append(citation)
    return tuple(CitedDocument(tuple(group)) for group in documents.values())


class ConversationStatus(StrEnum):
    """How far a conversation's newest answer is."""

    NONE = "none"
    IN_PROGRESS = "in progress"
    COMPLETE = "complete"
    FAILED = "failed"
    STOPPED = "stopped"
    """Stopped by a person, or (from v0.7 on) because its reader left; what is stored of it is a part."""


class MessageAuthor(StrEnum):
    """The author of a message; those the bot does not need to tell apart are `OTHER`."""

    USER = "user_query"
    BOT = "bot_response"
    ERROR = "error"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    id: str
    author: MessageAuthor
    content: str
    citations: tuple[Citation, ...] = ()
    follow_ups: tuple[str, ...] = ()
    confidence: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as the server last described it.

    `messages` are in the order they were written. `shared_with` has the level of each reader, `read` or
    `write`, by PipesHub's id. What a server left out keeps its default.
    """

    id: str
    title: str = ""
    status: ConversationStatus = ConversationStatus.NONE
    messages: tuple[Message, ...] = ()
    fail_reason: str | None = None
    owner: str | None = None
    is_owner: bool | None = None
    is_shared: bool = False
    shared_with: Mapping[str, str] = field(default_factory=dict)
    is_archived: bool = False
    last_activity_at: datetime | None = None

    def message(self, message_id: str) -> Message | None:
        """Return one of the messages by its id."""
        return next((each for each in self.messages if each.id == message_id), None)

    def question_before(self, message_id: str | None) -> str:
        """Return what was asked before a message, empty where that is not among these."""
        asked = ""
        for message in self.messages:
            if message.id == message_id:
                return asked
            if message.author is MessageAuthor.USER:
                asked = message.content
        return ""

    @property
    def answer(self) -> Message | None:
        """The answer to the newest question, or None while there is none.

        Errors and tool calls can follow an answer, so the last message need not be it.
        """
        for message in reversed(self.messages):
            if message.author is MessageAuthor.BOT:
                return message
            if message.author is MessageAuthor.USER:
                return None
        return None


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """One page of a list of conversations; `total` counts all pages, where the server says it."""

    conversations: tuple[Conversation, ...]
    has_next: bool = False
    total: int | None = None


@dataclass(frozen=True, slots=True)
class ConversationStarted:
    """The conversation's id is known; no text came yet."""

    conversation_id: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What the server says it is doing, in a short phrase fit for a person."""

    phrase: str


@dataclass(frozen=True, slots=True)
class TextSoFar:
    """The whole text so far. It replaces what was shown before and can be shorter than that."""

    text: str


@dataclass(frozen=True, slots=True)
class CitationsSoFar:
    """All citations known so far."""

    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Completed:
    """The last event: the answer as the server stored it, and its conversation.

    Both ids can be empty, where a server sent the bare text of its answer.
    """

    conversation: Conversation
    answer: Message


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer failed."""

    error: BotError


AnswerEvent = ConversationStarted | Progress | TextSoFar | CitationsSoFar | Completed | Failed


class AnswerState(StrEnum):
    """How far an answer is."""

    WRITING = "writing"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of an answer after some events of its stream."""

    state: AnswerState = AnswerState.WRITING
    text: str = ""
    progress: str = ""
    citations: tuple[Citation, ...] = ()
    follow_ups: tuple[str, ...] = ()
    confidence: str | None = None
    conversation_id: str | None = None
    message_id: str | None = None
    error: BotError | None = None
    stopped_by: str | None = None
    goes_on: bool = True
    """Whether the server may go on with an answer that was stopped, so that the whole can be shown later."""

    def with_event(self, event: AnswerEvent) -> "Answer":
        """Return what is known after `event`; nothing changes after the first ending."""
        if self.state is not AnswerState.WRITING:
            return self
        match event:
            case ConversationStarted(conversation_id):
                return replace(self, conversation_id=conversation_id)
            case Progress(doing):
                return replace(self, progress=doing)
            case TextSoFar(text):
                return replace(self, text=text, progress="" if text else self.progress)
            case CitationsSoFar(citations):
                return replace(self, citations=citations)
            case Completed(conversation, answer):
                return finished_answer(answer, conversation.id or self.conversation_id)
            case Failed(error):
                return replace(self, state=AnswerState.FAILED, error=error)
            case _:
                assert_never(event)

    def stopped(self, person: str, *, goes_on: bool = True) -> "Answer":
        """Return the answer as far as it came when `person` (a Slack user) stopped it."""
        return replace(self, state=AnswerState.STOPPED, error=None, stopped_by=person, goes_on=goes_on)


def queued_answer(ahead: int) -> Answer:
    """Return the answer to a question that waits behind `ahead` others of its thread."""
    return Answer(progress=sentence("answer.queued", position=_ordinal(ahead + 1))) if ahead else Answer()


def _ordinal(number: int) -> str:
    teens = number % 100 in range(11, 14)
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def finished_answer(message: Message, conversation_id: str | None) -> Answer:
    """Return the finished answer that the server keeps as `message`."""
    return Answer(
        state=AnswerState.DONE,
        text=message.content,
        citations=message.citations,
        follow_ups=message.follow_ups,
        confidence=message.confidence,
        conversation_id=conversation_id,
        message_id=message.id or None,
    )


CONVERSATIONS_PER_PAGE = 10
"""Conversations on a page of a list."""

MAX_SEARCH_LENGTH = 200
"""Characters of a search; the server takes 1,000, a button has less room."""


class ConversationList(StrEnum):
    """The lists a person can look through."""

    MINE = "mine"
    SHARED = "shared"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class ListPosition:
    """A place in a list: `page` (from 1) of those conversations that mention `search`."""

    conversation_list: ConversationList = ConversationList.MINE
    page: int = 1
    search: str = ""


@dataclass(frozen=True, slots=True)
class ListedConversation:
    """One conversation of a list.

    `thread` is where it started in Slack, if the reader started it; `link` is its address, where Slack gives
    one. `turn_id` is its newest finished answer, through which its owner manages it.
    """

    conversation: Conversation
    thread: Thread | None = None
    link: str | None = None
    turn_id: str | None = None


@dataclass(frozen=True, slots=True)
class ConversationListPage:
    """One page of a list.

    `total` counts all pages. `complete` is False where older conversations were not searched. `has_account`
    is False where no PipesHub account matches the person in Slack.
    """

    position: ListPosition
    conversations: tuple[ListedConversation, ...] = ()
    total: int = 0
    complete: bool = True
    has_account: bool = True


@dataclass(frozen=True, slots=True)
class TranscriptPage:
    """A page of a conversation, the newest messages on page 1, in the order they were written.

    `askers` are the Slack users who asked its questions, by the id of the message, as far as they are known.
    `has_earlier` says whether an older page exists; `link` leads to the thread, if the reader started it.
    """

    conversation: Conversation
    messages: tuple[Message, ...]
    askers: Mapping[str, str] = field(default_factory=dict)
    page: int = 1
    has_earlier: bool = False
    link: str | None = None


@dataclass(frozen=True, slots=True)
class ArchiveRecord:
    """Which Slack user archived a conversation, and when, in seconds since 1970.

    `archived_by` is None where the scheduled job did it, after `after_days` days without a question.
    """

    archived_by: str | None
    archived_at: float
    after_days: int | None = None


@dataclass(frozen=True, slots=True)
class IdleConversation:
    """A conversation without a question for a while, with its thread and its PipesHub identity."""

    thread: Thread
    identity: str
    conversation_id: str


class PrivateAnswerState(Enum):
    """Whether an answer is private: in a direct message, not in the thread of its question."""

    NONE = auto()
    PRIVATE = auto()
    """It is, and its asker can share it in that thread."""
    SHARED = auto()
    """It is, and was shared in that thread."""


class UnpromptedState(Enum):
    """Whether the bot answers in a thread where it is not mentioned."""

    PROMPTED = auto()
    ANSWERING = auto()
    SILENCED = auto()
    """It does not, since a person stopped it."""


@dataclass(frozen=True, slots=True)
class FooterState:
    """What the footer of an answer, with its buttons, depends on.

    `is_newest`: it is its conversation's last answer, the only one the server regenerates. `is_lost`: the
    server does not have it any more, so that it takes neither feedback nor Regenerate. `is_deleted`: its
    conversation is deleted, and with it every button. `note` is shown under it, in Slack markup.
    `can_stop_replying`: people can keep the bot from replying in its thread.
    """

    is_newest: bool = True
    archived: ArchiveRecord | None = None
    earlier_versions: int = 0
    is_lost: bool = False
    is_deleted: bool = False
    note: str = ""
    private_answer: PrivateAnswerState = PrivateAnswerState.NONE
    unprompted: UnpromptedState = UnpromptedState.PROMPTED
    can_stop_replying: bool = False

    @property
    def can_regenerate(self) -> bool:
        """Whether the server can be asked to regenerate it."""
        return self.is_newest and not self.is_lost


DEFAULT_FOOTER = FooterState()
