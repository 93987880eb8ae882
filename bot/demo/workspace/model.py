"""What a Slack workspace is made of: people, channels, messages, views; and how it says no."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class Kind(StrEnum):
    """What kind of conversation a channel is; the first letter of its id follows from it."""

    PUBLIC = "public"
    PRIVATE = "private"
    IM = "im"
    MPIM = "mpim"


class Surface(StrEnum):
    """Where a view is shown."""

    HOME = "home"
    MODAL = "modal"


@dataclass(frozen=True, slots=True)
class Enterprise:
    """An organization of several workspaces (Enterprise Grid)."""

    id: str
    name: str

    @property
    def as_json(self) -> Json:
        """The organization as Slack's answers and payloads name it."""
        return {"id": self.id, "name": self.name}


@dataclass(frozen=True, slots=True)
class Team:
    """The workspace itself; `enterprise` is the organization it belongs to, if any."""

    id: str = "T0ACME001"
    name: str = "Larkfield"
    domain: str = "larkfield"
    enterprise: Enterprise | None = None


@dataclass(slots=True)
class User:
    """A member of the workspace, the app's bot user among them. `color` is a CSS hex colour."""

    id: str
    name: str
    real_name: str
    email: str = ""
    title: str = ""
    color: str = "#4a154b"
    tz: str = "Europe/Berlin"
    is_bot: bool = False
    is_admin: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    deleted: bool = False
    team_id: str = ""
    """Set where the person belongs to another workspace (Slack Connect)."""


@dataclass(slots=True)
class Channel:
    """A public or private channel, or a direct message; `name` is without the `#`, empty in an im."""

    id: str
    name: str
    kind: Kind = Kind.PUBLIC
    members: list[str] = field(default_factory=list)
    topic: str = ""
    is_archived: bool = False
    is_ext_shared: bool = False
    created: int = 0


@dataclass(frozen=True, slots=True)
class File:
    """A shared file; `content` is kept as text, for the page alone."""

    id: str
    name: str
    user: str
    mimetype: str = "text/plain"
    size: int = 0
    content: str = ""


@dataclass(slots=True)
class Message:
    """One message.

    `blocks` and `text` are as Slack stores them: ids filled in, mentions and links in Slack's markup.
    While `streaming` is true the app is still writing it; `stream_started` is in seconds.
    `inputs` holds, per user id, what that person has chosen and not sent: block id to action id to
    value, as `state.values` of an interaction. `visible_to` names the only reader of an ephemeral.
    """

    ts: str
    channel: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    subtype: str | None = None
    edited: Json | None = None
    bot_id: str | None = None
    app_id: str | None = None
    username: str | None = None
    metadata: Json | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)
    visible_to: str | None = None
    streaming: bool = False
    stream_started: float = 0.0
    stream_recipient: str | None = None
    inputs: dict[str, Json] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The `ts` of the thread this message belongs to, or would start."""
        return self.thread_ts or self.ts

    @property
    def is_reply(self) -> bool:
        """Whether the message stands inside a thread, not at its head."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(slots=True)
class View:
    """A modal or a Home tab, as one person sees it.

    `payload` is what the app sent, ids filled in; `state` what the person has entered (block id to
    action id to value); `errors` what the app answered to the last submission, by block id.
    """

    id: str
    type: Surface
    user: str
    payload: Json
    hash: str
    root_view_id: str
    previous_view_id: str | None = None
    state: Json = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        """The view's blocks."""
        blocks: list[Json] = self.payload.get("blocks", [])
        return blocks

    @property
    def external_id(self) -> str:
        """The app's own name for the view, unique in the workspace; empty where it gave none."""
        return str(self.payload.get("external_id") or "")

    @property
    def callback_id(self) -> str:
        """The app's name for this kind of view."""
        return str(self.payload.get("callback_id") or "")

    @property
    def private_metadata(self) -> str:
        """What the app stored with the view."""
        return str(self.payload.get("private_metadata") or "")


@dataclass(slots=True)
class AgentThread:
    """What an agent says about a thread besides its messages.

    `status` is shown as "<app name> <status>" and is empty when nothing is going on; it ends at
    `status_until` (seconds). `prompts` are `{"title", "message"}`. A key of `thread_ts=""` is the
    whole Messages tab.
    """

    channel: str
    thread_ts: str
    status: str = ""
    loading_messages: list[str] = field(default_factory=list)
    status_until: float = 0.0
    session_status: str = ""
    title: str = ""
    prompts_title: str = ""
    prompts: list[Json] = field(default_factory=list)


class Refusal(Exception):
    """The Web API refuses a call; `code` is Slack's word for the reason.

    `extra` is merged into the answer, for example `needed` and `provided` with `missing_scope`.
    """

    def __init__(self, code: str, **extra: Any) -> None:  # noqa: ANN401 - any JSON value
        super().__init__(code)
        self.code = code
        self.extra = extra


def invalid_arguments(*messages: str, code: str = "invalid_arguments") -> Refusal:
    """Return the refusal of arguments that are wrong in the ways `messages` say."""
    return Refusal(code, response_metadata={"messages": [f"[ERROR] {message}" for message in messages]})


class NotPossible(Exception):
    """A person cannot do this in Slack: the button is not there, the view is not open."""
