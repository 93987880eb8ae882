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

from bot.flows.accounts.link import Linking
from bot.flows.actions.feedback import Rating
from bot.flows.actions.permissions import Belonging
from bot.flows.actions.regenerate import Regenerating, Resuming, Retrying
from bot.flows.actions.share import Revealing, Sharing
from bot.flows.actions.stop import Stopping
from bot.flows.channel_settings import Choosing, Configuring
from bot.flows.conversations.browse import Browsing, Recalling
from bot.flows.conversations.manage import Archiving, Deleting, Renaming
from bot.flows.questions.ask import Following, Posing
from bot.flows.questions.awaiting_account import Postponing
from bot.flows.questions.edits import Revising
from bot.flows.questions.incoming import Hearing, Silencing
from bot.slack.client import UNREACHABLE, translated
from bot.slack.directory import Directory
from bot.slack.http import Dispatch
from bot.slack.listeners import (
    accounts,
    answer_buttons,
    answer_modals,
    commands,
    home_tab,
    interactions,
    messages,
    share_modal,
)
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.interactions import Errands
from bot.slack.outbox import Outbox
from bot.slack.payloads import events
from bot.slack.payloads.fields import Malformed
from bot.slack.payloads.interactions import submitted
from bot.slack.render.modals.base import saying
from bot.store.claims import Begun, Claims
from bot.tasks import Inflight

log = structlog.get_logger(__name__)


def authorization(client: AsyncWebClient) -> Callable[[], Awaitable[AuthorizeResult]]:
    """Return what gives each delivery the bot's token and ids.

    While Slack does not say who the bot is, a delivery fails, so that Slack sends it again: Bolt's own
    way would acknowledge it and drop it.
    """
    known: list[AuthorizeResult] = []

    async def authorize() -> AuthorizeResult:
        if not known:
            try:
                found = await client.auth_test()
            except (SlackApiError, *UNREACHABLE) as error:
                raise translated(error, "auth.test") from error
            known.append(_result(found, client.token))
            log.info("signed in to slack", workspace=found.get("team_id"))
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
        with structlog.contextvars.bound_contextvars(**events.ids(req.body)):
            try:
                events.check(req.body, req.context.team_id)
            except Malformed as error:
                log.warning("a delivery is malformed", key=str(error))
                return BoltResponse(status=HTTPStatus.BAD_REQUEST, body="", headers={events.NO_RETRY: "1"})
            return await super().async_dispatch(req)


TWICE = "This form arrived here twice. It is carried out once; you can close this window."


