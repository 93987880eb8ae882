"""Incoming messages: which are questions for the bot, whether it answers them; their edits and deletions."""

from dataclasses import dataclass, field, replace

import structlog
from cachetools import TTLCache

from bot.domain import question_detection
from bot.domain.channels import Audience, ChannelSettings
from bot.domain.errors import FromABot, Reason, Refused, TooManyQuestions
from bot.domain.turns import FINISHED_STATES, PostedQuestion, Question, Turn, TurnState, deletion_claim
from bot.flows.accounts.identity import Identities
from bot.flows.actions.stop import StopService
from bot.flows.admission import AdmissionService
from bot.flows.questions.ask import AskService, PostedQuestionService
from bot.flows.questions.inbox import QuestionInbox, Taker, Tell
from bot.store.channels import ChannelSettingsStore
from bot.store.claims import ClaimStore
from bot.store.inbox import ReceivedQuestion
from bot.store.threads import ThreadStore, UnpromptedThread, UnpromptedThreadStore
from bot.store.turns import TurnStore

log = structlog.get_logger(__name__)


TWIN_SECONDS = 600.0  # seconds in which Slack delivers the twin of a mention, or delivers it once more
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
    inbox: QuestionInbox
    tell: Tell
    _taken: TTLCache[tuple[str, str, str, bool], bool] = field(
        default_factory=lambda: TTLCache(MAX_TWINS, TWIN_SECONDS), init=False
    )

    @property
    def taker(self) -> Taker:
        """What the inbox does with the questions of this workspace."""
        return Taker(self.take, self.tell)

    async def handle(self, question: Question) -> None:
        """Take a message as a question, if it is one for the bot; it is admitted and asked in the background.

        Returns when it is safe in the database. A mention comes as two events, `app_mention` and `message`:
        the second one is dropped here, unless the first one failed.
        """
        workspace, channel = question.thread.workspace, question.thread.channel
        if not question.addressed:
            if question.is_reply or question_detection.is_question(question.text):
                settings = await self.channel_settings.get(workspace, channel)
                await self._handle_unaddressed(question, settings)
            return
        if await self._is_thanked(question):
            return
        # What only mentioned the bot may get its question by an edit.
        key = (workspace, channel, question.ts, bool(question.text))
        if key in self._taken:
            return
        self._taken[key] = True
        try:
            await self.inbox.put(question, self.taker)
        except BaseException:
            self._taken.pop(key, None)
            raise

    async def _handle_unaddressed(self, question: Question, settings: ChannelSettings) -> None:
        """Ask what does not address the bot, in its threads and where it may answer unprompted."""
        joined = await self.unprompted_threads.find(question.thread) if question.is_reply else None
        if question.is_reply and joined is None:
            if await self._is_for_bot(question):
                await self.inbox.put(question, self.taker)
        elif await self._is_answer_wanted(question, settings, joined):
            await self.inbox.put(question, self.taker, unprompted=True)

    async def _is_thanked(self, question: Question) -> bool:
        """Return whether a mention only thanks for what the bot said in its thread: that wants no message."""
        if question.is_direct or not (question.is_reply and question.text):
            return False
        if not question_detection.needs_no_answer(question.text):
            return False
        joined = await self.unprompted_threads.find(question.thread)
        return joined is not None or bool(await self.threads.find_askers(question.thread))

    async def _is_for_bot(self, question: Question) -> bool:
        """Return whether a reply is for the bot, in a thread that it takes part in.

        Of those who asked there everything is, except thanks and what they say to others; other people
        talk to each other, so of them only a question is.
        """
        if question_detection.is_for_others(question.text) or question_detection.is_small_talk(question.text):
            return False
        askers = await self.threads.find_askers(question.thread)
        return bool(askers) and (
            question.asker in askers or question_detection.is_follow_up_question(question.text)
        )

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

    async def take(self, received: ReceivedQuestion) -> bool:
        """Admit a received question and ask it; return whether it was recorded as a new turn.

        Raises Refused where its asker is told why it is not answered, which is once.
        """
        question, unprompted = received.question, received.unprompted
        settings = await self.channel_settings.get(question.thread.workspace, question.thread.channel)
        try:
            await self.admission.admit(question, settings)
            if unprompted:
                # People are not invited to link an account for an answer that they did not ask for.
                await self.identities.require_linked(question.asker)
        except Refused as refusal:
            silent = unprompted or isinstance(refusal, FromABot)
            if silent or not await self._is_first_refusal(refusal, question):
                log.info("incoming.refused", refusal=refusal.reason, person=question.asker)
                return False
            raise
        if unprompted:
            await self.unprompted_threads.add(question.thread, question.asker)
            question = replace(question, addressed=True)
        if settings.audience is Audience.PRIVATE and question.text:
            if not await self.claims.is_claimed(question.deletion_claim):
                await self.posted_question_service.ask_privately(question, settings)
            return False
        return await self.ask_service.ask(question)

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
class QuestionEditService:
    """Follows edits and deletions of the messages that were questions. Finished answers stay."""

    turns: TurnStore
    claims: ClaimStore
    stop_service: StopService
    posted_question_service: PostedQuestionService

    async def is_asked(self, question: Question) -> bool:
        """Return whether the message of a question was asked already, whatever it said then."""
        thread = question.thread
        return await self.turns.find_by_question(thread.workspace, thread.channel, question.ts) is not None

    async def edit(self, question: Question) -> Turn | None:
        """Take the new text of a question; return its turn where it was asked already with the old one."""
        thread = question.thread
        turn = await self.turns.find_by_question(thread.workspace, thread.channel, question.ts)
        if turn is None or turn.question.asker != question.asker or not question.text:
            return None
        if turn.question.text == question.text:  # the edit itself was asked, by its other event
            return None
        return None if await self.turns.save_edit(turn.id, question.text) else turn

    async def ask_edited(self, turn_id: str, person: str) -> None:
        """Post the new text of a question in its thread, once, and ask it.

        Raises Refused, and SlackError, after which it can be asked again.
        """
        turn = await self.turns.get(turn_id)
        if turn is not None and turn.question.asker != person:
            raise Refused(Reason.NOT_THE_AUTHOR)
        text = await self.turns.take_edit(turn_id)
        if turn is None or text is None:
            raise Refused(Reason.ALREADY_ASKED)
        thread = turn.question.thread
        try:
            await self.posted_question_service.post_question(
                PostedQuestion(thread.workspace, thread.channel, person, text, thread_ts=thread.ts)
            )
        except BaseException:
            await self.turns.save_edit(turn_id, text)
            raise

    async def delete(self, workspace: str, channel: str, ts: str) -> None:
        """Stop the turn whose question was the message `ts`, as its author would. Raises SlackError.

        A question that comes only now, or has no placeholder yet, is not asked.
        """
        await self.claims.claim_once(deletion_claim(workspace, channel, ts))
        turn = await self.turns.find_by_question(workspace, channel, ts)
        if turn is None or (turn.state is TurnState.UNLINKED and await self.turns.cancel_unlinked(turn.id)):
            return
        if turn.state not in FINISHED_STATES:
            await self.stop_service.stop(turn.id, turn.question.asker)
