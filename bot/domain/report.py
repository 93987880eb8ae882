"""Weak answers, and the weekly report made of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.conversations import Answer, State
from bot.domain.turns import Turn

LOW = "low"
"""PipesHub's word for an answer that it hardly trusts itself, in whatever letters."""


class Lack(StrEnum):
    """Why a question counts as unanswered."""

    NO_ANSWER = "no answer"
    NO_SOURCE = "no source"
    LOW_CONFIDENCE = "low confidence"


def lack(answer: Answer) -> Lack | None:
    """Return what an answer lacks; None where it is a good one, or was stopped before that can be said."""
    if answer.state is State.FAILED:
        return Lack.NO_ANSWER
    if answer.state is not State.DONE:
        return None
    if not answer.citations:
        return Lack.NO_SOURCE
    return Lack.LOW_CONFIDENCE if (answer.confidence or "").casefold() == LOW else None


@dataclass(frozen=True, slots=True)
class Gap:
    """A question that counts as unanswered (`lack` says why), or whose answer people voted down, or both."""

    turn: Turn
    lack: Lack | None = None
    down_votes: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """How many questions there are of each kind; one can be of both."""

    gaps: int = 0
    unanswered: int = 0
    voted_down: int = 0


NO_GAPS = Counts()


def counted(gaps: Iterable[Gap]) -> Counts:
    """Count gaps."""
    found = list(gaps)
    return Counts(
        len(found), sum(each.lack is not None for each in found), sum(each.down_votes > 0 for each in found)
    )


@dataclass(frozen=True, slots=True)
class Told:
    """A gap that everybody may see: the address of its question, and the question where it can be told."""

    gap: Gap
    link: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class ChannelGaps:
    """What is missing in one public channel; `told` are some of the gaps or all."""

    channel: str
    counts: Counts
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The gaps between two moments (seconds since 1970) in which `asked` questions were ended.

    `hidden` counts those in private channels and direct messages.
    """

    since: float
    until: float
    asked: int
    channels: tuple[ChannelGaps, ...] = ()
    hidden: Counts = NO_GAPS
