"""Regenerating an answer, retrying a failed one, and showing the whole of a stopped one."""

from bot.domain.conversations import MessageAuthor
from bot.domain.errors import NotTheNewest, Reason, Refused
from bot.domain.turns import NO_OPTIONS, QuestionOptions, Turn, TurnState
from bot.flows.actions.permissions import AnswerLookup, RegeneratePermission, turn_once_stored
from bot.flows.admission import AdmissionService
from bot.flows.answers.worker import BackgroundWork, TurnWorker
from bot.metrics import Meters
from bot.store.turns import AnswerVersion, AnswerVersionStore, TurnStore

ENDING_MOMENT = 0.3
"""Seconds within which an ending that is shown is stored, and no answer is written anew."""


class RegenerateService:
    """Puts the newest answer of a thread back into its queue, to be written anew."""

    def __init__(
        self,
        regenerate_permission: RegeneratePermission,
        answer_lookup: AnswerLookup,
        turns: TurnStore,
        answer_versions: AnswerVersionStore,
        admission: AdmissionService,
        turn_worker: TurnWorker,
    ) -> None:
        self._regenerate_permission = regenerate_permission
        self._answer_lookup = answer_lookup
        self._turns = turns
        self._answer_versions = answer_versions
        self._admission = admission
        self._turn_worker = turn_worker

    async def check(self, turn_id: str, person: str) -> Turn:
        """Return the turn whose answer `person` may have written anew now.

        Raises Refused, SlackError and PipesHubError.
        """
        begun = await turn_once_stored(self._turns, turn_id, ENDING_MOMENT)
        if begun is not None and begun.regenerates and begun.state is TurnState.RUNNING:
            # Pressed twice: waiting for the end of the first would have it written anew once more.
            raise Refused(Reason.STILL_WRITING)
        turn = await self._regenerate_permission.check(turn_id, person)
        finished = [
            each.id for each in await self._turns.finished_for_identity(turn.question.thread, turn.identity)
        ]
        if turn.id not in finished:
            # Somebody else began while the server was asked who may.
            raise Refused(Reason.STILL_WRITING)
        if finished[-1] != turn.id:
            raise NotTheNewest("a later turn is finished")
        return turn

    async def start(self, turn_id: str, person: str, options: QuestionOptions = NO_OPTIONS) -> BackgroundWork:
        """Return the work of writing the newest answer anew into its own reply, for `person`.

        Raises Refused, SlackError and PipesHubError where it cannot begin.
        """
        turn = await self.check(turn_id, person)
        thread = turn.question.thread
        await self._admission.admit_press(thread.workspace, thread.channel, person)
        conversation = await self._answer_lookup.conversation(turn)
        message = conversation.message(turn.message_id or "")
        if message is None or message.author is not MessageAuthor.BOT:
            raise Refused(Reason.NO_SUCH_TURN)
        if conversation.answer is not None and conversation.answer.id != message.id:
            raise NotTheNewest("a later answer is stored")
        await self._answer_versions.save(turn.id, message.content, message.citations)
        if not await self._turns.reopen_to_regenerate(turn.id, options):
            raise Refused(Reason.STILL_WRITING)
        return self._turn_worker.run_thread(thread, turn.identity)

    async def earlier_version(self, turn_id: str) -> AnswerVersion:
        """Return the version before the present answer, for anyone in the thread. Raises Refused."""
        version = await self._answer_versions.latest(turn_id)
        if version is None:
            raise Refused(Reason.NO_SUCH_TURN)
        return version


class ResumeService:
    """Fetches what the server wrote after an answer was stopped."""

    def __init__(self, answer_lookup: AnswerLookup, turns: TurnStore, turn_worker: TurnWorker) -> None:
        self._answer_lookup = answer_lookup
        self._turns = turns
        self._turn_worker = turn_worker

    async def resume(self, turn_id: str) -> bool:
        """Show the whole of a stopped answer where a part of it stands; return False if it is not stopped.

        The part stays where the server does not have the conversation any more, or does not tell: it is
        asked before anything changes. Raises Refused and PipesHubError.
        """
        turn = await turn_once_stored(self._turns, turn_id)
        if turn is None:
            raise Refused(Reason.NO_SUCH_TURN)
        if turn.state is not TurnState.STOPPED:
            return False
        if turn.conversation_id is not None:
            await self._answer_lookup.conversation(turn)
        if await self._turns.reopen_stopped(turn_id) is None:
            return False
        await self._turn_worker.run_thread(turn.question.thread, turn.identity)
        return True


class RetryService:
    """Puts a failed turn back into the queue of its thread."""

    def __init__(
        self, turns: TurnStore, admission: AdmissionService, turn_worker: TurnWorker, meters: Meters
    ) -> None:
        self._turns = turns
        self._admission = admission
        self._turn_worker = turn_worker
        self._meters = meters

    async def retry(self, turn_id: str, person: str) -> bool:
        """Ask a failed question again for `person` (a Slack user); return False if it is not failed any more.

        Raises Refused (NO_SUCH_TURN) where it is not on record, and what `AdmissionService.check` raises.
        """
        found = await turn_once_stored(self._turns, turn_id)
        if found is None:
            raise Refused(Reason.NO_SUCH_TURN)
        thread = found.question.thread
        await self._admission.admit_press(thread.workspace, thread.channel, person)
        turn = await self._turns.reopen_failed(turn_id)
        if turn is None:
            return False
        self._meters.retries.labels("question").inc()
        await self._turn_worker.run_thread(turn.question.thread, turn.identity)
        return True
