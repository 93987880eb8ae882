"""The bot in one workspace: every flow, reply and listener of it."""

from slack_bolt.async_app import AsyncApp

from bot.domain.people import AccessPolicy
from bot.flows.accounts.identity import Identities
from bot.flows.accounts.link import AccountLinkingService
from bot.flows.actions.feedback import FeedbackService
from bot.flows.actions.permissions import AnswerLookup, PipesHubUserLookup, PressCheck, RegeneratePermission
from bot.flows.actions.regenerate import RegenerateService, ResumeService, RetryService
from bot.flows.actions.share import ShareInThreadService, ShareService
from bot.flows.actions.stop import StopService
from bot.flows.admission import AdmissionService
from bot.flows.answers.recovery import AnswerRecovery, LeftoverCleanup, ReplyRecovery
from bot.flows.answers.reply import Replies, ReplyRedrawer
from bot.flows.answers.run import AnswerFinisher, AnswerRunner
from bot.flows.answers.source import AnswerSource, QuestionSender, RegenerateSource, ThreadContext
from bot.flows.answers.worker import QueuePositionUpdater, TurnWorker
from bot.flows.channel_settings import ChannelSettingsService, DefaultOptions, QuestionOptionsService
from bot.flows.conversations.browse import BrowseService, RecentConversationsService
from bot.flows.conversations.manage import ArchiveService, DeleteService, RenameService
from bot.flows.questions.ask import AskService, FollowUpService, PostedQuestionService, PrivateAnswerService
from bot.flows.questions.awaiting_account import AwaitingAccountService
from bot.flows.questions.edits import QuestionEditService
from bot.flows.questions.incoming import IncomingMessageService, StopReplyingService
from bot.flows.scheduled.weekly_report import WeeklyReportService
from bot.settings import Delivery
from bot.slack.bolt_app import build_bolt_app
from bot.slack.client import MeteredClient
from bot.slack.directory import Directory
from bot.slack.listeners.flows import Flows
from bot.slack.listeners.interactions import Interactions
from bot.slack.outbox import Outbox
from bot.slack.replies.delivery import (
    DeliveredReplies,
    RepliesWithStatus,
    stream_when_more_calls_left,
    stream_when_possible,
)
from bot.slack.replies.edited import ButtonStripper, EditedReplies, QueuePositionMessages
from bot.slack.replies.notes import (
    AccountInvitations,
    PostedQuestionMessages,
    PrivateAnswerNotes,
    ThreadHistory,
    WeeklyReportChannel,
)
from bot.slack.replies.post import MessageFinder
from bot.store.retention import WeakAnswerStore
from bot.store.threads import PrivateAnswerStore, UnpromptedThreadStore
from bot.store.turn_queue import AwaitingAccountStore, QueuePositionStore
from bot.store.turns import FeedbackStore, QuestionRateStore
from bot.wiring.process import Process


class QuestionIntake:
    """What a workspace has at its door."""

    def __init__(self, process: Process, outbox: Outbox, directory: Directory) -> None:
        """Build the parts that work on turns needs too."""
        settings = process.settings
        self._process = process
        self._write = PostedQuestionMessages(outbox, directory).post
        self.private_answer_notes = PrivateAnswerNotes(outbox, directory, process.frontend_url)
        self.private_answers = PrivateAnswerStore(process.database)
        self.unprompted_threads = UnpromptedThreadStore(process.database)
        self.default_options = DefaultOptions(
            process.channel_settings, self.private_answers, process.default_options
        )
        policy = AccessPolicy(
            allow_guests=settings.allow_guests,
            allow_shared_channels=settings.allow_shared_channels,
            questions_per_person=settings.questions_per_person,
            questions_per_workspace=settings.questions_per_workspace,
        )
        self.admission = AdmissionService(
            process.channel_settings,
            QuestionRateStore(process.database),
            directory.cached_role,
            directory.is_externally_shared,
            policy,
        )

    def services(
        self, identities: Identities, ask_service: AskService
    ) -> tuple[IncomingMessageService, PostedQuestionService]:
        """Return what takes messages, and what takes questions of people who write none."""
        process = self._process
        private_answer_service = PrivateAnswerService(
            process.channel_settings,
            self.private_answers,
            process.claims,
            ask_service,
            self._write,
            self.private_answer_notes.post_notice,
        )
        incoming_service = IncomingMessageService(
            process.channel_settings,
            process.threads,
            self.unprompted_threads,
            process.claims,
            identities,
            self.admission,
            ask_service,
            private_answer_service,
        )
        return incoming_service, PostedQuestionService(
            identities, self.admission, private_answer_service, process.threads
        )


