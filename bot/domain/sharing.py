"""Sharing a conversation: who is who on both sides, and what came of it."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.answers import Answer
from bot.domain.threads import Thread


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in Slack; `email` is lower case, and None where Slack tells none."""

    id: str
    name: str
    email: str | None = None
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody in PipesHub; `name` is empty where the server tells none."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody in Slack with their account in PipesHub."""

    member: Member
    account: Account


class Why(StrEnum):
    """Why a conversation cannot be shared with somebody."""

    ONESELF = "oneself"
    BOT = "bot"
    NO_EMAIL = "no e-mail address"
    NO_ACCOUNT = "no account"


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Somebody in Slack with whom a conversation cannot be shared."""

    member: Member
    why: Why


@dataclass(frozen=True, slots=True)
class Matching:
    """The people somebody chose, matched to accounts as far as that goes."""

    matches: tuple[Match, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """An account that has access now; `level` is `read` or `write`."""

    account: Account
    level: str


@dataclass(frozen=True, slots=True)
class Present:
    """A conversation's title, and who has access to it beside its owner."""

    title: str
    readers: tuple[Reader, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """What the server gave somebody.

    `level` is `read`, `write`, or None where it gave nothing. `is_news` says that it is more or less
    than they had before.
    """

    match: Match
    level: str | None
    is_news: bool


@dataclass(frozen=True, slots=True)
class Granted:
    """What came of sharing the conversation called `title`, which is `thread` in Slack."""

    title: str
    thread: Thread
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """What came of taking an account's access back; `gone` where the server did so."""

    account: Account
    gone: bool


@dataclass(frozen=True, slots=True)
class Copy:
    """The answer of a turn, to be shown elsewhere: what was asked, by whom (a Slack user) and where."""

    turn: str
    question: str
    asker: str
    thread: Thread
    answer: Answer
