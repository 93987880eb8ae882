"""The Bolt app: each delivery handled once, traced and authorized, then passed to the listeners."""

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.sentences import sentence
from bot.slack.client import SlackClient
from bot.slack.listeners import (
    answer_buttons,
    commands,
    home_buttons,
    messages,
    share_modal,
)
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.interactions import (
    Flows,
    Interactions,
    register_errors,
    register_place_check,
    register_unknown,
)
from bot.slack.payloads.events import NO_RETRY, check_envelope, delivery_key, log_ids
from bot.slack.payloads.fields import MalformedPayload
from bot.slack.payloads.interactions import submitted_title
from bot.slack.render.blocks import sentence_modal
from bot.store.claims import ClaimResult, ClaimStore

log = structlog.get_logger(__name__)


def make_authorize(client: SlackClient) -> Callable[[], Awaitable[AuthorizeResult]]:
    """Return what gives each delivery the bot's token and ids.

    While Slack does not say who the bot is, a delivery fails, so that Slack sends it again: Bolt's own
    way would acknowledge it and drop it.
    """
    known: AuthorizeResult | None = None

    async def authorize() -> AuthorizeResult:
        nonlocal known
        if known is None:
            found = await client.auth_test()
            known = AuthorizeResult.from_auth_test_response(bot_token=client.token, auth_test_response=found)
            log.info("slack.signed_in", workspace=found.get("team_id"))
        return known

    return authorize


SUBMITTED_TWICE = sentence("form.submitted_twice")


class IdempotentApp(AsyncApp):
    """An app that handles each delivery once, by a claim that it keeps when the delivery is handled.

    The claim of a failed delivery is released, that of a killed process expires: Slack's next attempt is
    handled then. Questions need no claim, since each is recorded once, before it is acknowledged.
    """

    def __init__(self, claims: ClaimStore, **options: Any) -> None:  # noqa: ANN401 (Bolt's own)
        super().__init__(**options)
        self._claims = claims

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Dispatch a delivery; both HTTP and Socket Mode come this way."""
        key = delivery_key(req.body)
        if key is None:
            return await self._dispatch_traced(req)
        begun = await self._claims.try_begin(key)
        if begun is not ClaimResult.CLAIMED:
            return _repeated_delivery(begun, req)
        try:
            response = await self._dispatch_traced(req)
        except BaseException:
            await self._claims.release(key)
            raise
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            await self._claims.release(key)
        else:
            await self._claims.complete(key)
        return response

    async def _dispatch_traced(self, req: AsyncBoltRequest) -> BoltResponse:
        """Dispatch with workspace, channel and thread in all log lines, also of background tasks.

        A malformed delivery is refused before Bolt looks for a listener, which would fail on it.
        """
        with structlog.contextvars.bound_contextvars(**log_ids(req.body)):
            try:
                check_envelope(req.body, req.context.team_id)
            except MalformedPayload as error:
                log.warning("delivery.malformed", key=str(error))
                return BoltResponse(status=HTTPStatus.BAD_REQUEST, body="", headers={NO_RETRY: "1"})
            return await super().async_dispatch(req)


def _repeated_delivery(begun: ClaimResult, req: AsyncBoltRequest) -> BoltResponse:
    """Return what answers a delivery that came before."""
    title = submitted_title(req.body)
    if title is not None:  # without an answer Slack would close the form over its outcome
        view = sentence_modal(title, SUBMITTED_TWICE)
        return BoltResponse(status=200, body={"response_action": "update", "view": view})
    if begun is ClaimResult.IN_PROGRESS and "event" in req.body:
        # Acknowledged now, it would be lost if the process that handles it dies: Slack sends it again.
        return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, body="")
    return BoltResponse(status=200, body="")


def build_bolt_app(
    client: SlackClient, flows: Flows, interactions: Interactions, claims: ClaimStore
) -> AsyncApp:
    """Return the app that Slack's deliveries are dispatched to.

    Listeners only record and start the work, so that the acknowledgement can follow them: what was
    acknowledged is safe in the database.
    """
    app = IdempotentApp(
        claims,
        name=__name__,  # without one, Bolt looks for its caller's in the source of the whole call stack
        # Without a token: with one, Bolt would sign in by itself, and drop what arrives while it cannot.
        client=AsyncWebClient(base_url=client.base_url, session=client.session, timeout=client.timeout),
        authorize=make_authorize(client),
        request_verification_enabled=False,  # the web server does it; a socket is Slack's own
        process_before_response=True,
        logger=logging.getLogger("slack_bolt"),
    )
    home = HomeTab(flows, interactions)
    register_place_check(app, flows.answer_lookup)
    messages.register(app, flows, interactions)
    answer_buttons.register(app, flows, interactions, home)
    share_modal.register(app, flows, interactions)
    home_buttons.register(app, flows, interactions, home)
    commands.register(app, flows, interactions)
    register_unknown(app)
    register_errors(app, interactions.outbox)
    return app