class OnceApp(TracedApp):
    """An app that claims each delivery before it handles it, and keeps the claim once that is done.

    One that fails is given back, one whose process dies lapses: Slack's next attempt is handled then.
    Questions need no claim, since each is recorded once, before it is acknowledged.
    """

    def __init__(self, claims: Claims, **options: Any) -> None:  # noqa: ANN401 (Bolt's own)
        super().__init__(**options)
        self._claims = claims

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Dispatch a delivery; both HTTP and Socket Mode come this way."""
        key = events.name(req.body)
        if key is None:
            return await super().async_dispatch(req)
        begun = await self._claims.begin(key)
        if begun is not Begun.FIRST:
            return _again(begun, req)
        try:
            response = await super().async_dispatch(req)
        except BaseException:
            await self._claims.release(key)
            raise
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            await self._claims.release(key)
        else:
            await self._claims.done(key)
        return response


def _again(begun: Begun, req: AsyncBoltRequest) -> BoltResponse:
    """Return what answers a delivery that came before."""
    title = submitted(req.body)
    if title is not None:
        view = saying(title, TWICE)  # without an answer Slack would close the form over its outcome
        return BoltResponse(status=200, body={"response_action": "update", "view": view})
    if begun is Begun.UNDER_WAY and "event" in req.body:
        # Acknowledged now, it would be lost if whoever is at it dies: Slack sends it once more.
        return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, body="")
    return BoltResponse(status=200, body="")


@dataclass(frozen=True)
class Flows:
    """What the listeners call."""

    hearing: Hearing
    retrying: Retrying
    posing: Posing
    choosing: Choosing
    recalling: Recalling
    stopping: Stopping
    resuming: Resuming
    revising: Revising
    following: Following
    regenerating: Regenerating
    archiving: Archiving
    renaming: Renaming
    deleting: Deleting
    browsing: Browsing
    sharing: Sharing
    rating: Rating
    configuring: Configuring
    belonging: Belonging
    revealing: Revealing
    silencing: Silencing
    postponing: Postponing
    linking: Linking | None = None
    """None where one service user asks for everybody."""


def assemble(
    client: AsyncWebClient,
    flows: Flows,
    outbox: Outbox,
    inflight: Inflight,
    frontend: str,
    claims: Claims,
) -> AsyncApp:
    """Return the app that Slack's deliveries are dispatched to; relative links lead to `frontend`.

    Listeners only take note and start the work, so that the acknowledgement can follow them: what was
    acknowledged is safe in the database.
    """
    app = OnceApp(
        claims,
        # Without a token: with one, Bolt would sign in by itself, and drop what arrives while it cannot.
        client=AsyncWebClient(base_url=client.base_url, session=client.session, timeout=client.timeout),
        authorize=authorization(client),
        request_verification_enabled=False,  # the web server does it; a socket is Slack's own
        process_before_response=True,
        logger=logging.getLogger("slack_bolt"),
    )
    interactions.register_place_check(app, flows.belonging)
    directory = Directory(client)
    errands = Errands(outbox, directory, inflight)
    tab = HomeTab(flows.browsing, flows.linking, outbox, directory, inflight)
    flows.postponing.then(tab.refresh)
    accounts.register(app, flows.linking, tab, outbox, errands)
    # Before the questions: whoever listens first to an event is the only one that gets it.
    messages.register_edits(app, flows.revising, outbox, errands, inflight)
    messages.register_questions(app, flows.hearing, inflight)
    answer_buttons.register_buttons(app, flows.retrying, flows.stopping, flows.resuming, outbox, errands)
    answer_buttons.register_agent(app, flows.stopping, outbox, errands)
    answer_buttons.register_follow_ups(app, flows.following, errands)
    answer_modals.register_regenerate(app, flows.regenerating, flows.choosing, errands, inflight)
    answer_modals.register_conversation(app, flows.archiving, tab, errands)
    answer_modals.register_feedback(app, flows.rating, outbox, errands)
    answer_buttons.register_menu(
        app,
        {
            **answer_modals.menu(flows.regenerating, flows.choosing, errands, frontend),
            **answer_modals.conversation_modals(app, flows.renaming, flows.deleting, tab, errands),
            **answer_modals.feedback_modals(app, flows.rating, errands),
        },
    )
    spreading = share_modal.Spreading(flows.sharing, outbox, directory, frontend)
    share_modal.register(app, flows.sharing, errands, spreading)
    answer_buttons.register_sources(app, flows.browsing, errands, frontend)
    home_tab.register_tab(app, tab)
    home_tab.register_reading(app, flows.browsing, errands, frontend)
    home_tab.register_rows(
        app,
        tab,
        {
            **home_tab.moving(tab, flows.archiving),
            **home_tab.menu(flows.browsing, errands, frontend),
            **home_tab.modals(app, flows.renaming, flows.deleting, tab, errands),
        },
    )
    answer_buttons.register_private_answers(app, flows.revealing, flows.silencing, errands)
    commands.register_channel_settings(app, flows.configuring, errands)
    form_of_settings = commands.SettingsForm(flows.configuring, errands)
    commands.register_command(app, flows.posing, flows.recalling, form_of_settings, outbox, inflight)
    form = commands.Form(flows.posing, flows.choosing, outbox, directory, inflight)
    commands.register_shortcuts(app, form, errands)
    interactions.register_errors(app, outbox)
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
