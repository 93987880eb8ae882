"""The request of each operation: method, path, query and body.

What servers take and refuse is cited by release; it was read from PipesHub's source and tried on its servers.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote
from uuid import uuid4

import structlog

from bot.domain.feedback import Category, Feedback
from bot.domain.turns import ChatMode, QuestionOptions

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Operation:
    """A method and a path with names where ids belong."""

    method: str
    template: str

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


CREATE = Operation("POST", "/conversations/create")
CREATE_WITH_STREAMING = Operation("POST", "/conversations/stream")
LIST = Operation("GET", "/conversations")
LIST_ARCHIVED = Operation("GET", "/conversations/show/archives")
GET_BY_ID = Operation("GET", "/conversations/{conversation_id}")
DELETE = Operation("DELETE", "/conversations/{conversation_id}")
ADD_MESSAGE = Operation("POST", "/conversations/{conversation_id}/messages")
ADD_MESSAGE_STREAM = Operation("POST", "/conversations/{conversation_id}/messages/stream")
CANCEL = Operation("POST", "/conversations/{conversation_id}/cancel")
SHARE = Operation("POST", "/conversations/{conversation_id}/share")
UNSHARE = Operation("POST", "/conversations/{conversation_id}/unshare")
UPDATE_TITLE = Operation("PATCH", "/conversations/{conversation_id}/title")
ARCHIVE = Operation("PATCH", "/conversations/{conversation_id}/archive")
UNARCHIVE = Operation("PATCH", "/conversations/{conversation_id}/unarchive")
REGENERATE = Operation("POST", "/conversations/{conversation_id}/message/{message_id}/regenerate")
SUBMIT_FEEDBACK = Operation("POST", "/conversations/{conversation_id}/message/{message_id}/feedback")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation.

    As text it holds what a log may hold: no id, no query, no body. The server takes over the request id and
    writes it into its own log.
    """

    operation: Operation
    ids: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    request_id: str = field(default_factory=lambda: uuid4().hex)

    def __post_init__(self) -> None:
        missing = [name for name, value in self.ids.items() if not value.strip()]
        if missing:
            raise ValueError(f"{self.operation} needs a {missing[0]}, and it is empty")

    @property
    def path(self) -> str:
        """The path with its ids, each escaped so that it stays one segment whatever it holds."""
        return self.operation.template.format_map(
            {name: quote(value, safe="") for name, value in self.ids.items()}
        )

    def __str__(self) -> str:
        return f"{self.operation} (request {self.request_id})"


INTERNAL_SEARCH = ChatMode.INTERNAL_SEARCH.value
"""The one chat mode every server takes; required from v0.6.0 on."""

_CHAT_MODES = {
    "balanced": INTERNAL_SEARCH,
    "quick": INTERNAL_SEARCH,
    "standard": INTERNAL_SEARCH,
    "web": "web_search",
}
# Servers from v0.4.0 on refuse most of the documented categories with 400: these are the nearest they take.
_CATEGORIES = {
    Category.INCORRECT: "incorrect_information",
    Category.MISSING: "missing_information",
    Category.OUTDATED: "incorrect_information",
    Category.IRRELEVANT: "irrelevant_information",
    Category.TOO_VERBOSE: "unclear_explanation",
    Category.TOO_BRIEF: "other",
    Category.FORMATTING: "unclear_explanation",
    Category.CITATIONS: "poor_citations",
}
_RECORD_ID = re.compile(r"[0-9a-fA-F]{24}")
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
"""The form of the ids of connectors and knowledge bases; filters take no other."""

# Servers search the query of the plain operations for markup, also where entities or percent signs hide it,
# for event handlers, addresses of scripts and format specifiers; where they find any they never answer.
_HANGS_THE_PLAIN_OPERATIONS = re.compile(
    r"[<>%&]|(?:java|vb)script\s{0,20}:|data\s{0,20}:|on\w{0,50}\s{0,20}=", re.IGNORECASE
)


def question_fields(query: str, options: QuestionOptions) -> dict[str, object]:
    """Return the body of the first question of a conversation, which alone can be limited to records."""
    records = _valid_ids("recordIds", options.record_ids, _RECORD_ID)
    return {"query": query} | _without_empty({"recordIds": records}) | option_fields(options)


def option_fields(options: QuestionOptions) -> dict[str, object]:
    """Return what every request for an answer holds beside the query."""
    filters = {
        "apps": _valid_ids("filters.apps", options.apps, UUID),
        "kb": _valid_ids("filters.kb", options.kb, UUID),
    }
    mode = options.chat_mode or INTERNAL_SEARCH
    return _without_empty(
        {
            "filters": _without_empty(filters),
            "modelKey": options.model_key,
            "modelName": options.model_name,
            "chatMode": _CHAT_MODES.get(mode, mode),
        }
    )


def run_field(run_id: str) -> dict[str, object]:
    """Return what names the run of an answer, so that it can be cancelled (from v0.7 on)."""
    return {"runId": run_id} if run_id else {}


def feedback_fields(feedback: Feedback) -> dict[str, object]:
    """Return a feedback body, with the categories that servers take."""
    return _without_empty(
        {
            "isHelpful": feedback.is_helpful,
            "ratings": dict(feedback.ratings),
            "categories": [*dict.fromkeys(_CATEGORIES[each] for each in feedback.categories)],
            "comments": dict(feedback.comments),
            "citationFeedback": [
                {"citationId": id_, "isRelevant": is_relevant}
                for id_, is_relevant in feedback.citation_relevance.items()
            ],
            "followUpQuestionsHelpful": feedback.follow_ups_helpful,
        }
    )


def hangs_the_plain_operations(query: str) -> bool:
    """Return whether a query must be streamed, because the plain operations may never answer it."""
    return _HANGS_THE_PLAIN_OPERATIONS.search(query) is not None


def _valid_ids(name: str, ids: Iterable[str], form: re.Pattern[str]) -> list[str]:
    """Keep the ids of the right form: for a single other one servers refuse the whole question."""
    given = [*ids]
    kept = [each for each in given if form.fullmatch(each)]
    if len(kept) < len(given):
        log.warning("pipeshub.ids_left_out", parameter=name, left_out=len(given) - len(kept))
    return kept


def _without_empty(body: Mapping[str, object]) -> dict[str, object]:
    """Leave out what was not chosen: servers refuse empty strings and need no empty lists."""
    return {key: value for key, value in body.items() if value not in (None, "", [], {})}
