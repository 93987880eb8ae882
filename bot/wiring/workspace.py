"""The bot in one workspace: every flow, reply and listener of it."""

from functools import partial

from slack_bolt.async_app import AsyncApp

from bot.domain.people import AccessPolicy
from bot.domain.turns import QuestionOptions
from bot.flows.accounts.identity import Identities
from bot.flows.accounts.link import AccountLinkingService
from bot.flows.actions.feedback import FeedbackService
from bot.flows.actions.permissions import AnswerLookup
from bot.flows.actions.regenerate import RegenerateService
from bot.flows.actions.share import ShareService
from bot.flows.actions.stop import StopService
from bot.flows.admission import AdmissionService
from bot.flows.answers.recovery import AnswerRecovery, ReplyRecovery
from bot.flows.answers.reply import ReplyRedrawer
from bot.flows.answers.run import AnswerRunner
from bot.flows.answers.source import AnswerSource
from bot.flows.answers.worker import TurnWorker
from bot.flows.channel_settings import ChannelSettingsService, QuestionOptionsService
from bot.flows.conversations.browse import BrowseService
from bot.flows.conversations.manage import ManageService
from bot.flows.questions.ask import AskService, PostedQuestionService
from bot.flows.questions.incoming import IncomingMessageService, QuestionEditService
from bot.flows.scheduled.weekly_report import WeeklyReportService
from bot.pipeshub.oauth import fixed_token_auth
from bot.settings import Delivery, secret_value
from bot.slack.bolt_app import build_bolt_app
from bot.slack.client import MeteredClient
from bot.slack.directory import Directory
from bot.slack.listeners.interactions import Flows, Interactions, tell_error
from bot.slack.outbox import Outbox
from bot.slack.replies.delivery import (
    DeliveredReplies,
    StreamPolicy,
    stream_when_more_calls_left,
    stream_when_possible,
)
from bot.slack.replies.edited import EditedReplies
from bot.slack.replies.notes import Notes, WeeklyReportChannel
from bot.slack.replies.post import MessageFinder
from bot.store.answers import FeedbackStore
from bot.store.retention import WeakAnswerStore
from bot.store.threads import PrivateAnswerStore, UnpromptedThreadStore
from bot.wiring.process import AccountLinking, Process

STREAM_POLICIES: dict[Delivery, StreamPolicy | None] = {
    Delivery.EDIT: None,
    Delivery.STREAM: stream_when_possible,
    Delivery.AUTO: stream_when_more_calls_left,
}


