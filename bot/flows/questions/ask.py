"""From a question to a recorded turn: at once, or when its asker has linked an account.

Also for questions asked by command, form or button, and for those answered in private.
"""

from dataclasses import dataclass, field, replace
from typing import Protocol

import structlog

from bot.domain.channels import Audience, ChannelSettings
from bot.domain.errors import NotLinked, Reason, Refused, SlackError, SlackUnreachable
from bot.domain.turns import NO_OPTIONS, PostedQuestion, Question, QuestionOptions, QuestionOrigin, Thread
from bot.flows.accounts.identity import Identities
from bot.flows.actions.permissions import AnswerLookup
from bot.flows.admission import AdmissionService
from bot.flows.answers.worker import TurnWorker
from bot.flows.ports import Notes, Replies
from bot.metrics import Meters
from bot.store.claims import ClaimResult, ClaimStore
from bot.store.threads import PrivateAnswerStore, ThreadStore
from bot.store.turns import TurnStore
from bot.tasks import BackgroundTasks

log = structlog.get_logger(__name__)

FOLLOW_UP_CLAIM = "follow-up:"  # how the keys of claims on suggested questions begin


class LinkedPersonView(Protocol):
    """Something on the screen that changes when a person links an account."""

    def redraw(self, workspace: str, person: str) -> None:
        """Draw it again for a Slack user, in the background."""


@dataclass(frozen=True)
class AskService:
    """Records questions, each once, and begins to answer them, or when their asker has linked an account."""

    identities: Identities
    turns: TurnStore
    threads: ThreadStore
    claims: ClaimStore
    replies: Replies
    turn_worker: TurnWorker
    notes: Notes
    background_tasks: BackgroundTasks
    meters: Meters
    views: list[LinkedPersonView] = field(default_factory=list)
    """What is drawn again for people who link an account."""

    async def ask(self, question: Question, options: QuestionOptions = NO_OPTIONS) -> bool:
        """Record a question that is meant for the bot, and begin to answer it; return whether it is new.

        Returns within a few database calls, so that Slack can be acknowledged when the question is safe.
        """
        if not question.text:
            if question.addressed:
                if not question.is_direct:  # people are told that they can go on in the thread
                    identity = self.identities.identity_of(question.asker)
                    await self.threads.join(question.thread, identity, question.asker)
                self.background_tasks.start(self._explain(question), f"how to ask {question.ts}")
            return False
        unlinked = False
        try:
            await self.identities.require_linked(question.asker)
        except NotLinked:
            unlinked = True
        identity = self.identities.identity_of(question.asker)
        turn = await self.turns.record(question, identity, options, unlinked=unlinked)
        if turn is None:
            return False
        if unlinked:
            self.background_tasks.start(self._invite_or_resume(question), f"invitation {question.ts}")
        else:
            self.turn_worker.start(turn)
        self.meters.questions.labels("direct" if question.is_direct else "channel").inc()
        return True

    async def resume(self, workspace: str, person: str) -> None:
        """Have the waiting questions of a Slack user answered."""
        for view in self.views:
            view.redraw(workspace, person)
        for turn in await self.turns.resume_unlinked(workspace, person):
            self.turn_worker.start(turn)

    async def _invite_or_resume(self, question: Question) -> None:
        try:
            await self.identities.require_linked(question.asker)
        except NotLinked as missing:
            await self._invite(question, missing)
        else:
            # Linked while the question was recorded: nothing else would resume it.
            await self.resume(question.thread.workspace, question.asker)

    async def _invite(self, question: Question, missing: NotLinked) -> None:
        """Invite to link an account: people who do not address the bot once a thread."""
        thread = question.thread
        claim = f"invited:{thread.workspace}:{thread.channel}:{thread.ts}:{question.asker}"
        if not question.addressed and not await self.claims.claim_once(claim):
            return
        try:
            await self.notes.invite(question, missing)
        except SlackError as error:
            log.warning("account.invitation_failed", reason=error.detail)

    async def _explain(self, question: Question) -> None:
        """Say how to ask, once a message."""
        thread = question.thread
        if await self.claims.claim_once(f"how-to:{thread.workspace}:{thread.channel}:{question.ts}"):
            try:
                await self.replies.post_how_to(question)
            except SlackError as error:
                log.warning("question.how_to_failed", reason=error.detail)
                if not isinstance(error, SlackUnreachable):
                    await self.notes.tell_refused(question, error)


