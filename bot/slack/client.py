"""Slack's Web API client: calls counted, tokens renewed, and Slack's errors translated into the domain's.

On installing and token rotation see https://docs.slack.dev/authentication/installing-with-oauth and
https://docs.slack.dev/authentication/using-token-rotation.
"""

import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode, urlsplit

import aiohttp
import stamina
import structlog
from aiohttp import ClientConnectorError
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.errors import (
    NotAMember,
    ReplyTargetGone,
    SlackError,
    SlackRefused,
    SlackUnreachable,
    UnknownSlackError,
)
from bot.domain.people import BotTokens, GrantedInstallation
from bot.metrics import Meters

log = structlog.get_logger(__name__)

T = TypeVar("T")

NOT_IDEMPOTENT_METHODS = ("chat.postMessage", "chat.startStream", "chat.appendStream", "chat.stopStream")
"""Methods that must not be called twice: Slack may have carried out a call that it did not answer."""


class RetryIdempotentCalls(AsyncConnectionErrorRetryHandler):
    """Has slack-sdk repeat a call whose connection broke, unless that could show something twice."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        # A connection that was never made carried nothing.
        if request.url.endswith(NOT_IDEMPOTENT_METHODS) and not isinstance(error, ClientConnectorError):
            return False
        return await super()._can_retry_async(state=state, request=request, response=response, error=error)


# https://docs.slack.dev/reference/methods/chat.update/, chat.postMessage and chat.postEphemeral
TARGET_GONE_CODES = {
    "is_archived",
    "is_inactive",
    "messages_tab_disabled",
    "thread_not_found",
    "user_not_in_channel",
}

# A message that cannot be edited, or is not there; another one can be posted.
EDIT_REFUSED_CODES = {"cant_update_message", "edit_window_closed", "message_not_found"}

# The token belongs to no app or is revoked: only an operator can help.
TOKEN_REFUSED_CODES = {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"}

# A channel that the bot is not in; of one that it cannot see Slack says that there is none.
NOT_A_MEMBER_CODES = {"channel_not_found", "not_in_channel"}

# A plainer form of the same message can pass.
BLOCKS_REFUSED_CODES = {
    "block_mismatch",
    "invalid_attachments",  # said of tables
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "msg_too_long",
}

# A message that is being streamed can be neither edited nor deleted until its stream is stopped.
STILL_STREAMING_CODES = {"cant_delete_message", "streaming_state_conflict"}

# Slack ended the stream: it was stopped, or it took too long.
STREAM_ENDED_CODES = {"message_not_in_streaming_state"}

# The workspace, its plan or the app's scopes lack the method, so calling it again does not help.
METHOD_UNAVAILABLE_CODES = {
    "feature_not_enabled",
    "method_deprecated",
    "missing_scope",
    "not_allowed",
    "not_allowed_token_type",
    "not_authorized",
    "unknown_method",
}

# What stays refused however often it is asked; the sets above have the rest. Any other word may pass.
# https://docs.slack.dev/reference/methods, of those that the bot calls
LASTING_REFUSAL_CODES = {
    "access_denied",
    "already_in_channel",
    "attachment_payload_limit_exceeded",
    "cannot_add_slackbot",
    "cannot_dm_bot",
    "cannot_reply_to_message",
    "cant_broadcast_message",
    "channel_is_limited_access",
    "channel_type_not_supported",
    "deprecated_endpoint",
    "duplicate_channel_not_found",
    "duplicate_external_id",
    "duplicate_message_not_found",
    "ekm_access_denied",
    "enterprise_is_restricted",
    "exchanged_trigger_id",
    "expired_trigger_id",
    "file_not_found",
    "hash_conflict",
    "invalid_arg_name",
    "invalid_arguments",
    "invalid_array_arg",
    "invalid_charset",
    "invalid_chunks",
    "invalid_cursor",
    "invalid_form_data",
    "invalid_json",
    "invalid_limit",
    "invalid_metadata_format",
    "invalid_metadata_schema",
    "invalid_post_type",
    "invalid_thread_ts",
    "invalid_trigger_id",
    "invalid_ts_latest",
    "invalid_ts_oldest",
    "invalid_users",
    "markdown_text_conflict",
    "message_not_owned_by_app",
    "message_too_long",
    "metadata_must_be_sent_from_app",
    "metadata_too_large",
    "method_not_supported_for_channel_type",
    "missing_argument",
    "missing_post_type",
    "missing_recipient_team_id",
    "missing_recipient_user_id",
    "no_access",
    "no_dual_broadcast_content_update",
    "no_permission",
    "no_text",
    "not_enabled",
    "not_found",
    "not_in_channel",
    "org_login_required",
    "push_limit_reached",
    "restricted_action",
    "restricted_action_non_threadable_channel",
    "restricted_action_read_only_channel",
    "restricted_action_thread_locked",
    "restricted_action_thread_only_channel",
    "slack_connect_blocked_file_type",
    "slack_connect_canvas_sharing_blocked",
    "slack_connect_clip_sharing_blocked",
    "slack_connect_file_link_sharing_blocked",
    "team_access_not_granted",
    "team_not_found",
    "too_many_attachments",
    "too_many_contact_cards",
    "trigger_exchanged",
    "trigger_expired",
    "two_factor_setup_required",
    "user_disabled",
    "user_is_restricted",
    "user_not_found",
    "user_not_visible",
    "view_not_found",
    "view_too_large",
}

# Methods about who may do what: there an unknown word is no permission.
ACCESS_METHODS = ("apps.", "auth.", "oauth.", "openid.", "tooling.")

UNREACHABLE_EXCEPTIONS = (SlackRequestError, aiohttp.ClientError, OSError, TimeoutError)
"""What slack-sdk raises where Slack did not answer at all."""

RATE_LIMIT_CODES = {"rate_limited", "ratelimited"}  # with HTTP 200 too

# Slack's own failures, which it reports with HTTP 200.
SLACK_FAILURE_CODES = {
    "fatal_error",
    "internal_error",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",  # while a workspace moves into an organization
}

MAX_RETRY_AFTER = 60.0
"""Seconds; Slack's rate limits count by the minute, so a longer Retry-After is an outage of its own."""


