"""Where people talk."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thread:
    """A Slack thread, named by its workspace, its channel and the `ts` of its first message."""

    workspace: str
    channel: str
    ts: str
