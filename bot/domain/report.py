"""Weak answers, and the weekly report made of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.conversations import Answer, AnswerState
from bot.domain.turns import Turn

LOW_CONFIDENCE = "low"
"""PipesHub's word for an answer that it hardly trusts itself, in whatever letters."""


class Weakness(StrEnum):
    """Why a question counts as unanswered."""

    NO_ANSWER = "no answer"
    NO_SOURCE = "no source"
    LOW_CONFIDENCE = "low confidence"


def weakness_of(answer: Answer) -> Weakness | None:
    """Return what an answer lacks; None where it is a good one, or was stopped before that can be said."""
    if answer.state is AnswerState.FAILED:
        return Weakness.NO_ANSWER
    if answer.state is not AnswerState.DONE:
        return None
    if not answer.citations:
        return Weakness.NO_SOURCE
    return Weakness.LOW_CONFIDENCE if (answer.confidence or "").casefold() == LOW_CONFIDENCE else None


@dataclass(frozen=True, slots=True)
class WeakAnswer:
    """A question that counts as unanswered (`lack` says why), or whose answer people voted down, or both."""

    turn: Turn
    weakness: Weakness | None = None
    down_votes: int = 0


@dataclass(frozen=True, slots=True)
class WeakAnswerCounts:
    """How many questions there are of each kind; one can be of both."""

    total: int = 0
    unanswered: int = 0
    voted_down: int = 0


NO_WEAK_ANSWERS = WeakAnswerCounts()


def count_weak_answers(weak_answers: Iterable[WeakAnswer]) -> WeakAnswerCounts:
    """Count gaps."""
    found = list(weak_answers)
    return WeakAnswerCounts(
        len(found),
        sum(each.weakness is not None for each in found),
        sum(each.down_votes > 0 for each in found),
    )


@dataclass(frozen=True, slots=True)
class ReportedQuestion:
    """A gap that everybody may see: the address of its question, and the question where it can be told."""

    weak_answer: WeakAnswer
    link: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class ChannelReport:
    """What is missing in one public channel; `told` are some of the gaps or all."""

    channel: str
    counts: WeakAnswerCounts
    questions: tuple[ReportedQuestion, ...] = ()


@dataclass(frozen=True, slots=True)
class WeeklyReport:
    """The gaps between two moments (seconds since 1970) in which `asked` questions were ended.

    `hidden` counts those in private channels and direct messages.
    """

    since: float
    until: float
    question_count: int
    channels: tuple[ChannelReport, ...] = ()
    private: WeakAnswerCounts = NO_WEAK_ANSWERS
