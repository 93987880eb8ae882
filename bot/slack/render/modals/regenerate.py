"""Having an answer written anew in another manner."""

from bot.domain.turns import Choices, Manner
from bot.slack import actions
from bot.slack.render.message import Block, section
from bot.slack.render.modals import manner as inputs
from bot.slack.render.modals.frame import modal

TITLE = "Regenerate with …"
BEGUN = "I am writing the answer anew, in its own message. The version before stays readable from its menu."
INTRODUCTION = "The answer is written anew in its own message, the way you choose here."


def regenerate(turn: str, choices: Choices, default: Manner) -> Block:
    """Draw the modal that asks how an answer is to be written anew."""
    return modal(
        TITLE,
        [section(INTRODUCTION), *inputs.blocks(choices, default, records=False)],
        callback_id=actions.REGENERATING,
        submit="Regenerate",
        close="Cancel",
        about=actions.value(turn),
    )
