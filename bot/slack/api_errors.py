"""What Slack refuses, in the bot's own errors."""

from http import HTTPStatus

import aiohttp
from slack_sdk.errors import SlackRequestError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.errors import NotAMember, ReplyGone, SlackError, SlackRefused, SlackUnreachable

# https://docs.slack.dev/reference/methods/chat.update/, chat.postMessage and chat.postEphemeral
GONE = {
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
SIGNED_OUT = {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"}

# A channel that the bot is not in; of one that it cannot see Slack says that there is none.
NOT_THERE = {"channel_not_found", "not_in_channel"}

# Another form of the same message can pass where one of these came.
TOO_RICH = {
    "block_mismatch",
    "invalid_attachments",  # said of tables
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "msg_too_long",
}

# A message that grows can be neither edited nor deleted until its stream is stopped.
STREAMING = {"cant_delete_message", "streaming_state_conflict"}

# Slack ended the stream: it was stopped, or it went on for too long.
STREAM_OVER = {"message_not_in_streaming_state"}

# What a workspace, its plan or the app's scopes do not have today they do not have in a minute either.
NOT_OFFERED = {
    "feature_not_enabled",
    "method_deprecated",
    "missing_scope",
    "not_allowed",
    "not_allowed_token_type",
    "not_authorized",
    "unknown_method",
}

UNREACHABLE = (SlackRequestError, aiohttp.ClientError, OSError, TimeoutError)
"""What slack-sdk raises where Slack did not answer at all."""

# Slack's own failures, which it reports with HTTP 200.
FAILING = {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}

LONGEST_WAIT = 60.0
"""Seconds; Slack's windows are a minute long, so a longer Retry-After is its own trouble, not ours."""


class TooRich(SlackRefused):
    """Slack does not take the blocks; a plainer form may pass."""


class SignedOut(SlackRefused):
    """Slack does not accept the bot's token (any more)."""


class StillStreaming(SlackRefused):
    """A stream has to be stopped before its message can be edited or deleted."""


class StreamOver(SlackRefused):
    """The message does not grow any more."""


class NotOffered(SlackRefused):
    """Slack does not offer a method here, and will not as long as nobody changes the app or the plan."""


class Ratelimited(SlackUnreachable):
    """Slack asks to wait `retry_after` seconds."""

    def __init__(self, detail: str = "", retry_after: float = 1.0) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


_KINDS: tuple[tuple[set[str], type[SlackError]], ...] = (
    (NOT_THERE, NotAMember),
    (GONE, ReplyGone),
    (SIGNED_OUT, SignedOut),
    (TOO_RICH, TooRich),
    (STREAMING, StillStreaming),
    (STREAM_OVER, StreamOver),
    (NOT_OFFERED, NotOffered),
)


def translated(error: Exception, method: str) -> SlackError:
    """Return the bot's own error for what a call to Slack raised."""
    response = getattr(error, "response", None)
    if not isinstance(response, AsyncSlackResponse):
        return SlackUnreachable(f"{method}: {type(error).__name__}")
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return Ratelimited(f"{method}: ratelimited", _retry_after(response))
    code = response.data.get("error") if isinstance(response.data, dict) else None
    detail = f"{method}: {code or response.status_code}"
    # A page where JSON should be is a proxy's, or Slack's while it is down.
    if code is None or code in FAILING or response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return SlackUnreachable(detail)
    return next((kind(detail) for codes, kind in _KINDS if code in codes), SlackRefused(detail))


def _retry_after(response: AsyncSlackResponse) -> float:
    """Return the seconds that Slack asks to wait, a moment where it does not say it in seconds."""
    named = {name.lower(): value for name, value in response.headers.items()}.get("retry-after", "")
    return min(float(named), LONGEST_WAIT) if str(named).isdecimal() else 1.0