class EditRefused(ReplyTargetGone):
    """Slack does not let a message be edited."""


class BlocksRefused(SlackRefused):
    """Slack does not take the blocks; a plainer form may pass."""


class TokenRefused(SlackRefused):
    """Slack does not accept the bot's token."""


class StillStreaming(SlackRefused):
    """A stream has to be stopped before its message can be edited or deleted."""


class StreamEnded(SlackRefused):
    """The message is no longer being streamed."""


class MethodUnavailable(SlackRefused):
    """Slack does not offer a method here, and will not until the app or the plan is changed."""


class RateLimited(SlackUnreachable):
    """Slack asks to wait `retry_after` seconds."""

    def __init__(self, detail: str = "", retry_after: float = 1.0) -> None:
        super().__init__(detail, code="ratelimited")
        self.retry_after = retry_after


_ERROR_CLASSES: tuple[tuple[set[str], type[SlackError]], ...] = (
    (NOT_A_MEMBER_CODES, NotAMember),
    (TARGET_GONE_CODES, ReplyTargetGone),
    (EDIT_REFUSED_CODES, EditRefused),
    (TOKEN_REFUSED_CODES, TokenRefused),
    (BLOCKS_REFUSED_CODES, BlocksRefused),
    (STILL_STREAMING_CODES, StillStreaming),
    (STREAM_ENDED_CODES, StreamEnded),
    (METHOD_UNAVAILABLE_CODES, MethodUnavailable),
    (LASTING_REFUSAL_CODES, SlackRefused),
)


