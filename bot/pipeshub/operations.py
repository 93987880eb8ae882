"""The fifteen operations of the Conversations API, under the names of its documentation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote
from uuid import uuid4


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
