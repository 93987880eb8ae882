"""What happens while an answer is generated, in no vocabulary yet.

Texts carry neutral citation markers; each vocabulary writes them in its own way.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.demo.knowledge.store.rows import Conversation, Json


class Turn(StrEnum):
    """What was asked for."""

    NEW = "new"
    ADDED = "added"
    REGENERATED = "regenerated"


@dataclass(frozen=True, slots=True)
class Opened:
    """The conversation exists and the question is saved."""

    conversation_id: str
    title: str
    turn: Turn


@dataclass(frozen=True, slots=True)
class Working:
    """A word for what goes on, with a phrase for people."""

    status: str
    message: str


@dataclass(frozen=True, slots=True)
class Thought:
    """A piece of reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class Narrated:
    """A sentence before a tool is used. It is not part of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool is used; `arguments` are JSON."""

    call_id: str
    name: str
    display: str
    arguments: str
    summary: str


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """The tool gave its result."""

    call_id: str
    name: str
    content: str
    summary: str


@dataclass(frozen=True, slots=True)
class Wrote:
    """Some more words of the answer: the piece, the whole text so far, and the citations in it so far.

    `settled` says that it is time for the server to tell the normalised text.
    """

    delta: str
    text: str
    citations: tuple[Json, ...]
    settled: bool


@dataclass(frozen=True, slots=True)
class Rewrote:
    """The text so far is another one than was shown: renumbered, or shorter."""

    text: str
    citations: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file was made along the way."""

    artifact_id: str
    file_name: str
    mime_type: str
    size: int


@dataclass(frozen=True, slots=True)
class ChildRun:
    """A run below the root one came and went, or failed; neither ends the stream."""

    role: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing happens for some seconds. No vocabulary has a word for it."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Concluded:
    """The answer is whole, not saved yet. `match` and `error_code` tell why, where it failed."""

    text: str
    citations: tuple[Json, ...]
    confidence: str | None
    parts: tuple[Json, ...] = ()
    match: str | None = None
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """The last word of a turn that went well; `padding` characters make its frame larger."""

    conversation: Conversation
    turn: Turn
    records_used: int
    seconds: float
    padding: int = 0


@dataclass(frozen=True, slots=True)
class Broke:
    """The last word of a turn that failed; `again` when the server says it a second time in other words."""

    message: str
    code: str
    turn: Turn
    conversation: Conversation | None = None
    again: bool = False


Step = (
    Opened
    | Working
    | Thought
    | Narrated
    | ToolStarted
    | ToolFinished
    | Wrote
    | Rewrote
    | Artifact
    | ChildRun
    | Beat
    | Pause
    | Concluded
    | Saved
    | Broke
)
