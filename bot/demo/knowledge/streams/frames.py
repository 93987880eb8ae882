"""Server-sent events, exactly as PipesHub frames them: an event line, one line of JSON, a blank line."""

import json
from dataclasses import dataclass, field
from typing import Protocol

from bot.demo.knowledge.store.rows import Json
from bot.demo.knowledge.streams.steps import Step


@dataclass(frozen=True, slots=True)
class Frame:
    """One event and its data."""

    event: str
    data: Json = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Return the bytes of the frame; characters beyond ASCII stay as they are, as JSON leaves Node."""
        return f"event: {self.event}\ndata: {json.dumps(self.data, ensure_ascii=False)}\n\n".encode()


class Vocabulary(Protocol):
    """Tells the steps of one stream. Each stream gets its own."""

    def frames(self, step: Step) -> list[Frame]:
        """Return the frames that tell `step`; none when the vocabulary has no words for it."""
        ...
