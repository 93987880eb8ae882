"""Somebody who wants to ask, and the rules of the house."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visit:
    """Who (a Slack user) wants to ask where, before anything is recorded of it.

    `ts` names the message of the question, or whatever else tells it from others: with the channel it is
    the same however often it is delivered. `outside` says that people of another company read along, `team`
    in which workspace the payload says that the person is, None where it does not.
    """

    workspace: str
    channel: str
    person: str
    ts: str
    outside: bool = False
    team: str | None = None

    @property
    def is_direct(self) -> bool:
        """Whether it is in a direct message with the bot, of which nobody decides anything."""
        return self.channel.startswith(("D", "U", "W"))


@dataclass(frozen=True, slots=True)
class HouseRules:
    """Whom the bot answers, and how many questions a minute of one person and of all together."""

    guests: bool = False
    outsiders: bool = False
    per_person: int = 120
    per_workspace: int = 3_000
