"""A client of a workspace whose token changes while the bot runs."""

from typing import Any, Protocol

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.metrics import Meters
from bot.slack.measured import MeasuredClient

OVER = "token_expired"


class Token(Protocol):
    """Tells the token that is good now. Both raise SlackError."""

    async def __call__(self) -> str:
        """Return the token."""

    async def after(self, refused: str) -> str:
        """Return the token that follows one that Slack calls expired."""


class RenewedClient(MeasuredClient):
    """Signs each call with the token that is good at that moment."""

    def __init__(
        self, meters: Meters, *, token: Token, base_url: str, timeout: int, session: aiohttp.ClientSession
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
            if error.response.get("error") != OVER:
                raise
            self.token = await self._current.after(used)
        return await super().api_call(api_method, **options)

    def _setting(self, method: str) -> str:
        return "SLACK_APP_TOKEN" if method == "apps.connections.open" else "/slack/install"