class WorkspaceBot:
    """The bot in one workspace; nothing in it knows of any other one."""

    def __init__(
        self,
        process: Process,
        client: MeteredClient,
        identities: Identities,
        account_linking: AccountLinkingService | None = None,
    ) -> None:
        """Build the parts; `client` holds the workspace's token, `identities` are its people at PipesHub.

        Those connect accounts of their own by `linking`, where that is wanted.
        """
        self.client = client
        self._process = process
        self._outbox = Outbox(client)
        self._directory = Directory(client)
        self.member = self._directory.find_user
        self.identities = identities
        self._account_linking = account_linking
        self._replies = self._replies_for_delivery()
        self._answer_lookup = AnswerLookup(process.turns, process.threads, identities)
        self._question_intake = QuestionIntake(process, self._outbox, self._directory)
        self._reply_redrawer = ReplyRedrawer(process.turns, process.answer_versions, self._replies)
        self.leftover_cleanup = LeftoverCleanup(process.turns, self._replies)
        self.archive_service = ArchiveService(
            self._answer_lookup, identities, process.threads, self._reply_redrawer
        )
        self.turn_worker = self._make_turn_worker()
        self.awaiting_account = AwaitingAccountService(
            identities,
            process.turns,
            AwaitingAccountStore(process.database),
            process.claims,
            self.turn_worker,
            AccountInvitations(self._outbox).send,
        )
        self.slack: AsyncApp = build_bolt_app(
            client,
            self._flows(),
            Interactions(self._outbox, self._directory, process.background_tasks, process.frontend_url),
            process.claims,
        )

    def weekly_report_service(self, channel: str) -> WeeklyReportService:
        """Return what writes the weekly note to `channel`."""
        outbox, directory = self._outbox, self._directory
        return WeeklyReportService(
            WeakAnswerStore(self._process.database),
            self.identities,
            directory.workspace_id,
            directory.is_public,
            outbox.permalink,
            directory.plain_text,
            WeeklyReportChannel(outbox, directory, channel).post,
        )

    def _replies_for_delivery(self) -> Replies:
        """Return replies as an operator wants them delivered."""
        process, outbox = self._process, self._outbox
        delivery = process.settings.answer_delivery
        edited = EditedReplies(
            outbox, process.rate_limits, process.frontend_url, process.turns.save_further_messages
        )
        if delivery is Delivery.EDIT:
            return RepliesWithStatus(edited, outbox)
        stream_policy = stream_when_possible if delivery is Delivery.STREAM else stream_when_more_calls_left
        chosen = DeliveredReplies(outbox, process.rate_limits, process.frontend_url, edited, stream_policy)
        return RepliesWithStatus(chosen, outbox)

    def _make_turn_worker(self) -> TurnWorker:
        """Return what works on turns, with everything that answers them."""
        process, identities = self._process, self.identities
        turns, threads, meters = process.turns, process.threads, process.meters
        answer_recovery = AnswerRecovery(identities, threads, turns)
        regenerate_source = RegenerateSource(identities, answer_recovery, process.answer_versions)
        answer_source = AnswerSource(
            identities,
            QuestionSender(streaming=process.settings.pipeshub_streaming),
            answer_recovery,
            regenerate_source,
            ThreadContext(turns, ThreadHistory(self._outbox, self._directory).messages_between),
            threads,
            self._directory.question_text,
            self._question_intake.default_options.for_thread,
        )
        answer_finisher = AnswerFinisher(
            process.queue,
            threads,
            identities,
            self._reply_redrawer,
            regenerate_source,
            self.leftover_cleanup,
            meters,
        )
        reply_recovery = ReplyRecovery(turns, MessageFinder(self._outbox).messages_of)
        answer_runner = AnswerRunner(
            process.live_answer_slots,
            answer_source,
            answer_finisher,
            turns,
            self._replies,
            process.live_answers,
            reply_recovery,
            meters,
        )
        placeholders = QueuePositionMessages(self._outbox, process.rate_limits, process.frontend_url)
        queue_position_updater = QueuePositionUpdater(QueuePositionStore(process.database), placeholders.show)
        return TurnWorker(
            process.queue,
            process.leases,
            self._replies,
            answer_runner,
            reply_recovery,
            queue_position_updater,
            meters,
        )

    def _flows(self) -> Flows:
        """Return what the listeners call."""
        process, identities, records = self._process, self.identities, self._answer_lookup
        turns, threads = process.turns, process.threads
        outbox, directory = self._outbox, self._directory
        user_lookup = PipesHubUserLookup(identities, directory.find_user)
        ask_service = AskService(
            identities,
            turns,
            threads,
            process.claims,
            self._replies,
            self.turn_worker,
            self.awaiting_account,
            process.meters,
        )
        intake, reply_redrawer = self._question_intake, self._reply_redrawer
        incoming_service, posted_question_service = intake.services(identities, ask_service)
        share_service = ShareService(records, identities, directory.find_user)
        stop_service = StopService(
            turns, process.pending_requests, process.live_answers, self._replies, process.meters
        )
        regenerate_permission = RegeneratePermission(records, user_lookup)
        options_service = QuestionOptionsService(identities, process.default_options)
        return Flows(
            incoming=incoming_service,
            retry=RetryService(turns, intake.admission, self.turn_worker, process.meters),
            posted_questions=posted_question_service,
            question_options=options_service,
            recent_conversations=RecentConversationsService(threads, identities),
            stop=stop_service,
            resume=ResumeService(records, turns, self.turn_worker),
            question_edits=QuestionEditService(
                turns, process.pending_requests, stop_service, posted_question_service, self.awaiting_account
            ),
            follow_up=FollowUpService(records, process.claims, posted_question_service),
            regenerate=RegenerateService(
                regenerate_permission,
                records,
                turns,
                process.answer_versions,
                intake.admission,
                self.turn_worker,
            ),
            archive=self.archive_service,
            rename=RenameService(records, identities, outbox.set_thread_title),
            delete=DeleteService(
                records,
                identities,
                turns,
                threads,
                self._reply_redrawer,
                ButtonStripper(outbox).strip_buttons,
            ),
            browse=BrowseService(
                records, identities, threads, turns, user_lookup, outbox.permalink, directory.is_public
            ),
            share=share_service,
            feedback=FeedbackService(records, turns, identities, FeedbackStore(process.database)),
            awaiting_account=self.awaiting_account,
            account_linking=self._account_linking,
            press_check=PressCheck(turns),
            share_in_thread=ShareInThreadService(
                records,
                share_service,
                intake.private_answers,
                reply_redrawer,
                intake.private_answer_notes.post_copy,
            ),
            stop_replying=StopReplyingService(
                turns, records, intake.unprompted_threads, intake.private_answers, reply_redrawer
            ),
            channel_settings=ChannelSettingsService(
                process.channel_settings, options_service, directory.role, process.settings.admin_users
            ),
        )
