"""What the flows need of a reply, whichever way Slack shows it."""

from typing import Protocol

from bot.domain.conversations import STANDS_ALONE, Answer, Standing
from bot.domain.turns import Question, Shown, Turn


class Reply(Protocol):
    """The message that shows one answer."""

    def show(self, answer: Answer) -> None:
        """Show an answer on its way, as soon as there is room; never waits, and only the newest counts."""

    async def finish(self, answer: Answer, standing: Standing = STANDS_ALONE) -> Shown:
        """Show an answer's end and return the messages that show it.

        Raises SlackError where it cannot be shown.
        """

    async def redraw(self, answer: Answer, standing: Standing) -> None:
        """Draw the end of a finished answer again, with what can be done with it now.

        Raises SlackError where it cannot be shown.
        """

    async def clear(self) -> tuple[str, ...]:
        """Take away leftover messages of the turn as far as there is room, and return those that are gone."""


class Replies(Protocol):
    """Opens replies and finds them again."""

    async def place(self, turn: Turn) -> str:
        """Post the message that will show the answer and return its `ts`.

        Raises SlackError where it cannot be posted.
        """

    def of(self, turn: Turn) -> Reply:
        """Return the reply of a turn whose message stands."""

    async def explain(self, question: Question) -> None:
        """Answer somebody who asked nothing with a short how-to."""
