"""What the listeners of one workspace call: a flow for each thing that people do in Slack."""

from dataclasses import dataclass

from bot.flows.accounts.link import AccountLinkingService
from bot.flows.actions.feedback import FeedbackService
from bot.flows.actions.permissions import PressCheck
from bot.flows.actions.regenerate import RegenerateService, ResumeService, RetryService
from bot.flows.actions.share import ShareInThreadService, ShareService
from bot.flows.actions.stop import StopService
from bot.flows.channel_settings import ChannelSettingsService, QuestionOptionsService
from bot.flows.conversations.browse import BrowseService, RecentConversationsService
from bot.flows.conversations.manage import ArchiveService, DeleteService, RenameService
from bot.flows.questions.ask import FollowUpService, PostedQuestionService
from bot.flows.questions.awaiting_account import AwaitingAccountService
from bot.flows.questions.edits import QuestionEditService
from bot.flows.questions.incoming import IncomingMessageService, StopReplyingService


@dataclass(frozen=True)
class Flows:
    """The flows of one workspace, made in `bot.wiring.workspace`."""

    incoming: IncomingMessageService
    retry: RetryService
    posted_questions: PostedQuestionService
    question_options: QuestionOptionsService
    recent_conversations: RecentConversationsService
    stop: StopService
    resume: ResumeService
    question_edits: QuestionEditService
    follow_up: FollowUpService
    regenerate: RegenerateService
    archive: ArchiveService
    rename: RenameService
    delete: DeleteService
    browse: BrowseService
    share: ShareService
    feedback: FeedbackService
    channel_settings: ChannelSettingsService
    press_check: PressCheck
    share_in_thread: ShareInThreadService
    stop_replying: StopReplyingService
    awaiting_account: AwaitingAccountService
    account_linking: AccountLinkingService | None = None
    """None where one service user asks for everyone."""
