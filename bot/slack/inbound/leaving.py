"""What Slack tells when the bot is taken away from a workspace."""

import time
from dataclasses import dataclass

from bot.slack.inbound.fields import Payload, at, id_or_none, part, text_or_empty

EVENTS = frozenset({"app_uninstalled", "tokens_revoked"})
"""Both are sent, in any order; they name no installation, so nobody can be signed in for them."""


@dataclass(frozen=True, slots=True)
class Departure:
    """The bot is gone since `at` (since 1970) from `holder`, a workspace or an organization; "" is none."""

    holder: str
    at: float


def departure(body: Payload) -> Departure | None:
    """Return where the bot is gone from, None where a delivery tells something else.

    Slack tells whole seconds: an installation of that same second is what was taken away.
    Tokens of people are not the bot's: where only those are revoked, it is gone from nowhere.
    """
    event = part(body, "event")
    kind = text_or_empty(event, "type")
    if kind not in EVENTS:
        return None
    holder = id_or_none(body, "team_id") or id_or_none(body, "enterprise_id") or ""
    if kind == "tokens_revoked" and not at(event, "tokens", "bot"):
        holder = ""
    told = body.get("event_time")
    return Departure(holder, told + 1.0 if isinstance(told, int | float) else time.time())
