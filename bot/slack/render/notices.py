"""Short messages about the bot itself."""

from bot.domain.errors import BotError
from bot.slack import actions
from bot.slack.render.message import Block, Drawn, button, escaped, section
from bot.slack.render.message import actions as row

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

CONNECT = "Connect your PipesHub account"
SENT = (
    "PipesHub has opened in your browser. As soon as you have allowed it there, I go on by myself. "
    "If that did not work, open my Home tab and connect your account there."
)
CONNECTED = "Your PipesHub account is connected already. Please press *Try again*."
UNLINKED = "Your PipesHub account is not connected any more, and I have forgotten what let me use it."


def saying(sentence: str, address: str = "") -> tuple[Block, ...]:
    """Draw a sentence in Slack markup, above a button to `address` where an account is to be connected."""
    return (section(sentence), *([row("connect", [connect(address)])] if address else []))


def connect(address: str) -> Block:
    """Return the button that leads to where the person who sees it connects their account."""
    return button(actions.CONNECT, CONNECT, "connect", style="primary") | {"url": address}


def how_to() -> Drawn:
    """Draw what to do, for somebody who mentioned the bot and asked nothing."""
    return Drawn("Ask me something about your company's knowledge.", (section(HOW_TO),))


def sorry(error: BotError) -> str:
    """Return the sentence of an error as Slack markup."""
    return escaped(error.sentence)
