"""The questions that an answer suggests, each a button."""

from collections.abc import Sequence

from bot.slack import actions
from bot.slack.limits import BUTTON_LABEL
from bot.slack.render.message import Block, button, shortened
from bot.slack.render.message import actions as row

MOST = 3
"""Suggestions under one answer: more than that is read by nobody."""

LONGEST = 500
"""Characters of a suggestion that can be asked by a press; it travels in the button's value."""


def blocks(turn: str, questions: Sequence[str]) -> list[Block]:
    """Return a row of suggestions, nothing where there are none."""
    fitting = [each for each in dict.fromkeys(questions) if each.strip() and len(each) <= LONGEST][:MOST]
    buttons = [
        button(f"{actions.FOLLOW_UP}_{number}", shortened(text, BUTTON_LABEL), actions.value(turn, text))
        for number, text in enumerate(fitting)
    ]
    return [row("follow_ups", buttons)] if buttons else []
