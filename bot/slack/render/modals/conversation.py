"""Renaming and deleting a conversation."""

from bot.slack import actions
from bot.slack.render.message import Block, escaped, section, shortened
from bot.slack.render.modals.frame import modal, text_input

RENAME = "Rename"
DELETE = "Delete conversation"
DELETED = "The conversation is deleted. The next question in its thread begins a new one."

TITLE = "title"
LONGEST_TITLE = 200  # characters; what PipesHub takes
SHOWN_TITLE = 150


def rename(turn: str, title: str) -> Block:
    """Draw the modal that asks for another title."""
    field = text_input(
        TITLE, "Title", initial=title[:LONGEST_TITLE], hint="1 to 200 characters, without < and >"
    )
    return modal(
        RENAME,
        [field],
        callback_id=actions.RENAMING,
        submit="Rename",
        close="Cancel",
        about=actions.value(turn),
    )


def renamed(title: str) -> str:
    """Say what a conversation is called now."""
    return f"The conversation is now called *{escaped(title)}*."


def delete(turn: str, title: str) -> Block:
    """Draw the modal that asks whether a conversation is to be deleted."""
    name = escaped(shortened(title, SHOWN_TITLE))
    question = (
        f"Delete the conversation *{name}*?\nIt disappears from PipesHub for everybody it is shared with. "
        "What was said here in Slack stays, without its buttons. This cannot be undone."
    )
    return modal(
        DELETE,
        [section(question)],
        callback_id=actions.DELETING,
        submit="Delete",
        close="Cancel",
        about=actions.value(turn),
    )