async def with_retries(
    method: str, send: Callable[[], Awaitable[T]], attempts: int, *, is_paced: bool = False
) -> T:
    """Return what `send` returns, called up to `attempts` times while Slack is unreachable.

    Waits 1, 2, 4 … seconds, or as long as Slack asks; a paced call waits by itself until its rate limit
    has room again. Raises SlackError.
    """
    tries = count(1)

    def wait(error: Exception) -> float | bool:
        if not isinstance(error, SlackUnreachable):
            return False
        attempt = next(tries)
        seconds = 2.0 ** (attempt - 1)
        if isinstance(error, RateLimited):
            seconds = 0.0 if is_paced else error.retry_after
        if attempt < attempts:
            log.info("slack.call_retried", method=method, attempt=attempt, wait=seconds, reason=error.detail)
        return seconds

    async for attempt in stamina.retry_context(on=wait, attempts=attempts, timeout=None):
        with attempt:
            result = await send()
    return result


def next_cursor(page: AsyncSlackResponse) -> str:
    """Return the cursor of the page after this one, empty for the last page."""
    return str((page.get("response_metadata") or {}).get("next_cursor") or "")


def slack_error(error: Exception, method: str) -> SlackError:
    """Return the domain's error for what slack-sdk raised when it called `method`."""
    response = getattr(error, "response", None)
    if not isinstance(response, AsyncSlackResponse):
        return SlackUnreachable(f"{method}: {type(error).__name__}")
    code = response.data.get("error") if isinstance(response.data, dict) else None
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS or code in RATE_LIMIT_CODES:
        return RateLimited(f"{method}: ratelimited", _retry_after(response))
    detail = f"{method}: {code or response.status_code}"
    # A page where JSON should be comes from a proxy, or from Slack while it is down.
    if (
        code is None
        or code in SLACK_FAILURE_CODES
        or response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
    ):
        return SlackUnreachable(detail)
    kind = next((kind for codes, kind in _ERROR_CLASSES if code in codes), UnknownSlackError)
    if kind is UnknownSlackError and method.startswith(ACCESS_METHODS):
        kind = SlackRefused
    return kind(detail, code=str(code))


def _retry_after(response: AsyncSlackResponse) -> float:
    """Return the seconds that Slack asks to wait, one where it does not say it in seconds."""
    named = {name.lower(): value for name, value in response.headers.items()}.get("retry-after", "")
    return min(float(named), MAX_RETRY_AFTER) if str(named).isdecimal() else 1.0


# A server that is not Slack may send any code: the metrics count the others as "other".
KNOWN_ERROR_CODES = {code for codes, _ in _ERROR_CLASSES for code in codes} | {
    "expired_trigger_id",
    "hash_conflict",
    "method_not_supported_for_channel_type",
    "no_permission",
    "not_found",
    "restricted_action",
    "trigger_expired",
    "user_not_found",
}


class RenewableToken(Protocol):
    """Gives the current token. Both methods raise SlackError."""

    async def __call__(self) -> str:
        """Return the token."""

    async def replacement_for(self, refused: str) -> str:
        """Return the token that follows one that Slack calls expired."""


class SlackClient(AsyncWebClient):
    """slack-sdk's client, whose calls raise SlackError."""

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:  # noqa: ANN401 (slack-sdk's)
        """Make a call as slack-sdk does. Raises SlackError."""
        try:
            return await super().api_call(api_method, **options)
        except (SlackApiError, *UNREACHABLE_EXCEPTIONS) as error:
            raise slack_error(error, api_method) from error


