"""What people ask who write no message themselves."""

from dataclasses import dataclass

from bot.domain.asides import Origin
from bot.domain.choices import NOTHING_OFFERED, Choices
from bot.domain.manner import NOTHING_CHOSEN, Manner


@dataclass(frozen=True, slots=True)
class About:
    """The message that a question is about, as plain text."""

    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Posed:
    """What somebody (a Slack user) asks; `text` is Slack markup.

    `channel` is a channel's id, or a person's for the bot's direct message with them; `thread_ts` names
    the thread in it, None where the question begins one. `offered` is what could be chosen when `manner`
    was, for the names in it. `origin` is where it was asked, where it is answered elsewhere.
    """

    workspace: str
    channel: str
    asker: str
    text: str
    thread_ts: str | None = None
    manner: Manner = NOTHING_CHOSEN
    about: About | None = None
    offered: Choices = NOTHING_OFFERED
    origin: Origin | None = None