class WorkspaceBot:
    """The bot in one workspace; nothing in it knows of any other one."""

    def __init__(
        self,
        process: Process,
        client: MeteredClient,
        account_linking: AccountLinking | None,
        workspace: str | None = None,
    ) -> None:
        """Build the parts; `client` holds the token of `workspace`, which Slack is asked for if need be."""
        self.client = client
        self.directory = directory = Directory(client, workspace)
        settings = process.settings
        service_auth = fixed_token_auth(secret_value(settings.pipeshub_bearer_auth))
        auth = account_linking.accounts(directory) if account_linking else service_auth
        self.identities = identities = Identities(process.server, auth)
        self._process = process
        self._outbox = Outbox(client)
        self._edited_replies = EditedReplies(
            self._outbox,
            process.rate_limits,
            process.frontend_url,
            process.turns.save_further_messages,
            process.leases.check,
        )
        self._replies = DeliveredReplies(self._edited_replies, STREAM_POLICIES[settings.answer_delivery])
        self._private_answers = PrivateAnswerStore(process.database)
        self._unprompted_threads = UnpromptedThreadStore(process.database)
        self._notes = Notes(self._outbox, directory, process.frontend_url)
        self._answer_lookup = AnswerLookup(process.turns, process.threads, identities, directory)
        self._default_options = QuestionOptions(settings.pipeshub_chat_mode, settings.pipeshub_model_key)
        self._options_service = QuestionOptionsService(identities, self._default_options)
        self._admission = self._make_admission()
        self._reply_redrawer = ReplyRedrawer(process.answers, self._edited_replies)
        self.reply_recovery = ReplyRecovery(process.turns, self._edited_replies, MessageFinder(self._outbox))
        self.manage_service = ManageService(
            self._answer_lookup,
            identities,
            process.turns,
            process.threads,
            self._reply_redrawer,
            self._edited_replies,
            self._outbox,
        )
        self.turn_worker = self._make_turn_worker()
        self.ask_service = self._make_ask_service()
        self.incoming_service, self._posted_question_service = self._question_services()
        self.slack: AsyncApp = build_bolt_app(
            client,
            self._flows(account_linking.service if account_linking else None),
            Interactions(self._outbox, directory, process.background_tasks, process.frontend_url),
            process.claims,
        )

    def weekly_report_service(self, channel: str) -> WeeklyReportService:
        """Return what posts the weekly report to `channel`."""
        return WeeklyReportService(
            WeakAnswerStore(self._process.database),
            self.identities,
            self.directory,
            self._outbox,
            WeeklyReportChannel(self._outbox, self.directory, channel),
        )

    def _make_admission(self) -> AdmissionService:
        """Return what refuses questions, by what the operator chose."""
        process, settings = self._process, self._process.settings
        policy = AccessPolicy(
            allow_guests=settings.allow_guests,
            allow_shared_channels=settings.allow_shared_channels,
            questions_per_person=settings.questions_per_person,
            questions_per_workspace=settings.questions_per_workspace,
        )
        return AdmissionService(process.channel_settings, process.turns, self.directory, policy)

    def _make_turn_worker(self) -> TurnWorker:
        """Return what works on turns, with everything that answers them."""
        process, identities, replies = self._process, self.identities, self._replies
        turns, threads, meters = process.turns, process.threads, process.meters
        answer_source = AnswerSource(
            identities,
            process.queue,
            turns,
            process.answers,
            AnswerRecovery(identities, threads, turns),
            self._notes,
            self.directory,
            self._default_options,
            process.settings.pipeshub_streaming,
            meters,
        )
        answer_runner = AnswerRunner(
            process.queue,
            turns,
            threads,
            process.claims,
            process.answers,
            identities,
            process.live_answers,
            process.live_answer_slots,
            answer_source,
            replies,
            self._edited_replies,
            self._reply_redrawer,
            self.reply_recovery,
            self._notes,
            meters,
        )
        return TurnWorker(
            process.queue,
            process.leases,
            replies,
            answer_runner,
            self.reply_recovery,
            self._edited_replies,
            self._notes,
            process.background_tasks,
            meters,
        )

    def _make_ask_service(self) -> AskService:
        """Return what records questions and begins to answer them."""
        process = self._process
        return AskService(
            self.identities,
            process.turns,
            process.threads,
            process.claims,
            self._replies,
            self.turn_worker,
            self._notes,
            process.background_tasks,
            process.meters,
        )

    def _question_services(self) -> tuple[IncomingMessageService, PostedQuestionService]:
        """Return what takes messages, and what takes the questions of people who write none."""
        process, identities = self._process, self.identities
        posted_question_service = PostedQuestionService(
            identities,
            self._answer_lookup,
            self._admission,
            process.threads,
            self._private_answers,
            process.claims,
            self.ask_service,
            self._notes,
            process.background_tasks,
        )
        incoming_service = IncomingMessageService(
            process.channel_settings,
            process.threads,
            self._unprompted_threads,
            process.claims,
            identities,
            self._admission,
            self.ask_service,
            posted_question_service,
            process.inbox,
            partial(tell_error, self._outbox),
        )
        return incoming_service, posted_question_service

    def _flows(self, account_linking: AccountLinkingService | None) -> Flows:
        """Return what the listeners call."""
        process, identities, lookup = self._process, self.identities, self._answer_lookup
        turns, threads, outbox, directory = process.turns, process.threads, self._outbox, self.directory
        redrawer = self._reply_redrawer
        posted_question_service = self._posted_question_service
        stop_service = StopService(
            lookup,
            turns,
            self._unprompted_threads,
            self._private_answers,
            process.live_answers,
            self._replies,
            redrawer,
            process.meters,
        )
        return Flows(
            incoming=self.incoming_service,
            posted_questions=posted_question_service,
            question_options=self._options_service,
            stop=stop_service,
            question_edits=QuestionEditService(turns, process.claims, stop_service, posted_question_service),
            regenerate=RegenerateService(
                lookup,
                turns,
                process.answers,
                self._admission,
                self.turn_worker,
                process.meters,
            ),
            manage=self.manage_service,
            browse=BrowseService(lookup, identities, threads, turns, outbox, directory),
            share=ShareService(lookup, identities, directory, self._private_answers, redrawer, self._notes),
            feedback=FeedbackService(lookup, turns, identities, FeedbackStore(process.database)),
            ask=self.ask_service,
            account_linking=account_linking,
            answer_lookup=lookup,
            channel_settings=ChannelSettingsService(
                process.channel_settings, self._options_service, directory, process.settings.admin_users
            ),
        )
