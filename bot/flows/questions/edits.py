"""Questions that are edited or deleted after they were asked."""

from dataclasses import dataclass

from bot.domain.errors import Reason, Refused
from bot.domain.turns import FINISHED_STATES, PostedQuestion, Question, Turn, TurnState
from bot.flows.actions.stop import StopService
from bot.flows.questions.ask import PostedQuestionService
from bot.flows.questions.awaiting_account import AwaitingAccountService
from bot.store.turns import PendingRequestStore, TurnStore


@dataclass(frozen=True)
class QuestionEditService:
    """Follows edits and deletions of the messages that were questions. Finished answers stay."""

    turns: TurnStore
    pending_requests: PendingRequestStore
    stop_service: StopService
    posted_question_service: PostedQuestionService
    awaiting_account_service: AwaitingAccountService

    async def edit(self, question: Question) -> Turn | None:
        """Take the new text of a question; return its turn where it was asked already with the old one."""
        thread = question.thread
        turn = await self.pending_requests.find_by_question(thread.workspace, thread.channel, question.ts)
        if turn is None or turn.question.asker != question.asker or not question.text:
            return None
        return None if await self.pending_requests.save_edit(turn.id, question.text) else turn

    async def ask_edited(self, turn_id: str, person: str) -> None:
        """Post the new text of a question in its thread, once, and ask it.

        Raises Refused, and SlackError, after which it can be asked again.
        """
        turn = await self.turns.get(turn_id)
        if turn is not None and turn.question.asker != person:
            raise Refused(Reason.NOT_THE_AUTHOR)
        text = await self.pending_requests.take_edit(turn_id)
        if turn is None or text is None:
            raise Refused(Reason.ALREADY_ASKED)
        thread = turn.question.thread
        try:
            await self.posted_question_service.post_question(
                PostedQuestion(thread.workspace, thread.channel, person, text, thread_ts=thread.ts)
            )
        except BaseException:
            await self.pending_requests.save_edit(turn_id, text)
            raise

    async def delete(self, workspace: str, channel: str, ts: str) -> None:
        """Stop the turn whose question was the message `ts`, as its author would. Raises SlackError."""
        turn = await self.pending_requests.find_by_question(workspace, channel, ts)
        if turn is None or (
            turn.state is TurnState.UNLINKED and await self.awaiting_account_service.cancel(turn.id)
        ):
            return
        if turn.state not in FINISHED_STATES:
            await self.stop_service.stop(turn.id, turn.question.asker)
