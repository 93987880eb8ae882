"""Slack's Web API, with every call counted: the one place that all of them pass through.

What an operator alone can mend is said here as well, once each time that it breaks.
"""

from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.errors import SlackUnreachable
from bot.metrics import Meters
from bot.slack.again import WhereHarmless
from bot.slack.api_errors import (
    GONE,
    NOT_OFFERED,
    NOT_THERE,
    SIGNED_OUT,
    STREAM_OVER,
    STREAMING,
    TOO_RICH,
    UNREACHABLE,
    Ratelimited,
    translated,
)

log = structlog.get_logger(__name__)

# A server that is not Slack may say anything: what is not known is counted as "other".
VIEWS = {"expired_trigger_id", "hash_conflict", "not_found", "trigger_expired"}
ELSE = {"method_not_supported_for_channel_type", "no_permission", "restricted_action", "user_not_found"}
KNOWN = GONE | NOT_OFFERED | NOT_THERE | STREAM_OVER | STREAMING | TOO_RICH | SIGNED_OUT | VIEWS | ELSE


class MeasuredClient(AsyncWebClient):
    """A client that counts its calls by method and by what Slack answers."""

    def __init__(
        self, meters: Meters, *, token: str, base_url: str, timeout: int, session: aiohttp.ClientSession
    ) -> None:
        super().__init__(
            token=token,
            base_url=base_url,
            timeout=timeout,
            session=session,
            retry_handlers=[WhereHarmless()],
        )
        self._meters = meters
        self._signed_out: set[str] = set()

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:  # noqa: ANN401 (slack-sdk's)
        """Make a call as slack-sdk does, and count it."""
        outcome = "cancelled"
        try:
            response = await super().api_call(api_method, **options)
        except (SlackApiError, *UNREACHABLE) as error:
            outcome = _outcome(error)
            if outcome in SIGNED_OUT:
                self._say_signed_out(self._setting(api_method), outcome)
            raise
        else:
            outcome = "ok"
            self._signed_out.discard(self._setting(api_method))
        finally:
            self._meters.slack_calls.labels(api_method, outcome).inc()
        return response

    def _say_signed_out(self, setting: str, reason: str) -> None:
        """Leave one line in the log, however many calls are refused until the token is good again."""
        if setting not in self._signed_out:
            log.error(
                "slack does not accept a token; install the app again, copy the token from the app's page "
                "and restart",
                setting=setting,
                reason=reason,
            )
        self._signed_out.add(setting)

    def _setting(self, method: str) -> str:
        """Return the setting with the token that a method is called with."""
        return "SLACK_APP_TOKEN" if method == "apps.connections.open" else "SLACK_BOT_TOKEN"


def _outcome(error: Exception) -> str:
    failure = translated(error, "")
    if isinstance(failure, Ratelimited):
        return "ratelimited"
    if isinstance(failure, SlackUnreachable):
        return "unreachable"
    code = error.response.get("error") if isinstance(error, SlackApiError) else None
    return code if code in KNOWN else "other"
