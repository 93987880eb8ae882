"""How a finished answer stands: what was done with it since, and what can be done now."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Archived:
    """Who archived a conversation (a Slack user) and when, in seconds since 1970."""

    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What the row of buttons under an answer depends on.

    `newest`: it is its conversation's last answer, the only one the server writes anew. `earlier`: how
    many versions came before it. `deleted`: its conversation is gone, and with it every button. `note`:
    something to be said under it, in Slack markup.
    """

    newest: bool = True
    archived: Archived | None = None
    earlier: int = 0
    deleted: bool = False
    note: str = ""


STANDS_ALONE = Standing()
