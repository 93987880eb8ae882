"""Incoming messages: which are questions for the bot, and whether it answers them."""

from dataclasses import replace

import structlog

from bot.domain import question_detection
from bot.domain.channels import Audience, ChannelSettings
from bot.domain.errors import FromABot, PipesHubError, Reason, Refused, TooManyQuestions
from bot.domain.people import AccessRequest
from bot.domain.turns import Question, Thread
from bot.flows.accounts.identity import Identities
from bot.flows.actions.permissions import AnswerLookup, turn_once_stored
from bot.flows.admission import AdmissionService
from bot.flows.answers.reply import ReplyRedrawer
from bot.flows.answers.worker import BackgroundWork
from bot.flows.questions.ask import AskService, PrivateAnswerService
from bot.store.channels import ChannelSettingsStore
from bot.store.claims import ClaimStore
from bot.store.threads import PrivateAnswerStore, ThreadStore, UnpromptedThreadStore
from bot.store.turns import TurnStore

log = structlog.get_logger(__name__)


class IncomingMessageService:
    """Takes messages as questions where they are meant for the bot, each once."""

    def __init__(
        self,
        channel_settings: ChannelSettingsStore,
        threads: ThreadStore,
        unprompted_threads: UnpromptedThreadStore,
        claims: ClaimStore,
        identities: Identities,
        admission: AdmissionService,
        ask_service: AskService,
        private_answer_service: PrivateAnswerService,
    ) -> None:
        self._channel_settings = channel_settings
        self._threads = threads
        self._unprompted_threads = unprompted_threads
        self._claims = claims
        self._identities = identities
        self._admission = admission
        self._ask_service = ask_service
        self._private_answer_service = private_answer_service

    async def handle(self, question: Question) -> BackgroundWork | None:
        """Return the work that a message makes, None if it makes none.

        Raises Refused where its asker is to be told why it is not answered, which is once.
        """
        if not (question.addressed or question.is_reply or question_detection.is_question(question.text)):
            return None
        thread = question.thread
        settings = await self._channel_settings.get(thread.workspace, thread.channel)
        unprompted = not question.addressed and await self._is_unprompted(question)
        if unprompted and not await self._is_answer_wanted(question, settings):
            return None
        if not (unprompted or question.addressed or await self._threads.is_known(thread)):
            return None
        try:
            await self._admit(question, unprompted=unprompted)
        except Refused as refusal:
            if (
                unprompted
                or isinstance(refusal, FromABot)
                or not await self._is_first_refusal(refusal, question)
            ):
                log.info("incoming.refused", refusal=refusal.reason, person=question.asker)
                return None
            raise
        if unprompted:
            await self._unprompted_threads.add(thread, question.asker)
            question = replace(question, addressed=True)
        if settings.audience is Audience.PRIVATE and question.text:
            return await self._private_answer_service.ask_privately(question)
        return await self._ask_service.ask(question)

    async def _is_unprompted(self, question: Question) -> bool:
        """Return whether nobody asked the bot: into this thread, or at all."""
        return not question.is_reply or await self._unprompted_threads.find(question.thread) is not None

    async def _is_answer_wanted(self, question: Question, settings: ChannelSettings) -> bool:
        """Return whether an answer to a message that is addressed to nobody is wanted.

        In a thread that the bot began by itself it talks with one person; when somebody else says
        something there, people talk to each other, and it is silent from then on.
        """
        if not (settings.on and settings.unprompted):
            return False
        unprompted_thread = await self._unprompted_threads.find(question.thread)
        if unprompted_thread is None:
            return True
        if unprompted_thread.is_silenced:
            return False
        if unprompted_thread.person != question.asker:
            await self._unprompted_threads.stop_replying(question.thread, question.asker)
            return False
        return question_detection.is_question(question.text)

    async def _admit(self, question: Question, *, unprompted: bool) -> None:
        thread = question.thread
        request = AccessRequest(
            thread.workspace,
            thread.channel,
            question.asker,
            question.ts,
            question.externally_shared,
            question.asker_team,
        )
        await self._admission.admit(request)
        if unprompted:
            # Nobody is asked to connect an account for an answer they did not ask for.
            await self._identities.require_linked(question.asker)

    async def _is_first_refusal(self, refusal: Refused, question: Question) -> bool:
        """Return whether this refusal is to be said: once a message, although a mention comes as two events.

        Who goes on talking in a thread hears once that the bot does not take part for them.
        """
        thread = question.thread
        once = question.ts
        if not question.addressed and not isinstance(refusal, TooManyQuestions):
            once = f"{type(refusal).__name__}:{thread.ts}:{question.asker}"
        return await self._claims.claim_once(f"refused:{thread.workspace}:{thread.channel}:{once}")


class StopReplyingService:
    """Keeps the bot out of a thread until somebody mentions it."""

    def __init__(
        self,
        turns: TurnStore,
        answer_lookup: AnswerLookup,
        unprompted_threads: UnpromptedThreadStore,
        private_answers: PrivateAnswerStore,
        reply_redrawer: ReplyRedrawer,
    ) -> None:
        self._turns = turns
        self._answer_lookup = answer_lookup
        self._unprompted_threads = unprompted_threads
        self._private_answers = private_answers
        self._reply_redrawer = reply_redrawer

    async def stop_replying(self, turn_id: str, person: str) -> None:
        """Let the bot say nothing more without a mention in the thread of a turn, because of `person`.

        Anybody who sees the answer may. It holds whether or not the answer can be drawn anew. Raises
        Refused (NO_SUCH_TURN) where the bot was asked into the thread.
        """
        turn = await turn_once_stored(self._turns, turn_id)
        if turn is None:
            raise Refused(Reason.NO_SUCH_TURN)
        thread = turn.question.thread
        origin = await self._private_answers.find_origin(thread)
        if origin is not None and origin.ts is not None:
            thread = Thread(thread.workspace, origin.channel, origin.ts)
        if not await self._unprompted_threads.stop_replying(thread, person):
            raise Refused(Reason.NO_SUCH_TURN)
        try:
            await self._reply_redrawer.redraw_all(turn, await self._answer_lookup.conversation(turn))
        except PipesHubError as error:
            log.info("reply.redraw_failed", turn=turn.id, reason=error.detail)
