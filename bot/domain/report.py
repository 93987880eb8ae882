"""Weak answers (without a source, of low confidence, voted down), and the weekly report made of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.conversations import Answer, AnswerState
from bot.domain.turns import Turn

LOW_CONFIDENCE = "low"
"""PipesHub's word for an answer that it hardly trusts itself, in upper or lower case."""


class Weakness(StrEnum):
    """Why a question counts as unanswered."""

    NO_ANSWER = "no answer"
    NO_SOURCE = "no source"
    LOW_CONFIDENCE = "low confidence"


def weakness_of(answer: Answer) -> Weakness | None:
    """Return why an answer is weak; None where it is not, or was stopped."""
    if answer.state is AnswerState.FAILED:
        return Weakness.NO_ANSWER
    if answer.state is not AnswerState.DONE:
        return None
    if not answer.citations:
        return Weakness.NO_SOURCE
    return Weakness.LOW_CONFIDENCE if (answer.confidence or "").casefold() == LOW_CONFIDENCE else None


@dataclass(frozen=True, slots=True)
class WeakAnswer:
    """A turn that counts as unanswered (`weakness` says why), whose answer was voted down, or both."""

    turn: Turn
    weakness: Weakness | None = None
    down_votes: int = 0


@dataclass(frozen=True, slots=True)
class WeakAnswerCounts:
    """How many weak answers there are of each kind; one can be of both."""

    total: int = 0
    unanswered: int = 0
    voted_down: int = 0


NO_WEAK_ANSWERS = WeakAnswerCounts()


def count_weak_answers(weak_answers: Iterable[WeakAnswer]) -> WeakAnswerCounts:
    """Return how many weak answers there are of each kind."""
    found = list(weak_answers)
    return WeakAnswerCounts(
        len(found),
        sum(each.weakness is not None for each in found),
        sum(each.down_votes > 0 for each in found),
    )


@dataclass(frozen=True, slots=True)
class ReportedQuestion:
    """A weak answer in a public channel, with a link to its question, and the question where it is known."""

    weak_answer: WeakAnswer
    link: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class ChannelReport:
    """The weak answers in one public channel; `questions` are some of them or all."""

    channel: str
    counts: WeakAnswerCounts
    questions: tuple[ReportedQuestion, ...] = ()


@dataclass(frozen=True, slots=True)
class WeeklyReport:
    """The weak answers between two moments (seconds since 1970) in which `question_count` questions ended.

    `private` counts those in private channels and direct messages.
    """

    since: float
    until: float
    question_count: int
    channels: tuple[ChannelReport, ...] = ()
    private: WeakAnswerCounts = NO_WEAK_ANSWERS
