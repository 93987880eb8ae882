"""Questions of a channel that are answered in private."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in a channel a question was asked; `ts` names its thread, None where it stands in none."""

    channel: str
    ts: str | None
