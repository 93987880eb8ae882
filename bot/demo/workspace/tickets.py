"""What Slack hands out for short use: trigger ids and response URLs."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from bot.demo.workspace.refusals import Refusal
from bot.demo.workspace.state import State

WORTH_NAMING = 600.0
"""Seconds an old trigger id is still told apart from an unknown one; after that it is forgotten."""

RESPONSE_LIFETIME = 1800.0
"""Seconds a response URL lives (docs.slack.dev, "Handling user interaction")."""

RESPONSE_USES = 5
"""How often a response URL can be used (docs.slack.dev, "Handling user interaction")."""


@dataclass(slots=True)
class Trigger:
    """A right to open one modal for one person; `view` is the modal it came from, if any."""

    user: str
    until: float
    view: str | None = None
    used: bool = False


class Triggers:
    """The trigger ids given out: each lives for `lifetime` seconds and works once."""

    def __init__(self, clock: Callable[[], float], lifetime: float) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._given: dict[str, Trigger] = {}

    def issue(self, user: str, view: str | None = None) -> str:
        """Return a new trigger id for this person."""
        now = self._clock()
        outdated = [each for each, trigger in self._given.items() if trigger.until < now - WORTH_NAMING]
        for each in outdated:
            del self._given[each]
        trigger_id = f"{int(now * 1000)}.{len(self._given)}.{secrets.token_hex(16)}"
        self._given[trigger_id] = Trigger(user, now + self._lifetime, view)
        return trigger_id

    def knows(self, trigger_id: str) -> bool:
        """Whether this trigger id was given out here."""
        return trigger_id in self._given

    def use(self, trigger_id: str) -> Trigger:
        """Redeem a trigger id; raises Refusal where it is unknown, too old or used."""
        trigger = self._given.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger.used:
            raise Refusal("exchanged_trigger_id")
        if trigger.until < self._clock():
            raise Refusal("expired_trigger_id")
        trigger.used = True
        return trigger


@dataclass(slots=True)
class ResponseUrl:
    """Where an app can answer an interaction: the message it came from, if any, and its reader."""

    channel: str
    user: str
    until: float
    message_ts: str | None = None
    ephemeral: bool = False
    thread_ts: str | None = None
    uses: int = 0


class ResponseUrls:
    """The response URLs given out."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._given: dict[str, ResponseUrl] = {}

    def issue(
        self,
        channel: str,
        user: str,
        *,
        message_ts: str | None = None,
        ephemeral: bool = False,
        thread_ts: str | None = None,
    ) -> str:
        """Return a new URL that answers this person in this channel."""
        now = self._state.clock()
        for each in [key for key, ticket in self._given.items() if ticket.until < now]:
            del self._given[each]
        key = secrets.token_urlsafe(24)
        self._given[key] = ResponseUrl(
            channel, user, now + RESPONSE_LIFETIME, message_ts, ephemeral, thread_ts
        )
        return f"{self._state.base_url}/actions/{self._state.team.id}/{key}"

    def use(self, key: str) -> ResponseUrl:
        """Count one use; raises Refusal `expired_url`, or `used_url` beyond the fifth."""
        ticket = self._given.get(key)
        if ticket is None or ticket.until < self._state.clock():
            raise Refusal("expired_url")
        if ticket.uses >= RESPONSE_USES:
            raise Refusal("used_url")
        ticket.uses += 1
        return ticket
