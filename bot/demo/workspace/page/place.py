"""Where somebody is on the page: the address says it, so that two windows can be two people."""

from dataclasses import dataclass, replace
from typing import Final

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
