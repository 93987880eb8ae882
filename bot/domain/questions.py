"""What people ask."""

from dataclasses import dataclass

from bot.domain.threads import Thread


@dataclass(frozen=True, slots=True)
class Question:
    """One message somebody addressed to the bot.

    `ts` is the message's own; with workspace and channel it names the question, however often
    and under whatever event Slack delivers it. `text` is Slack markup as it was written, without the
    mention of the bot. `addressed` says whether the bot was named or written to directly; what is not
    addressed to it is for it only in a thread that it is part of. `outside` says that people of
    another company read along, `asker_team` in which workspace the asker is, where its delivery tells so.
    """

    thread: Thread
    ts: str
    asker: str
    text: str
    addressed: bool = True
    outside: bool = False
    asker_team: str | None = None

    @property
    def is_reply(self) -> bool:
        """Whether it stands inside of a thread, not at its head."""
        return self.ts != self.thread.ts
