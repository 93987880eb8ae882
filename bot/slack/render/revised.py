"""What the author of an edited question is offered."""

from bot.slack import actions
from bot.slack.render.message import Drawn, button, section
from bot.slack.render.message import actions as row

OFFER = "You changed your question after I had begun with it. Shall I answer it as it is now?"


def offer(turn: str, question_ts: str) -> Drawn:
    """Draw the offer to answer an edited question, the message `question_ts`, whose old text `turn` asked."""
    ask = button(actions.ASK_EDITED, "Answer the edited question", actions.value(turn, question_ts))
    return Drawn(OFFER, (section(OFFER), row("edited", [ask])))
