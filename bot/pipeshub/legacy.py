"""The stream of servers before v0.6.0: `status`, `answer_chunk`, tool frames and `restreaming`.

Their `connected`, `complete` and `error` are read as documented.
"""

from collections.abc import Iterator

from bot.domain.conversations import Event
from bot.pipeshub import phrases
from bot.pipeshub.asked_back import asked
from bot.pipeshub.draft import Draft, cited
from bot.pipeshub.frames import Body, Frame, text
from bot.pipeshub.markup import unsettled

NAMES = frozenset(
    {
        "status",
        "answer_chunk",
        "restreaming",
        "metadata",
        "tool_call",
        "tool_success",
        "tool_error",
        "tool_result",
        "tool_unavailable",
        "artifact",
        "ask_user_question",
    }
)


class Legacy:
    """Reads the frames of servers before v0.6.0 into a draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def read(self, frame: Frame) -> Iterator[Event]:
        """Yield what a frame says; `metadata` and `artifact` say nothing a person needs."""
        body = frame.body
        match frame.name:
            case "status":
                yield from self._draft.doing(phrases.state(text(body, "status"), text(body, "message")))
            case "answer_chunk":
                yield from self._answer_chunk(frame)
            case "restreaming":
                yield from self._draft.show("")
                yield from self._draft.cite(())
            case "tool_call":
                yield from self._draft.doing(phrases.tool_called(_label(body)))
            case "tool_success":
                yield from self._draft.doing(phrases.tool_answered(_label(body), text(body, "summary")))
            case "tool_result":
                # The result itself is raw data of the tool.
                yield from self._draft.doing(phrases.tool_called(_label(body)))
            case "tool_error" | "tool_unavailable":
                yield from self._draft.doing(phrases.tool_failed(_label(body)))
            case "ask_user_question":
                yield from self._draft.show(asked(body) or self._draft.text)

    def _answer_chunk(self, frame: Frame) -> Iterator[Event]:
        """Show `accumulated`: `chunk` cannot be trusted once the server has renumbered its sources."""
        accumulated = text(frame.body, "accumulated")
        if accumulated:
            yield from self._draft.show(unsettled(accumulated))
        if frame.body.get("citations"):
            yield from self._draft.cite(cited(frame.body))


def _label(body: Body) -> str:
    return phrases.readable(text(body, "tool_name", "tool"))
