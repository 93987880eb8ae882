"""Questions that are edited or deleted after they were asked."""

from bot.domain.errors import AskedAlready, NotTheAuthor
from bot.domain.turns import FINISHED, Posed, Question, Turn, TurnState
from bot.flows.actions.stop import Stopping
from bot.flows.answers.worker import Work
from bot.flows.questions.ask import Posing
from bot.flows.questions.awaiting_account import Postponing
from bot.store.turns import Turns, Wishes


class Revising:
    """Follows what becomes of a question's message. What was answered stays."""

    def __init__(
        self, turns: Turns, wishes: Wishes, stopping: Stopping, posing: Posing, postponing: Postponing
    ) -> None:
        self._turns = turns
        self._wishes = wishes
        self._stopping = stopping
        self._posing = posing
        self._postponing = postponing

    async def edited(self, question: Question) -> Turn | None:
        """Take the new text of a question; return its turn where that has to be asked as another question.

        A question that PipesHub was not asked yet is asked with its new text, and nobody is bothered.
        """
        thread = question.thread
        turn = await self._wishes.asked_in(thread.workspace, thread.channel, question.ts)
        if turn is None or turn.question.asker != question.asker or not question.text:
            return None
        return None if await self._wishes.edit(turn.id, question.text) else turn

    async def ask(self, turn_id: str, person: str) -> Work | None:
        """Write the new text of a question down in its thread, once, and return the work that it makes.

        Raises NotTheAuthor, AskedAlready, and SlackError, after which it can be asked again.
        """
        turn = await self._turns.get(turn_id)
        if turn is not None and turn.question.asker != person:
            raise NotTheAuthor
        text = await self._wishes.take_edit(turn_id)
        if turn is None or text is None:
            raise AskedAlready
        thread = turn.question.thread
        try:
            _, work = await self._posing.pose(
                Posed(thread.workspace, thread.channel, person, text, thread_ts=thread.ts)
            )
        except BaseException:
            await self._wishes.edit(turn_id, text)
            raise
        return work

    async def deleted(self, workspace: str, channel: str, ts: str) -> None:
        """Stop the turn whose question was the message `ts`, as its author would. Raises SlackError."""
        turn = await self._wishes.asked_in(workspace, channel, ts)
        if turn is None or (turn.state is TurnState.UNLINKED and await self._postponing.withdraw(turn.id)):
            return
        if turn.state not in FINISHED:
            await self._stopping.stop(turn.id, turn.question.asker)
