"""How a finished answer stands: what was done with it since, and what can be done now."""

from dataclasses import dataclass
from enum import Enum, auto

from bot.domain.threads import Thread


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
