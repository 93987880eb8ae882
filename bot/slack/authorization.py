"""Who the bot is in the workspace, asked of Slack once."""

from collections.abc import Awaitable, Callable

import structlog
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.api_errors import UNREACHABLE, translated

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
