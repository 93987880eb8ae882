"""What the listeners of one workspace call: a flow for each thing that people do in Slack."""

from dataclasses import dataclass

from bot.flows.accounts.link import AccountLinkingService
from bot.flows.actions.feedback import FeedbackService
from bot.flows.actions.permissions import AnswerLookup
from bot.flows.actions.regenerate import RegenerateService
from bot.flows.actions.share import ShareService
from bot.flows.actions.stop import StopService
from bot.flows.channel_settings import ChannelSettingsService, QuestionOptionsService
from bot.flows.conversations.browse import BrowseService
from bot.flows.conversations.manage import ManageService
from bot.flows.questions.ask import AskService, PostedQuestionService
from bot.flows.questions.incoming import IncomingMessageService, QuestionEditService


@dataclass(frozen=True)
class Flows:
    """The flows of one workspace, made in `bot.wiring.workspace`."""

    incoming: IncomingMessageService
    posted_questions: PostedQuestionService
    question_options: QuestionOptionsService
    stop: StopService
    question_edits: QuestionEditService
    regenerate: RegenerateService
    manage: ManageService
    browse: BrowseService
    share: ShareService
    feedback: FeedbackService
    channel_settings: ChannelSettingsService
    answer_lookup: AnswerLookup
    ask: AskService
    account_linking: AccountLinkingService | None = None
    """None where one service user asks for everyone."""
