"""How far each person has read, for the badges beside the channels."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.demo.workspace.model import Channel, Kind, Message


@dataclass(frozen=True, slots=True)
class Unread:
    """What a person has not read of a channel: messages, and how many of them call that person."""

    messages: int = 0
    calls: int = 0


class Reading:
    """The newest message each person has seen, by person and channel."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], str] = {}

    def saw(self, user: str, channel: str, ts: str) -> None:
        """Note that the person has seen everything up to `ts`."""
        self._seen[user, channel] = max(ts, self._seen.get((user, channel), ""))

    def unread(self, user: str, channel: Channel, messages: Iterable[Message]) -> Unread:
        """Count what came after that; in direct messages every message calls the person."""
        seen = self._seen.get((user, channel.id), "")
        new = [each for each in messages if each.ts > seen and each.user != user]
        direct = channel.kind in {Kind.IM, Kind.MPIM}
        calls = [each for each in new if direct or f"<@{user}" in each.text]
        return Unread(len(new), len(calls))