@dataclass(frozen=True)
class PostedQuestionService:
    """Posts questions for people: those asked by command, form or button, and those answered in private."""

    identities: Identities
    answer_lookup: AnswerLookup
    admission: AdmissionService
    threads: ThreadStore
    private_answers: PrivateAnswerStore
    claims: ClaimStore
    ask_service: AskService
    notes: Notes
    background_tasks: BackgroundTasks

    async def starts_conversation(self, thread: Thread, person: str) -> bool:
        """Return whether a question of a Slack user in `thread` begins a conversation."""
        return await self.threads.find_conversation_id(thread, self.identities.identity_of(person)) is None

    async def post_question(self, posted: PostedQuestion) -> Question:
        """Post a question where those who may read the answer see it, and ask it.

        Raises what `AdmissionService.admit` raises, NotLinked, NotAMember where the bot cannot write, and
        other SlackErrors.
        """
        settings = await self.admission.admit_press(posted.workspace, posted.channel, posted.asker)
        await self.identities.require_linked(posted.asker)
        return await self._post(posted, settings)

    async def ask_follow_up(self, turn_id: str, number: int, text: str, person: str) -> None:
        """Post a suggested question in the thread of its answer, once, in the name of `person`, and ask it.

        `text` is Slack markup, `number` tells it from the others under the answer. Raises Refused,
        and SlackError, after which it can be asked again.
        """
        thread = (await self.answer_lookup.finished(turn_id)).question.thread
        claim = f"{FOLLOW_UP_CLAIM}{turn_id}:{number}"
        if not await self.claims.claim_once(claim):
            raise Refused(Reason.ALREADY_ASKED)
        try:
            await self.post_question(
                PostedQuestion(thread.workspace, thread.channel, person, text, thread_ts=thread.ts)
            )
        except BaseException:
            await self.claims.release(claim)
            raise

    async def ask_privately(self, question: Question, settings: ChannelSettings) -> None:
        """Ask in private, once, what a person wrote in a channel. Raises SlackError."""
        thread = question.thread
        key = f"aside:{thread.workspace}:{thread.channel}:{question.ts}"
        if await self.claims.try_begin(key) is not ClaimResult.CLAIMED:
            return
        posted = PostedQuestion(
            thread.workspace, thread.channel, question.asker, question.text, thread_ts=thread.ts
        )
        try:
            await self._post(posted, settings)
        except BaseException:
            await self.claims.release(key)
            raise
        await self.claims.complete(key)

    async def _post(self, posted: PostedQuestion, settings: ChannelSettings) -> Question:
        """Post a question where its answer will be, in private where the channel wants that, and ask it."""
        if not posted.channel.startswith(("C", "G")) or settings.audience is not Audience.PRIVATE:
            question = await self.notes.post_question(posted)
            await self.ask_service.ask(question, posted.options)
            return question
        origin = QuestionOrigin(posted.channel, posted.thread_ts)
        asked_in = Thread(posted.workspace, origin.channel, origin.ts) if origin.ts else None
        thread = await self.private_answers.find_thread(asked_in, posted.asker) if asked_in else None
        question = await self.notes.post_question(
            replace(
                posted,
                channel=thread.channel if thread else posted.asker,
                thread_ts=thread.ts if thread else None,
                origin=origin,
            )
        )
        if thread is None:
            await self.private_answers.add_thread(question.thread, posted.asker, origin)
        if await self.ask_service.ask(question, posted.options) and asked_in is not None:
            notice = self._notify(asked_in, question, first=thread is None)
            self.background_tasks.start(notice, f"private answer notice {question.ts}")
        return question

    async def _notify(self, asked_in: Thread, question: Question, *, first: bool) -> None:
        try:
            await self.notes.post_notice(asked_in, question.asker, question.thread, first)
        except SlackError as error:
            log.info("private_answer.notice_failed", reason=error.detail)
