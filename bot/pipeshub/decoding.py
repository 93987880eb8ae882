"""From the frames of a stream to the domain's events, whichever generation of servers sent them."""

from collections.abc import Iterator

from bot.domain.conversations import Event
from bot.pipeshub import agui, documented, legacy
from bot.pipeshub.draft import Draft
from bot.pipeshub.frames import Frame, read


class Decoder:
    """Reads one stream, frame by frame; each frame's name says which vocabulary it belongs to.

    Names nobody knows are passed over. After the last word nothing more is read: some servers
    report a failure twice, and the first report is the true one.
    """

    def __init__(self, about: str = "an answer", conversation_id: str = "") -> None:
        """Start reading. `about` names the call in errors; the id is known where a conversation goes on."""
        self._draft = Draft(about, conversation_id)
        self._documented = documented.Documented(self._draft)
        self._legacy = legacy.Legacy(self._draft)
        self._agui = agui.AgUi(self._draft)
        self.has_heartbeats = False

    @property
    def ended(self) -> bool:
        """Whether the last word was said."""
        return self._draft.ended

    def read(self, event: str, data: str) -> Iterator[Event]:
        """Yield what one frame says, from its `event` and `data` fields."""
        frame = read(event, data)
        if not self.ended:
            yield from self._decoded(frame)

    def _decoded(self, frame: Frame) -> Iterator[Event]:
        if agui.speaks(frame.name):
            self.has_heartbeats = True
            yield from self._agui.read(frame)
        elif frame.name in documented.NAMES:
            yield from self._documented.read(frame)
        elif frame.name in legacy.NAMES:
            yield from self._legacy.read(frame)
