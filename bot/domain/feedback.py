"""Feedback on an answer, in the words of the API's documentation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.conversations import Citation


class Aspect(StrEnum):
    """What is rated from 1 to 5."""

    ACCURACY = "accuracy"
    RELEVANCE = "relevance"
    COMPLETENESS = "completeness"
    CLARITY = "clarity"


class Category(StrEnum):
    """What is wrong with an answer."""

    INCORRECT = "incorrect_information"
    MISSING = "missing_information"
    OUTDATED = "outdated_information"
    IRRELEVANT = "irrelevant_response"
    TOO_VERBOSE = "too_verbose"
    TOO_BRIEF = "too_brief"
    FORMATTING = "formatting_issues"
    CITATIONS = "citation_issues"


class Comment(StrEnum):
    """The kinds of comments on an answer."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    SUGGESTIONS = "suggestions"


@dataclass(frozen=True, slots=True)
class Feedback:
    """Everything a person can say about an answer; what is left open is None or empty.

    `ratings` run from 1 (poor) to 5 (very good); `citation_relevance` says, by the ids of citations, whether
    they belong to the answer.
    """

    is_helpful: bool | None = None
    ratings: Mapping[Aspect, int] = field(default_factory=dict)
    categories: tuple[Category, ...] = ()
    comments: Mapping[Comment, str] = field(default_factory=dict)
    citation_relevance: Mapping[str, bool] = field(default_factory=dict)
    follow_ups_helpful: bool | None = None

    @property
    def has_details(self) -> bool:
        """Whether it is more than a vote."""
        entered = (self.ratings, self.categories, self.comments, self.citation_relevance)
        return any(entered) or self.follow_ups_helpful is not None


@dataclass(frozen=True, slots=True)
class FeedbackSubject:
    """What feedback can be given on: an answer's citations and follow-ups, with the vote so far."""

    is_helpful: bool | None = None
    citations: tuple[Citation, ...] = ()
    has_follow_ups: bool = False
