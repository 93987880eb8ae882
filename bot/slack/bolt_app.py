"""The Bolt app: its middlewares (once, traced, authorize) and all listeners."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

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
from bot.slack.client import UNREACHABLE_EXCEPTIONS, slack_error
from bot.slack.directory import Directory
from bot.slack.http import Dispatch
from bot.slack.listeners import (
    accounts,
    answer_buttons,
    answer_modals,
    commands,
    home_tab,
    messages,
    share_modal,
)
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.interactions import Interactions, register_errors, register_place_check
from bot.slack.outbox import Outbox
from bot.slack.payloads import events
from bot.slack.payloads.fields import MalformedPayload
from bot.slack.payloads.interactions import submitted_title
from bot.slack.render.modals.base import sentence_modal
from bot.store.claims import ClaimResult, ClaimStore
from bot.tasks import BackgroundTasks

log = structlog.get_logger(__name__)


def make_authorize(client: AsyncWebClient) -> Callable[[], Awaitable[AuthorizeResult]]:
    """Return what gives each delivery the bot's token and ids.

    While Slack does not say who the bot is, a delivery fails, so that Slack sends it again: Bolt's own
    way would acknowledge it and drop it.
    """
    known: list[AuthorizeResult] = []

    async def authorize() -> AuthorizeResult:
        if not known:
            try:
                found = await client.auth_test()
            except (SlackApiError, *UNREACHABLE_EXCEPTIONS) as error:
                raise slack_error(error, "auth.test") from error
            known.append(_result(found, client.token))
            log.info("slack.signed_in", workspace=found.get("team_id"))
        return known[0]

    return authorize


def _result(found: AsyncSlackResponse, token: str | None) -> AuthorizeResult:
    return AuthorizeResult(
        enterprise_id=found.get("enterprise_id"),
        team_id=found.get("team_id"),
        team=found.get("team"),
        url=found.get("url"),
        bot_user_id=found.get("user_id"),
        bot_id=found.get("bot_id"),
        bot_token=token,
    )


class TracedApp(AsyncApp):
    """An app whose log lines, also of work that goes on later, name workspace, channel and thread."""

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Dispatch a delivery; both HTTP and Socket Mode come this way.

        What nobody could read is refused before Bolt looks for a listener, who would trip over it.
        """
        with structlog.contextvars.bound_contextvars(**events.log_ids(req.body)):
            try:
                events.check_envelope(req.body, req.context.team_id)
            except MalformedPayload as error:
                log.warning("delivery.malformed", key=str(error))
                return BoltResponse(status=HTTPStatus.BAD_REQUEST, body="", headers={events.NO_RETRY: "1"})
            return await super().async_dispatch(req)


SUBMITTED_TWICE = "This form arrived here twice. It is carried out once; you can close this window."


