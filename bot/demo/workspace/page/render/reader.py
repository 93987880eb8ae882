"""Who reads the page, and the message or view whose blocks are drawn for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

from bot.demo.workspace.model import Json, User
from bot.demo.workspace.page.render.html import Attribute, dom_id


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
        """Return a person's name, or the bare id of an unknown one."""
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


@dataclass(frozen=True, slots=True)
class Frame:
    """One drawing of a message's or a view's blocks.

    `key` begins every element's id. `values` is what the reader has entered (block id to action id to
    value, as `state.values`), `errors` what the app objects to, by block id.
    """

    reader: Reader
    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one interactive element: its block, and whether a change is told to the app at once."""

    frame: Frame
    block_id: str
    element: Json
    dispatch: bool = True

    @property
    def action_id(self) -> str:
        """The element's `action_id`."""
        return str(self.element.get("action_id") or "")

    @property
    def id(self) -> str:
        """The id of the drawn element."""
        return dom_id(self.frame.key, self.block_id, self.action_id)

    @property
    def value(self) -> Json | None:
        """What the reader has entered, as in `state.values`; None before that."""
        entered = self.frame.values.get(self.block_id)
        value = entered.get(self.action_id) if isinstance(entered, Mapping) else None
        return value if isinstance(value, dict) else None

    @property
    def attributes(self) -> dict[str, Attribute]:
        """The attributes by which the page's script finds the element and knows what to send."""
        return {
            "id": self.id,
            "data-element": str(self.element.get("type")),
            "data-block": self.block_id,
            "data-action": self.action_id,
            "data-dispatch": self.dispatch,
            "data-confirm": f"{self.id}-confirm" if self.element.get("confirm") else None,
        }

    def current(self, key: str, initial: str) -> Any:  # noqa: ANN401 - text, an option, a list of ids …
        """Return what was entered under `key`, or what the app gave as `initial`."""
        return self.element.get(initial) if self.value is None else self.value.get(key)
