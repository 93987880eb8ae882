"""Looking through conversations: which list, which page of it, and what stands there."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.conversations import Conversation, Message
from bot.domain.threads import Thread

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
