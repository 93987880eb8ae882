"""What the flows need of a reply, whichever way Slack shows it."""

from typing import Protocol

from bot.domain.answers import Answer
from bot.domain.questions import Question
from bot.domain.turns import Turn


class Reply(Protocol):
    """The message that shows one answer."""

    def show(self, answer: Answer) -> None:
        """Show an answer on its way, as soon as there is room; never waits, and only the newest counts."""

    async def finish(self, answer: Answer) -> str:
        """Show an answer's end and return the `ts` of the message that bears it.

        Raises SlackError where it cannot be shown.
        """


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
