"""Regenerating an answer, retrying a failed one, and showing the whole of a stopped one."""

from dataclasses import dataclass

from bot.domain.errors import NotTheNewest, Reason, Refused
from bot.domain.turns import NO_OPTIONS, QuestionOptions, Turn, TurnState
from bot.flows.actions.permissions import AnswerLookup, not_the_owner
from bot.flows.admission import AdmissionService
from bot.flows.answers.worker import TurnWorker
from bot.metrics import Meters
from bot.store.answers import AnswerStore, AnswerVersion
from bot.store.turns import TurnStore

ENDING_MOMENT = 0.3  # seconds within which an ending that is shown is stored, and no answer is regenerated


@dataclass(frozen=True)
class RegenerateService:
    """Puts turns that ended back into the queue of their thread."""

    answer_lookup: AnswerLookup
    turns: TurnStore
    answers: AnswerStore
    admission: AdmissionService
    turn_worker: TurnWorker
    meters: Meters

    async def check(self, turn_id: str, person: str) -> Turn:
        """Return the turn whose answer `person` may regenerate now.

        Raises Refused, SlackError and PipesHubError.
        """
        begun = await self.answer_lookup.turn(turn_id, ENDING_MOMENT)
        if begun.regenerates and begun.state is TurnState.RUNNING:
            # Pressed twice: after a wait for the first one it would be regenerated once more.
            raise Refused(Reason.STILL_WRITING)
        turn = await self._permitted(turn_id, person)
        answered = await self.turns.in_thread(turn.question.thread, turn.identity, TurnState.DONE)
        finished = [each.id for each in answered]
        if turn.id not in finished:
            # Another person began while the server was asked for permission.
            raise Refused(Reason.STILL_WRITING)
        if finished[-1] != turn.id:
            raise NotTheNewest("a later turn is finished")
        return turn

    async def start(self, turn_id: str, person: str, options: QuestionOptions = NO_OPTIONS) -> None:
        """Begin to regenerate the newest answer in its own reply, for `person`.

        Raises Refused, SlackError and PipesHubError where it cannot begin.
        """
        turn = await self.check(turn_id, person)
        thread = turn.question.thread
        await self.admission.admit_press(thread.workspace, thread.channel, person)
        conversation, message = await self.answer_lookup.stored_answer(turn)
        if conversation.answer is not None and conversation.answer.id != message.id:
            raise NotTheNewest("a later answer is stored")
        await self.answers.save_version(turn.id, message.content, message.citations)
        if not await self.turns.reopen_to_regenerate(turn.id, options):
            raise Refused(Reason.STILL_WRITING)
        self.turn_worker.run_thread(thread, turn.identity)

    async def _permitted(self, turn_id: str, person: str) -> Turn:
        """Return a finished turn that `person` (a Slack user) may regenerate.

        The person who started the conversation may, and those it is shared with at the level `write`: the
        server is asked each time, since access can be revoked. A person's own account is used by them
        alone. Raises Refused, SlackError and PipesHubError.
        """
        turn = await self.answer_lookup.finished(turn_id)
        owner = await self.answer_lookup.owner(turn)
        if person == owner:
            return turn
        if turn.is_personal:
            raise not_the_owner(owner)
        account = await self.answer_lookup.account_id(person)
        if account is not None:
            readers = (await self.answer_lookup.conversation(turn)).shared_with
            if readers.get(account) == "write":
                return turn
        if not owner:
            raise Refused(Reason.NO_WRITE_ACCESS_OWNER_UNKNOWN)
        raise Refused(Reason.NO_WRITE_ACCESS, owner=owner)

    async def earlier_version(self, turn_id: str) -> AnswerVersion:
        """Return the version before the present answer, for every reader of the thread. Raises Refused."""
        version = await self.answers.latest_version(turn_id)
        if version is None:
            raise Refused(Reason.NO_SUCH_TURN)
        return version

    async def resume(self, turn_id: str) -> bool:
        """Fetch the whole of a stopped answer in place of the part; return False if it is not stopped.

        The server is asked for the conversation before anything changes, so that the part stays where it
        is deleted. Raises Refused and PipesHubError.
        """
        turn = await self.answer_lookup.turn(turn_id)
        if turn.state is not TurnState.STOPPED:
            return False
        if turn.conversation_id is not None:
            await self.answer_lookup.conversation(turn)
        if await self.turns.reopen_stopped(turn_id) is None:
            return False
        self.turn_worker.run_thread(turn.question.thread, turn.identity)
        return True

    async def retry(self, turn_id: str, person: str) -> bool:
        """Ask a failed question again for `person` (a Slack user); return False if it is not failed any more.

        Raises Refused (NO_SUCH_TURN) where it is not on record, and what `AdmissionService.admit` raises.
        """
        thread = (await self.answer_lookup.turn(turn_id)).question.thread
        await self.admission.admit_press(thread.workspace, thread.channel, person)
        turn = await self.turns.reopen_failed(turn_id)
        if turn is None:
            return False
        self.meters.retries.labels("question").inc()
        self.turn_worker.run_thread(turn.question.thread, turn.identity)
        return True
