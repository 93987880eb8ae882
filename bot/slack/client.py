"""The Slack Web API client: counted, retried and renewed calls, errors translated into the domain's.

Installing and token rotation: https://docs.slack.dev/authentication/installing-with-oauth and
.../using-token-rotation
"""

import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import aiohttp
import structlog
from aiohttp import ClientConnectorError
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.errors import NotAMember, ReplyTargetGone, SlackError, SlackRefused, SlackUnreachable
from bot.domain.people import BotTokens, GrantedInstallation
from bot.metrics import Meters

log = structlog.get_logger(__name__)

NOT_IDEMPOTENT_METHODS = ("chat.postMessage", "chat.startStream", "chat.appendStream", "chat.stopStream")
"""Methods that would do twice what they do: Slack may have carried out a call that it did not answer."""


class RetryIdempotentCalls(AsyncConnectionErrorRetryHandler):
    """Has a call made once more whose connection broke, unless that could show something twice."""

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
    "cant_update_message",
    "edit_window_closed",
    "is_archived",
    "is_inactive",
    "message_not_found",
    "messages_tab_disabled",
    "thread_not_found",
    "user_not_in_channel",
}

# The token is nobody's (any more): only an operator can help.
TOKEN_REFUSED_CODES = {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"}

# A channel that the bot is not in; of one that it cannot see Slack says that there is none.
NOT_A_MEMBER_CODES = {"channel_not_found", "not_in_channel"}

# Another form of the same message can pass where one of these came.
BLOCKS_REFUSED_CODES = {
    "block_mismatch",
    "invalid_attachments",  # said of tables
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "msg_too_long",
}

# A message that grows can be neither edited nor deleted until its stream is stopped.
STILL_STREAMING_CODES = {"cant_delete_message", "streaming_state_conflict"}

# Slack ended the stream: it was stopped, or it went on for too long.
STREAM_ENDED_CODES = {"message_not_in_streaming_state"}

# What a workspace, its plan or the app's scopes do not have today they do not have in a minute either.
METHOD_UNAVAILABLE_CODES = {
    "feature_not_enabled",
    "method_deprecated",
    "missing_scope",
    "not_allowed",
    "not_allowed_token_type",
    "not_authorized",
    "unknown_method",
}

UNREACHABLE_EXCEPTIONS = (SlackRequestError, aiohttp.ClientError, OSError, TimeoutError)
"""What slack-sdk raises where Slack did not answer at all."""

# Slack's own failures, which it reports with HTTP 200.
SLACK_FAILURE_CODES = {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}

MAX_RETRY_AFTER = 60.0
"""Seconds; Slack's windows are a minute long, so a longer Retry-After is its own trouble, not ours."""


class BlocksRefused(SlackRefused):
    """Slack does not take the blocks; a plainer form may pass."""


class TokenRefused(SlackRefused):
    """Slack does not accept the bot's token (any more)."""


class StillStreaming(SlackRefused):
    """A stream has to be stopped before its message can be edited or deleted."""


class StreamEnded(SlackRefused):
    """The message does not grow any more."""


class MethodUnavailable(SlackRefused):
    """Slack does not offer a method here, and will not as long as nobody changes the app or the plan."""


class RateLimited(SlackUnreachable):
    """Slack asks to wait `retry_after` seconds."""

    def __init__(self, detail: str = "", retry_after: float = 1.0) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


_ERROR_CLASSES: tuple[tuple[set[str], type[SlackError]], ...] = (
    (NOT_A_MEMBER_CODES, NotAMember),
    (TARGET_GONE_CODES, ReplyTargetGone),
    (TOKEN_REFUSED_CODES, TokenRefused),
    (BLOCKS_REFUSED_CODES, BlocksRefused),
    (STILL_STREAMING_CODES, StillStreaming),
    (STREAM_ENDED_CODES, StreamEnded),
    (METHOD_UNAVAILABLE_CODES, MethodUnavailable),
)


def slack_error(error: Exception, method: str) -> SlackError:
    """Return the bot's own error for what a call to Slack raised."""
    response = getattr(error, "response", None)
    if not isinstance(response, AsyncSlackResponse):
        return SlackUnreachable(f"{method}: {type(error).__name__}")
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(f"{method}: ratelimited", _retry_after(response))
    code = response.data.get("error") if isinstance(response.data, dict) else None
    detail = f"{method}: {code or response.status_code}"
    # A page where JSON should be is a proxy's, or Slack's while it is down.
    if (
        code is None
        or code in SLACK_FAILURE_CODES
        or response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
    ):
        return SlackUnreachable(detail)
    return next((kind(detail) for codes, kind in _ERROR_CLASSES if code in codes), SlackRefused(detail))


def _retry_after(response: AsyncSlackResponse) -> float:
    """Return the seconds that Slack asks to wait, a moment where it does not say it in seconds."""
    named = {name.lower(): value for name, value in response.headers.items()}.get("retry-after", "")
    return min(float(named), MAX_RETRY_AFTER) if str(named).isdecimal() else 1.0


# A server that is not Slack may say anything: what is not known is counted as "other".
VIEW_ERROR_CODES = {"expired_trigger_id", "hash_conflict", "not_found", "trigger_expired"}
OTHER_ERROR_CODES = {
    "method_not_supported_for_channel_type",
    "no_permission",
    "restricted_action",
    "user_not_found",
}
KNOWN_ERROR_CODES = (
    TARGET_GONE_CODES
    | METHOD_UNAVAILABLE_CODES
    | NOT_A_MEMBER_CODES
    | STREAM_ENDED_CODES
    | STILL_STREAMING_CODES
    | BLOCKS_REFUSED_CODES
    | TOKEN_REFUSED_CODES
    | VIEW_ERROR_CODES
    | OTHER_ERROR_CODES
)


class MeteredClient(AsyncWebClient):
    """A client that counts its calls by method and by what Slack answers."""

    def __init__(
        self, meters: Meters, *, token: str, base_url: str, timeout: int, session: aiohttp.ClientSession
    ) -> None:
        super().__init__(
            token=token,
            base_url=base_url,
            timeout=timeout,
            session=session,
            retry_handlers=[RetryIdempotentCalls()],
        )
        self._meters = meters
        self._refused_settings: set[str] = set()

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:  # noqa: ANN401 (slack-sdk's)
        """Make a call as slack-sdk does, and count it."""
        outcome = "cancelled"
        try:
            response = await super().api_call(api_method, **options)
        except (SlackApiError, *UNREACHABLE_EXCEPTIONS) as error:
            outcome = _outcome(error)
            if outcome in TOKEN_REFUSED_CODES:
                self._log_token_refused(self._token_setting(api_method), outcome)
            raise
        else:
            outcome = "ok"
            self._refused_settings.discard(self._token_setting(api_method))
        finally:
            self._meters.slack_calls.labels(api_method, outcome).inc()
        return response

    def _log_token_refused(self, setting: str, reason: str) -> None:
        """Leave one line in the log, however many calls are refused until the token is good again."""
        if setting not in self._refused_settings:
            log.error(
                "slack.token_refused",
                setting=setting,
                reason=reason,
            )
        self._refused_settings.add(setting)

    def _token_setting(self, method: str) -> str:
        """Return the setting with the token that a method is called with."""
        return "SLACK_APP_TOKEN" if method == "apps.connections.open" else "SLACK_BOT_TOKEN"


def _outcome(error: Exception) -> str:
    failure = slack_error(error, "")
    if isinstance(failure, RateLimited):
        return "ratelimited"
    if isinstance(failure, SlackUnreachable):
        return "unreachable"
    code = error.response.get("error") if isinstance(error, SlackApiError) else None
    return code if code in KNOWN_ERROR_CODES else "other"


OAUTH_ACCESS = "oauth.v2.access"


class SlackOAuth:
    """Speaks with Slack as the app itself, in no workspace. Methods raise SlackError."""

    def __init__(
        self, web: AsyncWebClient, client: tuple[str, str], scopes: Iterable[str], redirect_uri: str
    ) -> None:
        """Ask for `scopes`; `web` needs no token, `client` is the app's id and secret."""
        self._web = web
        self._client_id, self._client_secret = client
        self._scopes = ",".join(sorted(scopes))
        self._redirect_uri = redirect_uri
        origin = urlsplit(web.base_url)
        # Slack's pages stand beside its API; so do those of a server that speaks like Slack.
        self._authorize = f"{origin.scheme}://{origin.netloc}/oauth/v2/authorize"

    def authorization_url(self, state: str) -> str:
        """Return where somebody chooses a workspace and allows the app there."""
        query = {
            "client_id": self._client_id,
            "scope": self._scopes,
            "redirect_uri": self._redirect_uri,
            "state": state,
        }
        return f"{self._authorize}?{urlencode(query)}"

    async def exchange(self, code: str) -> GrantedInstallation:
        """Return what a code stands for."""
        answer = await self._call_access(code=code, redirect_uri=self._redirect_uri)
        # For a whole organization there is no team; a workspace of one names its organization beside it.
        holder = answer.get("team") or answer.get("enterprise") or {}
        if not holder.get("id"):
            raise SlackRefused(f"{OAUTH_ACCESS}: neither a team nor an enterprise")
        installer = (answer.get("authed_user") or {}).get("id", "")
        return GrantedInstallation(holder["id"], holder.get("name", ""), installer, _tokens(answer))

    async def refresh(self, token: str) -> BotTokens:
        """Return the tokens that follow; the refresh token is over then."""
        return _tokens(await self._call_access(grant_type="refresh_token", refresh_token=token))

    async def _call_access(self, **arguments: str) -> Any:  # noqa: ANN401 (Slack's JSON)
        try:
            return await self._web.oauth_v2_access(
                client_id=self._client_id, client_secret=self._client_secret, **arguments
            )
        except (SlackApiError, *UNREACHABLE_EXCEPTIONS) as error:
            raise slack_error(error, OAUTH_ACCESS) from error


def _tokens(answer: Any) -> BotTokens:  # noqa: ANN401 (Slack's JSON)
    access, lasts = answer.get("access_token"), answer.get("expires_in")
    if not access:
        raise SlackRefused(f"{OAUTH_ACCESS}: no token of a bot")
    return BotTokens(access, answer.get("refresh_token"), time.time() + lasts if lasts else None)


EXPIRED_CODE = "token_expired"


class RenewableToken(Protocol):
    """Tells the token that is good now. Both raise SlackError."""

    async def __call__(self) -> str:
        """Return the token."""

    async def replacement_for(self, refused: str) -> str:
        """Return the token that follows one that Slack calls expired."""


class RenewingClient(MeteredClient):
    """Signs each call with the token that is good at that moment."""

    def __init__(
        self,
        meters: Meters,
        *,
        token: RenewableToken,
        base_url: str,
        timeout: int,
        session: aiohttp.ClientSession,
    ) -> None:
        super().__init__(meters, token="", base_url=base_url, timeout=timeout, session=session)
        self._current = token

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:  # noqa: ANN401 (slack-sdk's)
        """Make a call, once more where the token was over earlier than it said."""
        self.token = await self._current()
        used = self.token
        try:
            return await super().api_call(api_method, **options)
        except SlackApiError as error:
            if error.response.get("error") != EXPIRED_CODE:
                raise
            self.token = await self._current.replacement_for(used)
        return await super().api_call(api_method, **options)

    def _setting(self, method: str) -> str:
        return "SLACK_APP_TOKEN" if method == "apps.connections.open" else "/slack/install"
