"""Manners as the database keeps them: JSON, absent where nobody chose."""

import json
from dataclasses import asdict
from typing import Any

from bot.domain.turns import NOTHING_CHOSEN, Manner


def written(manner: Manner) -> str | None:
    """Return what is kept of a manner."""
    return None if manner == NOTHING_CHOSEN else json.dumps(asdict(manner))


def read(kept: str | None) -> Manner:
    """Return the manner that is kept."""
    if kept is None:
        return NOTHING_CHOSEN
    fields = json.loads(kept)
    lists: dict[str, Any] = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return Manner(**(fields | lists))
