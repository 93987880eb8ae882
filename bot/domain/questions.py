"""What people ask."""

from dataclasses import dataclass

from bot.domain.threads import Thread


@dataclass(frozen=True, slots=True)
class Question:
    """One message somebody addressed to the bot.

    `ts` is the message's own; with workspace and channel it names the question, however often
    and under whatever event Slack delivers it. `text` is Slack markup as it was written.
    """

    thread: Thread
    ts: str
    asker: str
    text: str
