"""What Slack refuses, in the bot's own errors."""

from slack_sdk.errors import SlackApiError, SlackRequestError

from bot.domain.errors import ReplyGone, SlackError, SlackRefused, SlackUnreachable

# https://docs.slack.dev/reference/methods/chat.update/ and chat.postMessage
GONE = {
    "account_inactive",
    "cant_update_message",
    "channel_not_found",
    "edit_window_closed",
    "is_archived",
    "is_inactive",
    "message_not_found",
    "messages_tab_disabled",
    "not_in_channel",
    "thread_not_found",
    "token_revoked",
}

# Another form of the same message can pass where one of these came.
TOO_RICH = {
    "block_mismatch",
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "msg_too_long",
}

UNREACHABLE = (SlackRequestError, OSError, TimeoutError)


class TooRich(SlackRefused):
    """Slack does not take the blocks; a plainer form may pass."""


class Ratelimited(SlackRefused):
    """Slack asks to wait `retry_after` seconds."""

    def __init__(self, detail: str = "", retry_after: float = 1.0) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


def translated(error: Exception, method: str) -> SlackError:
    """Return the bot's own error for what a call to Slack raised."""
    if not isinstance(error, SlackApiError):
        return SlackUnreachable(f"{method}: {type(error).__name__}")
    code = str(error.response.get("error") or error.response.status_code)
    if error.response.status_code == 429:  # noqa: PLR2004
        return Ratelimited(f"{method}: {code}", float(error.response.headers.get("Retry-After") or 1))
    if code in GONE:
        return ReplyGone(f"{method}: {code}")
    if code in TOO_RICH:
        return TooRich(f"{method}: {code}")
    if error.response.status_code >= 500:  # noqa: PLR2004
        return SlackUnreachable(f"{method}: {error.response.status_code}")
    return SlackRefused(f"{method}: {code}")
