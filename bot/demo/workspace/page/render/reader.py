"""Who reads the page, and the names and times as that person knows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from bot.demo.workspace.model import User


@dataclass(frozen=True, slots=True)
class Reader:
    """The person at the page. `channels` maps ids to names as this person sees them; `now` is in seconds."""

    user: str
    zone: tzinfo
    now: float
    people: Mapping[str, User] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The beginning of every address of this person's page."""
        return f"/as/{self.user}"

    def name(self, user: str) -> str:
        """Return a person's name, or the bare id of somebody unknown."""
        known = self.people.get(user)
        return known.real_name or known.name if known else user

    def channel(self, channel: str, otherwise: str = "") -> str:
        """Return a channel's name, or "private channel" where this person does not know it."""
        return self.channels.get(channel) or otherwise or "private channel"

    def at(self, ts: float | str) -> datetime:
        """Return a message's `ts` as this person's local time."""
        return datetime.fromtimestamp(float(ts), self.zone)

    def clock(self, ts: float | str) -> str:
        """Return the time of day: "9:05 AM"."""
        return self.at(ts).strftime("%I:%M %p").lstrip("0")

    def day(self, ts: float | str) -> str:
        """Return the day as a divider between messages shows it: "Today", "Monday, November 23rd"."""
        then, today = self.at(ts).date(), self.at(self.now).date()
        if then == today:
            return "Today"
        if then == today - timedelta(days=1):
            return "Yesterday"
        year = "" if then.year == today.year else f", {then.year}"
        return f"{then:%A}, {then:%B} {ordinal(then.day)}{year}"

    def ago(self, ts: float | str) -> str:
        """Return how long ago it was, in words."""
        seconds = max(0, int(self.now - float(ts)))
        for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
            if seconds >= size:
                count = seconds // size
                return f"{count} {unit}{'s' if count > 1 else ''} ago"
        return "just now"


def ordinal(number: int) -> str:
    """Return a number as a place in a row: 1st, 2nd, 3rd, 4th."""
    ending = "th" if number // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
