"""Slack's Web API, with every call counted: the one place that all of them pass through."""

from typing import Any

import aiohttp
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
    STREAM_OVER,
    STREAMING,
    TOO_RICH,
    UNREACHABLE,
    Ratelimited,
    translated,
)

# A server that is not Slack may say anything: what is not known is counted as "other".
SIGN_IN = {"invalid_auth", "not_authed", "token_expired"}
VIEWS = {"expired_trigger_id", "hash_conflict", "not_found", "trigger_expired"}
ELSE = {"method_not_supported_for_channel_type", "no_permission", "restricted_action", "user_not_found"}
KNOWN = GONE | NOT_OFFERED | NOT_THERE | STREAM_OVER | STREAMING | TOO_RICH | SIGN_IN | VIEWS | ELSE


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

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:  # noqa: ANN401 (slack-sdk's)
        """Make a call as slack-sdk does, and count it."""
        outcome = "cancelled"
        try:
            response = await super().api_call(api_method, **options)
            outcome = "ok"
        except (SlackApiError, *UNREACHABLE) as error:
            outcome = _outcome(error)
            raise
        finally:
            self._meters.slack_calls.labels(api_method, outcome).inc()
        return response


def _outcome(error: Exception) -> str:
    failure = translated(error, "")
    if isinstance(failure, Ratelimited):
        return "ratelimited"
    if isinstance(failure, SlackUnreachable):
        return "unreachable"
    code = error.response.get("error") if isinstance(error, SlackApiError) else None
    return code if code in KNOWN else "other"
