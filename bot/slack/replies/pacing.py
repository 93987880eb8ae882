"""How often one message is edited."""

FIRST = 0.5
"""Seconds between edits while an answer is young."""

LATER = 1.2
"""Seconds between later edits: 50 a minute is what Slack allows the whole workspace."""

YOUNG = 10
"""Edits that come at the faster pace."""


def pause(edits: int) -> float:
    """Return the seconds to wait after an answer was edited `edits` times."""
    return FIRST if edits < YOUNG else LATER
