"""The stream as it is documented: `connected`, `chunk`, `citation`, `complete` and `error`.

No released server sends `chunk` or `citation`, and nothing says what they hold, so every likely
shape is read. The other three are also those of servers before v0.6.0.
"""

from collections.abc import Iterator

from bot.domain.conversations import Event
from bot.pipeshub.citations import citations, joined
from bot.pipeshub.draft import Draft
from bot.pipeshub.frames import Frame, objects, text
from bot.pipeshub.markup import unsettled

NAMES = frozenset({"connected", "chunk", "citation", "complete", "error"})


class Documented:
    """Reads the documented frames into a draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._raw = ""

    def read(self, frame: Frame) -> Iterator[Event]:
        """Yield what a frame says."""
        match frame.name:
            case "connected":
                yield from self._draft.opened(text(frame.body, "conversationId"))
            case "chunk":
                yield from self._chunk(frame)
            case "citation":
                known = self._draft.citations
                yield from self._draft.cite(joined(known, citations(_listed(frame), len(known) + 1)))
            case "complete":
                yield from self._draft.completed(frame.body)
            case "error":
                said = frame.value if isinstance(frame.value, str) else ""
                yield from self._draft.failed(frame.body or {"error": said})

    def _chunk(self, frame: Frame) -> Iterator[Event]:
        whole = text(frame.body, "accumulated")
        piece = (
            frame.value
            if isinstance(frame.value, str)
            else text(frame.body, "chunk", "content", "delta", "text")
        )
        self._raw = whole or self._raw + piece
        yield from self._draft.show(unsettled(self._raw))


def _listed(frame: Frame) -> object:
    """Return the frame's citations as a list: it can hold one, several, or one within an envelope."""
    if isinstance(frame.value, list):
        return frame.value
    several = frame.body.get("citations")
    return several if isinstance(several, list) else [objects(frame.body.get("citation")) or frame.body]