class MeteredClient(SlackClient):
    """A client that counts its calls by method and by what Slack answers.

    With a renewable token it signs each call with the one that is current at that moment.
    """

    def __init__(
        self,
        meters: Meters,
        *,
        token: str | RenewableToken,
        base_url: str,
        timeout: int,
        session: aiohttp.ClientSession,
    ) -> None:
        super().__init__(
            token=token if isinstance(token, str) else "",
            base_url=base_url,
            timeout=timeout,
            session=session,
            retry_handlers=[RetryIdempotentCalls()],
        )
        self._meters = meters
        self._renewable = None if isinstance(token, str) else token
        self._refused_settings: set[str] = set()

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:  # noqa: ANN401 (slack-sdk's)
        """Make a call, once more where its token expired earlier than announced."""
        if self._renewable is None:
            return await self._counted_call(api_method, **options)
        self.token = used = await self._renewable()
        try:
            return await self._counted_call(api_method, **options)
        except TokenRefused as error:
            if error.code != "token_expired":
                raise
            self.token = await self._renewable.replacement_for(used)
        return await self._counted_call(api_method, **options)

    async def _counted_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:  # noqa: ANN401 (slack-sdk's)
        setting = "SLACK_BOT_TOKEN" if self._renewable is None else "/slack/install"
        outcome = "cancelled"
        try:
            response = await super().api_call(api_method, **options)
        except SlackError as error:
            outcome = _outcome(error)
            # The app's own token is not this client's: who opens a socket with it says what is wrong.
            if outcome in TOKEN_REFUSED_CODES and api_method != "apps.connections.open":
                self._log_token_refused(setting, outcome)
            raise
        else:
            outcome = "ok"
            if api_method != "apps.connections.open":
                self._refused_settings.discard(setting)
        finally:
            self._meters.slack_calls.labels(api_method, outcome).inc()
        return response

    def _log_token_refused(self, setting: str, reason: str) -> None:
        """Write one line to the log, however many calls are refused until the token is good again."""
        if setting not in self._refused_settings:
            log.error(
                "slack.token_refused",
                setting=setting,
                fix="install the app again, copy the token from the app's page and restart",
                reason=reason,
            )
        self._refused_settings.add(setting)


def _outcome(error: SlackError) -> str:
    if isinstance(error, RateLimited):
        return "ratelimited"
    if isinstance(error, SlackUnreachable) and not isinstance(error, UnknownSlackError):
        return "unreachable"
    return error.code if error.code in KNOWN_ERROR_CODES else "other"


OAUTH_ACCESS = "oauth.v2.access"


@dataclass(frozen=True, slots=True)
class SlackOAuth:
    """Speaks with Slack as the app itself, in no workspace. Methods raise SlackError.

    `web` needs no token; `client` is the app's id and secret.
    """

    web: SlackClient
    client: tuple[str, str] = field(repr=False)
    scopes: Collection[str]
    redirect_uri: str

    def authorization_url(self, state: str) -> str:
        """Return the address where a person chooses a workspace and allows the app there."""
        query = {
            "client_id": self.client[0],
            "scope": ",".join(sorted(self.scopes)),
            "redirect_uri": self.redirect_uri,
            "state": state,
        }
        # Slack's pages are on the host of its API; so are those of a server that speaks like Slack.
        api = urlsplit(self.web.base_url)
        return f"{api.scheme}://{api.netloc}/oauth/v2/authorize?{urlencode(query)}"

    async def exchange(self, code: str) -> GrantedInstallation:
        """Return the installation that a code was given for."""
        answer = await self._access(code=code, redirect_uri=self.redirect_uri)
        # For a whole organization there is no team; a workspace of one has its organization beside it.
        holder = answer.get("team") or answer.get("enterprise") or {}
        if not holder.get("id"):
            raise SlackRefused(f"{OAUTH_ACCESS}: neither a team nor an enterprise")
        installer = (answer.get("authed_user") or {}).get("id", "")
        return GrantedInstallation(holder["id"], holder.get("name", ""), installer, _tokens(answer))

    async def refresh(self, token: str) -> BotTokens:
        """Return the tokens that follow; the refresh token is used up then."""
        return _tokens(await self._access(grant_type="refresh_token", refresh_token=token))

    async def _access(self, **arguments: str) -> AsyncSlackResponse:
        client_id, client_secret = self.client
        return await self.web.oauth_v2_access(client_id=client_id, client_secret=client_secret, **arguments)


def _tokens(answer: AsyncSlackResponse) -> BotTokens:
    access, lasts = answer.get("access_token"), answer.get("expires_in")
    if not access:
        raise SlackRefused(f"{OAUTH_ACCESS}: no token of a bot")
    return BotTokens(access, answer.get("refresh_token"), time.time() + lasts if lasts else None)
