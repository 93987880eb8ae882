"""From a question to a recorded turn, also for questions asked by command, form or button."""

from asyncio import gather
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from bot.domain.channels import Audience
from bot.domain.errors import NotLinked, Reason, Refused, SlackError
from bot.domain.turns import NO_OPTIONS, PostedQuestion, Question, QuestionOptions, QuestionOrigin, Thread
from bot.flows.accounts.identity import Identities
from bot.flows.actions.permissions import AnswerLookup
from bot.flows.admission import AdmissionService
from bot.flows.answers.reply import Replies
from bot.flows.answers.worker import BackgroundWork, TurnWorker
from bot.flows.questions.awaiting_account import AwaitingAccountService
from bot.metrics import Meters
from bot.store.channels import ChannelSettingsStore
from bot.store.claims import ClaimResult, ClaimStore
from bot.store.threads import PrivateAnswerStore, ThreadStore
from bot.store.turns import TurnStore

log = structlog.get_logger(__name__)


class AskService:
    """Takes questions, each once."""

    def __init__(
        self,
        identities: Identities,
        turns: TurnStore,
        threads: ThreadStore,
        claims: ClaimStore,
        replies: Replies,
        turn_worker: TurnWorker,
        awaiting_account_service: AwaitingAccountService,
        meters: Meters,
    ) -> None:
        self._identities = identities
        self._turns = turns
        self._threads = threads
        self._claims = claims
        self._replies = replies
        self._turn_worker = turn_worker
        self._awaiting_account_service = awaiting_account_service
        self._meters = meters

    async def ask(self, question: Question, options: QuestionOptions = NO_OPTIONS) -> BackgroundWork | None:
        """Record a question with what was chosen for it; return the work it makes, or None if it makes none.

        Returns within a few database calls, so that Slack can be acknowledged when the question is safe.
        The same question makes work once, however often it is delivered.
        """
        if not question.addressed and not (question.text and await self._threads.is_known(question.thread)):
            return None
        if not question.text:
            return self._explain(question)
        work = await self._record(question, options)
        if work is None:
            return None
        surface = "direct" if question.thread.channel.startswith("D") else "channel"
        self._meters.questions.labels(surface).inc()
        return work

    async def _record(self, question: Question, options: QuestionOptions) -> BackgroundWork | None:
        try:
            await self._identities.require_linked(question.asker)
        except NotLinked:
            return await self._awaiting_account_service.record(question, options)
        turn = await self._turns.record(question, self._identities.identity_of(question.asker), options)
        return None if turn is None else self._turn_worker.start(turn)

    async def _explain(self, question: Question) -> None:
        """Say how to ask, once, although a mention is delivered as two events."""
        thread = question.thread
        if await self._claims.claim_once(f"how-to:{thread.workspace}:{thread.channel}:{question.ts}"):
            await self._replies.post_how_to(question)


PrivateAnswerNotice = Callable[[Thread, str, Thread, bool], Awaitable[None]]
"""Says in a thread, to everybody or with False to one person, that a person is answered in another one."""


