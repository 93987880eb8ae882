"""Where a person is on the page (the address says it), and how far they have read."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from bot.demo.workspace.model import Channel, Kind, Message

HOME: Final = "home"
"""Stands in an address where a channel would: the app's Home tab."""


@dataclass(frozen=True, slots=True)
class Place:
    """Who looks at what. `channel` is an id, HOME for the app's Home tab, or empty for the bare sidebar."""

    user: str
    channel: str = ""
    thread_ts: str | None = None

    @property
    def path(self) -> str:
        """The place's address: `/as/U…/C…/1732380000.000100`."""
        parts = ["", "as", self.user, self.channel, self.thread_ts]
        return "/".join(part for part in parts if part is not None).rstrip("/")

    def without_thread(self) -> "Place":
        """Return the same place with no thread open."""
        return replace(self, thread_ts=None)


def place_of(path: str) -> Place:
    """Read an address as `Place.path` writes it; raises ValueError where it is none."""
    match path.strip("/").split("/"):
        case ["as", user]:
            return Place(user)
        case ["as", user, channel]:
            return Place(user, channel)
        case ["as", user, channel, thread_ts]:
            return Place(user, channel, thread_ts)
        case _:
            raise ValueError(f"{path!r} is no place on the page")


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
