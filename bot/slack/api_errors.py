"""What Slack refuses, in the bot's own errors."""

from http import HTTPStatus

import aiohttp
from slack_sdk.errors import SlackRequestError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.errors import NotAMember, ReplyGone, SlackError, SlackRefused, SlackUnreachable

# https://docs.slack.dev/reference/methods/chat.update/ and chat.postMessage
GONE = {
    "account_inactive",
    "cant_update_message",
    "edit_window_closed",
    "is_archived",
    "is_inactive",
    "message_not_found",
    "messages_tab_disabled",
    "thread_not_found",
    "token_revoked",
}

# A channel that the bot is not in; of one that it cannot see Slack says that there is none.
NOT_THERE = {"channel_not_found", "not_in_channel"}

# Another form of the same message can pass where one of these came.
TOO_RICH = {
    "block_mismatch",
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "msg_too_long",
}

UNREACHABLE = (SlackRequestError, aiohttp.ClientError, OSError, TimeoutError)
"""What slack-sdk raises where Slack did not answer at all."""

# Slack's own failures, which it reports with HTTP 200.
FAILING = {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}

LONGEST_WAIT = 60.0
"""Seconds; Slack's windows are a minute long, so a longer Retry-After is its own trouble, not ours."""


class TooRich(SlackRefused):
    """Slack does not take the blocks; a plainer form may pass."""


class Ratelimited(SlackUnreachable):
    """Slack asks to wait `retry_after` seconds."""

    def __init__(self, detail: str = "", retry_after: float = 1.0) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


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
    if code in NOT_THERE:
        return NotAMember(detail)
    if code in GONE:
        return ReplyGone(detail)
    if code in TOO_RICH:
        return TooRich(detail)
    return SlackRefused(detail)


def _retry_after(response: AsyncSlackResponse) -> float:
    """Return the seconds that Slack asks to wait, a moment where it does not say it in seconds."""
    named = {name.lower(): value for name, value in response.headers.items()}.get("retry-after", "")
    return min(float(named), LONGEST_WAIT) if str(named).isdecimal() else 1.0
