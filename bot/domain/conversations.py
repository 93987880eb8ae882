"""Conversations as PipesHub keeps them, the events of an answer's stream, and what a finished answer shows.

Three generations of servers speak three vocabularies; all of them come down to the events defined here.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import assert_never

from bot.domain.errors import BotError
from bot.domain.turns import Thread


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
class Source:
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


def by_document(citations: tuple[Citation, ...]) -> tuple[Source, ...]:
    """Group citations by the document they are taken from, ordered by each document's lowest number."""
    documents: dict[str, list[Citation]] = {}
    for citation in sorted(citations, key=lambda each: each.number):
        documents.setdefault(citation.record_id or citation.url or citation.title, []).append(citation)
    return tuple(Source(tuple(group)) for group in documents.values())


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


@dataclass(frozen=True, slots=True)
class Opened:
    """The conversation's id is known; the answer is on its way."""

    conversation_id: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What the server says it is doing, in a short phrase fit for a person."""

    doing: str


@dataclass(frozen=True, slots=True)
class TextSoFar:
    """The whole text so far. It replaces what was shown before and can be shorter than that."""

    text: str


@dataclass(frozen=True, slots=True)
class Cited:
    """All citations known so far."""

    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Completed:
    """The last word: the answer as the server stored it, and its conversation.

    Both ids can be empty, where a server sent the bare text of its answer.
    """

    conversation: Conversation
    answer: Message


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer will not come."""

    error: BotError


Event = Opened | Progress | TextSoFar | Cited | Completed | Failed


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


ROWS = 10
"""Conversations on a page of a list."""

LONGEST_SEARCH = 200
"""Characters of a search; the server takes 1,000, a button has less room."""


class Shelf(StrEnum):
    """The lists a person can look through."""

    MINE = "mine"
    SHARED = "shared"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is: on page `number` (from 1) of a shelf, among what mentions `search`."""

    shelf: Shelf = Shelf.MINE
    number: int = 1
    search: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation of a list.

    `thread` is where it was born in Slack, if the reader began it there; `link` leads to it, where Slack
    tells an address. `turn` is its newest finished answer, through which its owner manages it.
    """

    conversation: Conversation
    thread: Thread | None = None
    link: str | None = None
    turn: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list.

    `total` counts all pages. `complete` is False where older conversations were not looked through.
    `matched` is False where nobody in PipesHub goes with the person in Slack.
    """

    place: Place
    rows: tuple[Row, ...] = ()
    total: int = 0
    complete: bool = True
    matched: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a conversation; `asker` is the Slack user who asked it, where that is known."""

    message: Message
    asker: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A page of a conversation, the newest messages on page 1, in the order they were written.

    `earlier` says whether an older page exists; `link` leads to the thread, where the reader began it.
    """

    conversation: Conversation
    said: tuple[Said, ...]
    number: int = 1
    earlier: bool = False
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Archived:
    """Who archived a conversation (a Slack user) and when, in seconds since 1970.

    Nobody did where the clock did it, after so many days without a question.
    """

    by: str | None
    at: float
    after_days: int | None = None


@dataclass(frozen=True, slots=True)
class Idle:
    """A conversation in which nobody has asked for a while, with its thread and its PipesHub identity."""

    thread: Thread
    identity: str
    conversation_id: str


class Aside(Enum):
    """Whether an answer was asked in a thread that it does not stand in."""

    NONE = auto()
    PRIVATE = auto()
    """It was, and its asker can share it there."""
    SHARED = auto()
    """It was, and stands there too."""


class Unprompted(Enum):
    """Whether the bot talks in a thread without having been asked to."""

    NOT = auto()
    TALKING = auto()
    SILENCED = auto()
    """It did, until somebody wanted it to be silent."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the row of buttons under an answer depends on.

    `newest`: it is its conversation's last answer, the only one the server writes anew. `earlier`: how
    many versions came before it. `lost`: the server has it no more, so that it can be neither rated nor
    written anew. `deleted`: its conversation is gone, and with it every button. `note`: something to be
    said under it, in Slack markup. `aside`: how it relates to the thread it was asked in, where it stands
    elsewhere. `unprompted`: nobody asked the bot into its thread.
    """

    newest: bool = True
    archived: Archived | None = None
    earlier: int = 0
    lost: bool = False
    deleted: bool = False
    note: str = ""
    aside: Aside = Aside.NONE
    unprompted: Unprompted = Unprompted.NOT

    @property
    def rewritable(self) -> bool:
        """Whether the server can be asked to write it anew."""
        return self.newest and not self.lost


STANDS_ALONE = Standing()
