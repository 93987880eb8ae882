"""Slack's own OAuth: installing the app in a workspace, and renewing the tokens it has there.

https://docs.slack.dev/authentication/installing-with-oauth and .../using-token-rotation
"""

import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode, urlsplit

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import SlackRefused
from bot.domain.people import BotTokens, Granted
from bot.slack.api_errors import UNREACHABLE, translated

METHOD = "oauth.v2.access"


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

    def authorization(self, state: str) -> str:
        """Return where somebody chooses a workspace and allows the app there."""
        query = {
            "client_id": self._client_id,
            "scope": self._scopes,
            "redirect_uri": self._redirect_uri,
            "state": state,
        }
        return f"{self._authorize}?{urlencode(query)}"

    async def exchange(self, code: str) -> Granted:
        """Return what a code stands for."""
        answer = await self._access(code=code, redirect_uri=self._redirect_uri)
        # For a whole organization there is no team; a workspace of one names its organization beside it.
        holder = answer.get("team") or answer.get("enterprise") or {}
        if not holder.get("id"):
            raise SlackRefused(f"{METHOD}: neither a team nor an enterprise")
        installer = (answer.get("authed_user") or {}).get("id", "")
        return Granted(holder["id"], holder.get("name", ""), installer, _tokens(answer))

    async def refresh(self, token: str) -> BotTokens:
        """Return the tokens that follow; the refresh token is over then."""
        return _tokens(await self._access(grant_type="refresh_token", refresh_token=token))

    async def _access(self, **arguments: str) -> Any:  # noqa: ANN401 (Slack's JSON)
        try:
            return await self._web.oauth_v2_access(
                client_id=self._client_id, client_secret=self._client_secret, **arguments
            )
        except (SlackApiError, *UNREACHABLE) as error:
            raise translated(error, METHOD) from error


def _tokens(answer: Any) -> BotTokens:  # noqa: ANN401 (Slack's JSON)
    access, lasts = answer.get("access_token"), answer.get("expires_in")
    if not access:
        raise SlackRefused(f"{METHOD}: no token of a bot")
    return BotTokens(access, answer.get("refresh_token"), time.time() + lasts if lasts else None)
