"""What Slack tells when the bot is taken away from a workspace."""

import time
from collections.abc import Mapping

from bot.slack.inbound.fields import Payload

EVENTS = frozenset({"app_uninstalled", "tokens_revoked"})
"""Both are sent, in any order; they name no installation, so nobody can be signed in for them."""


def departure(body: Payload) -> float | None:
    """Return when (since 1970) the bot was gone, None where a delivery tells something else.

    Slack tells whole seconds: an installation of that same second is what was taken away.
    Tokens of people are not the bot's: they can be revoked while it stays.
    """
    event = body.get("event")
    if not isinstance(event, Mapping) or event.get("type") not in EVENTS:
        return None
    tokens = event.get("tokens")
    if event["type"] == "tokens_revoked" and not (isinstance(tokens, Mapping) and tokens.get("bot")):
        return 0.0
    at = body.get("event_time")
    return at + 1.0 if isinstance(at, int | float) else time.time()