class IdempotentApp(TracedApp):
    """An app that claims each delivery before it handles it, and keeps the claim once that is done.

    One that fails is given back, one whose process dies lapses: Slack's next attempt is handled then.
    Questions need no claim, since each is recorded once, before it is acknowledged.
    """

    def __init__(self, claims: ClaimStore, **options: Any) -> None:  # noqa: ANN401 (Bolt's own)
        super().__init__(**options)
        self._claims = claims

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Dispatch a delivery; both HTTP and Socket Mode come this way."""
        key = events.delivery_key(req.body)
        if key is None:
            return await super().async_dispatch(req)
        begun = await self._claims.try_begin(key)
        if begun is not ClaimResult.CLAIMED:
            return _repeated_delivery(begun, req)
        try:
            response = await super().async_dispatch(req)
        except BaseException:
            await self._claims.release(key)
            raise
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            await self._claims.release(key)
        else:
            await self._claims.complete(key)
        return response


def _repeated_delivery(begun: ClaimResult, req: AsyncBoltRequest) -> BoltResponse:
    """Return what answers a delivery that came before."""
    title = submitted_title(req.body)
    if title is not None:
        view = sentence_modal(
            title, SUBMITTED_TWICE
        )  # without an answer Slack would close the form over its outcome
        return BoltResponse(status=200, body={"response_action": "update", "view": view})
    if begun is ClaimResult.IN_PROGRESS and "event" in req.body:
        # Acknowledged now, it would be lost if whoever is at it dies: Slack sends it once more.
        return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, body="")
    return BoltResponse(status=200, body="")


@dataclass(frozen=True)
class Flows:
    """What the listeners call."""

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
    """None where one service user asks for everybody."""


def build_bolt_app(
    client: AsyncWebClient,
    flows: Flows,
    outbox: Outbox,
    background_tasks: BackgroundTasks,
    frontend: str,
    claims: ClaimStore,
) -> AsyncApp:
    """Return the app that Slack's deliveries are dispatched to; relative links lead to `frontend`.

    Listeners only take note and start the work, so that the acknowledgement can follow them: what was
    acknowledged is safe in the database.
    """
    app = IdempotentApp(
        claims,
        # Without a token: with one, Bolt would sign in by itself, and drop what arrives while it cannot.
        client=AsyncWebClient(base_url=client.base_url, session=client.session, timeout=client.timeout),
        authorize=make_authorize(client),
        request_verification_enabled=False,  # the web server does it; a socket is Slack's own
        process_before_response=True,
        logger=logging.getLogger("slack_bolt"),
    )
    register_place_check(app, flows.press_check)
    directory = Directory(client)
    interactions = Interactions(outbox, directory, background_tasks)
    tab = HomeTab(flows.browse, flows.account_linking, outbox, directory, background_tasks)
    flows.awaiting_account.on_linked(tab.redraw)
    accounts.register_account_linking(app, flows.account_linking, tab, outbox, interactions)
    # Before the questions: whoever listens first to an event is the only one that gets it.
    messages.register_edits(app, flows.question_edits, outbox, interactions, background_tasks)
    messages.register_questions(app, flows.incoming, background_tasks)
    answer_buttons.register_buttons(app, flows.retry, flows.stop, flows.resume, outbox, interactions)
    answer_buttons.register_agent(app, flows.stop, outbox, interactions)
    answer_buttons.register_follow_ups(app, flows.follow_up, interactions)
    answer_modals.register_regenerate(
        app, flows.regenerate, flows.question_options, interactions, background_tasks
    )
    answer_modals.register_conversation(app, flows.archive, tab, interactions)
    answer_modals.register_feedback(app, flows.feedback, outbox, interactions)
    answer_buttons.register_menu(
        app,
        {
            **answer_modals.regenerate_entries(
                flows.regenerate, flows.question_options, interactions, frontend
            ),
            **answer_modals.conversation_modals(app, flows.rename, flows.delete, tab, interactions),
            **answer_modals.feedback_modals(app, flows.feedback, interactions),
        },
    )
    share_submission = share_modal.ShareSubmission(flows.share, outbox, directory, frontend)
    share_modal.register_share(app, flows.share, interactions, share_submission)
    answer_buttons.register_sources(app, flows.browse, interactions, frontend)
    home_tab.register_tab(app, tab)
    home_tab.register_reading(app, flows.browse, interactions, frontend)
    home_tab.register_rows(
        app,
        tab,
        {
            **home_tab.home_archive_entries(tab, flows.archive),
            **home_tab.home_transcript_entry(flows.browse, interactions, frontend),
            **home_tab.register_home_rename_and_delete(app, flows.rename, flows.delete, tab, interactions),
        },
    )
    answer_buttons.register_private_answers(app, flows.share_in_thread, flows.stop_replying, interactions)
    commands.register_channel_settings(app, flows.channel_settings, interactions)
    form_of_settings = commands.ChannelSettingsForm(flows.channel_settings, interactions)
    commands.register_command(
        app, flows.posted_questions, flows.recent_conversations, form_of_settings, outbox, background_tasks
    )
    form = commands.AskForm(
        flows.posted_questions, flows.question_options, outbox, directory, background_tasks
    )
    commands.register_shortcuts(app, form, interactions)
    register_errors(app, outbox)
    return app


class SocketApp(AsyncApp):
    """What Bolt's handler of a socket takes for an app, and hands every delivery to."""

    def __init__(self, dispatch: Dispatch) -> None:
        """Pass deliveries on to `dispatch`."""
        super().__init__(
            token="-",  # noqa: S106 (none: whoever a delivery is handed to signs in)
            request_verification_enabled=False,
            logger=logging.getLogger("slack_bolt"),
        )
        self._dispatch = dispatch

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Pass a delivery on."""
        return await self._dispatch(req)
