"""Incoming messages: which are questions for the bot, and whether it answers them."""

from dataclasses import dataclass, field, replace

import structlog
from cachetools import TTLCache

from bot.domain import question_detection
from bot.domain.channels import Audience, ChannelSettings
from bot.domain.errors import FromABot, PipesHubError, Reason, Refused, TooManyQuestions
from bot.domain.turns import Question, Thread
from bot.flows.accounts.identity import Identities
from bot.flows.actions.permissions import AnswerLookup, turn_once_stored
from bot.flows.admission import AdmissionService
from bot.flows.answers.reply import ReplyRedrawer
from bot.flows.questions.ask import AskService, PostedQuestionService
from bot.store.channels import ChannelSettingsStore
from bot.store.claims import ClaimStore
from bot.store.threads import PrivateAnswerStore, ThreadStore, UnpromptedThread, UnpromptedThreadStore
from bot.store.turns import TurnStore

log = structlog.get_logger(__name__)


TWIN_SECONDS = 600.0
"""Seconds in which Slack delivers the twin of a mention, or delivers it once more."""

MAX_TWINS = 10_000


@dataclass(frozen=True)
class IncomingMessageService:
    """Takes messages as questions where they are meant for the bot, each once."""

    channel_settings: ChannelSettingsStore
    threads: ThreadStore
    unprompted_threads: UnpromptedThreadStore
    claims: ClaimStore
    identities: Identities
    admission: AdmissionService
    ask_service: AskService
    posted_question_service: PostedQuestionService
    _taken: TTLCache[tuple[str, str, str], bool] = field(
        default_factory=lambda: TTLCache(MAX_TWINS, TWIN_SECONDS), init=False
    )

    async def handle(self, question: Question) -> None:
        """Ask a message as a question, if it is one for the bot.

        A mention comes as two events, `app_mention` and `message`: the second one is dropped here, unless
        the first one failed. Raises Refused where its asker is told why it is not answered, which is once.
        """
        if not question.addressed:
            if question.is_reply or question_detection.is_question(question.text):
                await self._handle_unaddressed(question)
            return
        key = (question.thread.workspace, question.thread.channel, question.ts)
        if key in self._taken:
            return
        self._taken[key] = True
        try:
            await self._ask(question, await self._settings(question.thread))
        except BaseException:
            self._taken.pop(key, None)
            raise

    async def _handle_unaddressed(self, question: Question) -> None:
        """Ask what does not address the bot, in its threads and where it may answer unprompted."""
        thread, settings = question.thread, await self._settings(question.thread)
        joined = await self.unprompted_threads.find(thread) if question.is_reply else None
        if question.is_reply and joined is None:
            if await self.threads.is_known(thread):
                await self._ask(question, settings)
        elif await self._is_answer_wanted(question, settings, joined):
            await self._ask(question, settings, unprompted=True)

    async def _is_answer_wanted(
        self, question: Question, settings: ChannelSettings, joined: UnpromptedThread | None
    ) -> bool:
        """Return whether the bot answers unprompted, at the head of a thread or in one it has `joined`.

        There it talks with one person; when another one writes, people talk to each other, and it is
        silent from then on.
        """
        if not (settings.on and settings.unprompted):
            return False
        if joined is None:
            return True
        if joined.is_silenced:
            return False
        if joined.person != question.asker:
            await self.unprompted_threads.stop_replying(question.thread, question.asker)
            return False
        return question_detection.is_question(question.text)

    async def _ask(self, question: Question, settings: ChannelSettings, *, unprompted: bool = False) -> None:
        try:
            await self.admission.admit(question, settings)
            if unprompted:
                # People are not invited to link an account for an answer that they did not ask for.
                await self.identities.require_linked(question.asker)
        except Refused as refusal:
            silent = unprompted or isinstance(refusal, FromABot)
            if silent or not await self._is_first_refusal(refusal, question):
                log.info("incoming.refused", refusal=refusal.reason, person=question.asker)
                return
            raise
        if unprompted:
            await self.unprompted_threads.add(question.thread, question.asker)
            question = replace(question, addressed=True)
        if settings.audience is Audience.PRIVATE and question.text:
            await self.posted_question_service.ask_privately(question, settings)
        else:
            await self.ask_service.ask(question)

    async def _settings(self, thread: Thread) -> ChannelSettings:
        return await self.channel_settings.get(thread.workspace, thread.channel)

    async def _is_first_refusal(self, refusal: Refused, question: Question) -> bool:
        """Return whether this refusal has to be told: once a message, although a mention comes as two events.

        People who go on talking in a thread are told once that the bot does not answer them.
        """
        thread = question.thread
        once = question.ts
        if not question.addressed and not isinstance(refusal, TooManyQuestions):
            once = f"{type(refusal).__name__}:{thread.ts}:{question.asker}"
        return await self.claims.claim_once(f"refused:{thread.workspace}:{thread.channel}:{once}")


@dataclass(frozen=True)
class StopReplyingService:
    """Keeps the bot silent in a thread until it is mentioned there."""

    turns: TurnStore
    answer_lookup: AnswerLookup
    unprompted_threads: UnpromptedThreadStore
    private_answers: PrivateAnswerStore
    reply_redrawer: ReplyRedrawer

    async def stop_replying(self, turn_id: str, person: str) -> None:
        """Keep the bot silent in the thread of a turn until it is mentioned; every reader may.

        It holds whether or not the answers can be redrawn. Raises Refused (NO_SUCH_TURN) where the bot
        was mentioned to begin the thread.
        """
        turn = await turn_once_stored(self.turns, turn_id)
        if turn is None:
            raise Refused(Reason.NO_SUCH_TURN)
        thread = turn.question.thread
        origin = await self.private_answers.find_origin(thread)
        if origin is not None and origin.ts is not None:
            thread = Thread(thread.workspace, origin.channel, origin.ts)
        if not await self.unprompted_threads.stop_replying(thread, person):
            raise Refused(Reason.NO_SUCH_TURN)
        try:
            await self.reply_redrawer.redraw_all(turn, await self.answer_lookup.conversation(turn))
        except PipesHubError as error:
            log.info("reply.redraw_failed", turn=turn.id, reason=error.detail)