class PrivateAnswerService:
    """Has questions written down where their answers are to stand, and asks them there."""

    def __init__(
        self,
        channel_settings: ChannelSettingsStore,
        private_answers: PrivateAnswerStore,
        claims: ClaimStore,
        ask_service: AskService,
        post_question: Callable[[PostedQuestion], Awaitable[Question]],
        notify: PrivateAnswerNotice,
    ) -> None:
        """Bring the parts together; `write` posts a question and returns it with the post as its message."""
        self._channel_settings = channel_settings
        self._private_answers = private_answers
        self._claims = claims
        self._ask_service = ask_service
        self._post_question = post_question
        self._notify = notify

    async def ask_privately(self, question: Question) -> BackgroundWork | None:
        """Ask in private what somebody wrote in a channel, once; return the work that it makes.

        Raises SlackError where it cannot be written down.
        """
        thread = question.thread
        key = f"aside:{thread.workspace}:{thread.channel}:{question.ts}"
        if await self._claims.try_begin(key) is not ClaimResult.CLAIMED:
            return None
        try:
            _, work = await self.post_question(
                PostedQuestion(
                    thread.workspace, thread.channel, question.asker, question.text, thread_ts=thread.ts
                )
            )
        except BaseException:
            await self._claims.release(key)
            raise
        await self._claims.complete(key)
        return work

    async def post_question(self, posted: PostedQuestion) -> tuple[Question, BackgroundWork | None]:
        """Write a question down, where it is asked or in private, and return it with the work it makes."""
        origin = await self._origin(posted)
        if origin is None:
            question = await self._post_question(posted)
            return question, await self._ask_service.ask(question, posted.options)
        asked_in = Thread(posted.workspace, origin.channel, origin.ts) if origin.ts else None
        thread = await self._private_answers.find_thread(asked_in, posted.asker) if asked_in else None
        question = await self._post_question(
            replace(
                posted,
                channel=thread.channel if thread else posted.asker,
                thread_ts=thread.ts if thread else None,
                origin=origin,
            )
        )
        if thread is None:
            await self._private_answers.add_thread(question.thread, posted.asker, origin)
        work = await self._ask_service.ask(question, posted.options)
        if work is not None and asked_in is not None:
            work = self._ask_and_notify(work, asked_in, question, first=thread is None)
        return question, work

    async def _origin(self, posted: PostedQuestion) -> QuestionOrigin | None:
        """Return where a question is asked that is answered elsewhere, None where it stays."""
        if not posted.channel.startswith(("C", "G")):
            return None
        settings = await self._channel_settings.get(posted.workspace, posted.channel)
        return (
            QuestionOrigin(posted.channel, posted.thread_ts)
            if settings.audience is Audience.PRIVATE
            else None
        )

    async def _ask_and_notify(
        self, work: BackgroundWork, asked_in: Thread, question: Question, *, first: bool
    ) -> None:
        async def point() -> None:
            try:
                await self._notify(asked_in, question.asker, question.thread, first)
            except SlackError as error:
                log.info("private_answer.notice_failed", reason=error.detail)

        await gather(work, point())


class PostedQuestionService:
    """Has a question written down where those who may hear the answer see it, and asks it."""

    def __init__(
        self,
        identities: Identities,
        admission: AdmissionService,
        private_answer_service: PrivateAnswerService,
        threads: ThreadStore,
    ) -> None:
        self._identities = identities
        self._admission = admission
        self._private_answer_service = private_answer_service
        self._threads = threads

    async def starts_conversation(self, thread: Thread, person: str) -> bool:
        """Return whether a question of a Slack user in `thread` begins a conversation."""
        return await self._threads.find_conversation_id(thread, self._identities.identity_of(person)) is None

    async def post_question(self, posted: PostedQuestion) -> tuple[Question, BackgroundWork | None]:
        """Write a question down and return it with the work that it makes.

        Raises what `AdmissionService.check` raises, NotLinked, NotAMember where the bot cannot write,
        and SlackError
        beside.
        """
        await self._admission.admit_press(posted.workspace, posted.channel, posted.asker)
        await self._identities.require_linked(posted.asker)
        return await self._private_answer_service.post_question(posted)


FOLLOW_UP_CLAIM = "follow-up:"
"""How the keys of claims on suggested questions begin."""


class FollowUpService:
    """Asks a suggested question in the thread of its answer, once, for whoever presses first."""

    def __init__(
        self, answer_lookup: AnswerLookup, claims: ClaimStore, posted_question_service: PostedQuestionService
    ) -> None:
        self._answer_lookup = answer_lookup
        self._claims = claims
        self._posted_question_service = posted_question_service

    async def ask(self, turn_id: str, number: int, text: str, person: str) -> BackgroundWork | None:
        """Write a suggested question down in the name of `person` and return the work that it makes.

        `text` is Slack markup, `number` tells it from the others under the answer. Raises Refused,
        and SlackError, after which it can be asked again.
        """
        thread = (await self._answer_lookup.finished(turn_id)).question.thread
        claim = f"{FOLLOW_UP_CLAIM}{turn_id}:{number}"
        if not await self._claims.claim_once(claim):
            raise Refused(Reason.ALREADY_ASKED)
        try:
            posted = PostedQuestion(thread.workspace, thread.channel, person, text, thread_ts=thread.ts)
            _, work = await self._posted_question_service.post_question(posted)
        except BaseException:
            await self._claims.release(claim)
            raise
        return work
