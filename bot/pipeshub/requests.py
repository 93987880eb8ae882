"""The request of each operation: method, path, query and body."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote
from uuid import uuid4

import structlog

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

    Its text form is what a log may know of it: no id, no query, no body. The server honours the
    request id and names it in its own log.
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
        """The path with its ids, each kept within its own segment whatever it holds."""
        return self.operation.template.format_map(
            {name: quote(value, safe="") for name, value in self.ids.items()}
        )

    def __str__(self) -> str:
        return f"{self.operation} (request {self.request_id})"


INTERNAL_SEARCH = "internal_search"
"""The one chat mode every server takes; required from v0.6.0 on."""

_CHAT_MODES = {
    "balanced": INTERNAL_SEARCH,
    "quick": INTERNAL_SEARCH,
    "standard": INTERNAL_SEARCH,
    "web": "web_search",
}
# Documented categories that real servers refuse with 400, and the nearest they take (v0.4.0 on).
_CATEGORIES = {
    "outdated_information": "incorrect_information",
    "irrelevant_response": "irrelevant_information",
    "citation_issues": "poor_citations",
    "too_verbose": "unclear_explanation",
    "formatting_issues": "unclear_explanation",
    "too_brief": "other",
}
_KNOWN_CATEGORIES = frozenset(
    {
        "incorrect_information",
        "missing_information",
        "irrelevant_information",
        "unclear_explanation",
        "poor_citations",
        "excellent_answer",
        "helpful_citations",
        "well_explained",
        "other",
    }
)
_RECORD_ID = re.compile(r"[0-9a-fA-F]{24}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Servers from v0.3.0 look through the query of the plain operations for markup, event handlers, script
# addresses and format specifiers, and on finding any never answer at all.
_HANGS_THE_PLAIN_OPERATIONS = re.compile(r"[<>]|javascript:|\bon\w+\s*=|%[a-z]", re.IGNORECASE)

Filters = Mapping[str, Sequence[str]]
"""`apps` and `kb`, each the UUIDs of connectors or knowledge bases to search in."""


def option_fields(
    filters: Filters | None, model_key: str | None, model_name: str | None, chat_mode: str | None
) -> dict[str, object]:
    """Return what everything that asks for an answer may choose."""
    mode = chat_mode or INTERNAL_SEARCH
    body: dict[str, object] = {
        "filters": _filters(filters),
        "modelKey": model_key,
        "modelName": model_name,
        "chatMode": _CHAT_MODES.get(mode, mode),
    }
    return _without_empty(body)


def scope_fields(record_ids: Sequence[str] | None, departments: Sequence[str] | None) -> dict[str, object]:
    """Return what a new conversation may be narrowed to."""
    return _without_empty(
        {"recordIds": _valid_ids("recordIds", record_ids, _RECORD_ID), "departments": [*(departments or ())]}
    )


def feedback_fields(
    *,
    is_helpful: bool | None,
    ratings: Mapping[str, int] | None,
    categories: Iterable[str] | None,
    comments: Mapping[str, str] | None,
    citation_feedback: Sequence[Mapping[str, object]] | None,
    follow_up_questions_helpful: bool | None,
) -> dict[str, object]:
    """Return a feedback body, categories in the words real servers take."""
    mapped = (_CATEGORIES.get(each, each) for each in categories or ())
    known = (each if each in _KNOWN_CATEGORIES else "other" for each in mapped)
    body: dict[str, object] = {
        "isHelpful": is_helpful,
        "ratings": dict(ratings or {}),
        "categories": [*dict.fromkeys(known)],
        "comments": dict(comments or {}),
        "citationFeedback": [dict(each) for each in citation_feedback or ()],
        "followUpQuestionsHelpful": follow_up_questions_helpful,
    }
    return _without_empty(body)


def accepted_feedback_fields(body: Mapping[str, object]) -> dict[str, object]:
    """Return of a feedback only what no server refuses."""
    return {key: body[key] for key in ("isHelpful", "comments") if key in body}


def hangs_the_plain_operations(query: str) -> bool:
    """Whether a query must be streamed, since the plain operations may never answer it."""
    return _HANGS_THE_PLAIN_OPERATIONS.search(query) is not None


def _filters(filters: Filters | None) -> dict[str, object]:
    kinds = ("apps", "kb")
    return _without_empty(
        {kind: _valid_ids(f"filters.{kind}", (filters or {}).get(kind), _UUID) for kind in kinds}
    )


def _valid_ids(name: str, ids: Sequence[str] | None, form: re.Pattern[str]) -> list[str]:
    """Keep the ids of the form servers check for; one other would have the whole question refused."""
    kept = [each for each in ids or () if form.fullmatch(each)]
    if len(kept) < len(ids or ()):
        log.warning("pipeshub.ids_left_out", parameter=name, left_out=len(ids or ()) - len(kept))
    return kept


def _without_empty(body: dict[str, object]) -> dict[str, object]:
    """Leave out what was not chosen: servers refuse empty strings and need no empty lists."""
    return {key: value for key, value in body.items() if value not in (None, "", [], {})}
