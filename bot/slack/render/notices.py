"""Short messages about the bot itself."""

from bot.domain.errors import BotError
from bot.slack.render.message import Drawn, escaped, section

HOW_TO = (
    "Hello! Ask me something about your company's knowledge, in one message: "
    "mention me with your question, for example _how many days of leave do I have?_\n"
    "I answer in a thread, with my sources. In that thread you need not mention me again, "
    "and in a direct message you never need to."
)

UNREADABLE = (
    "This belongs to an older message of mine, which I can't read any more. "
    "Please open it anew, or ask again in the thread."
)
MALFORMED = "Slack sent me something that I can't read, so I changed nothing. Please try again."
NOT_FAILED = "This question is already being answered, or has been. There is nothing to try again."
NOT_STOPPED = "The full answer is shown already, or on its way. There is nothing more to show."
NOT_RUNNING = "This answer is not being written any more, so there is nothing to stop."


def how_to() -> Drawn:
    """Draw what to do, for somebody who mentioned the bot and asked nothing."""
    return Drawn("Ask me something about your company's knowledge.", (section(HOW_TO),))


def sorry(error: BotError) -> str:
    """Return the sentence of an error as Slack markup."""
    return escaped(error.sentence)
