"""The closed union of what a stream of an answer can say.

Three generations of servers speak three vocabularies; all of them come down to these.
"""

from dataclasses import dataclass

from bot.domain.citations import Citation
from bot.domain.conversations import Conversation, Message
from bot.domain.errors import BotError


@dataclass(frozen=True, slots=True)
class Opened:
    """The conversation's id is known; the answer is on its way."""

    conversation_id: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What the server says it is doing, in a short phrase fit for a person."""

    doing: str


@dataclass(frozen=True, slots=True)
class TextSoFar:
    """The whole text so far. It replaces what was shown before and can be shorter than that."""

    text: str


@dataclass(frozen=True, slots=True)
class Cited:
    """All citations known so far."""

    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Completed:
    """The last word: the answer as the server stored it, and its conversation.

    Both ids can be empty, where a server sent the bare text of its answer.
    """

    conversation: Conversation
    answer: Message


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer will not come."""

    error: BotError


Event = Opened | Progress | TextSoFar | Cited | Completed | Failed
