"""Installing from the bot's own page: whether Slack knows the app. Nothing is installed."""

from collections.abc import Sequence

from slack_sdk.web.async_client import AsyncWebClient

from bot.checks.findings import Finding, fail, note, ok
from bot.domain.errors import SlackError, SlackUnreachable
from bot.flows.installing import INSTALL, REDIRECT
from bot.settings import Settings
from bot.slack.oauth import SlackOAuth

CLIENT = "SLACK_CLIENT_ID"

NO_CODE = "no-code"
"""A code that Slack never gave: what it says of it shows whether it knows the app."""

UNKNOWN = {
    "bad_client_secret": "SLACK_CLIENT_SECRET",
    "invalid_client_id": CLIENT,
}


async def client(web: AsyncWebClient, settings: Settings) -> Sequence[Finding]:
    """Report whether the bot can be installed, as far as that shows without doing it."""
    secret = settings.slack_client_secret
    redirect = f"{settings.public_url or ''}{REDIRECT}"
    oauth = SlackOAuth(
        web,
        (settings.slack_client_id or "", secret.get_secret_value() if secret else ""),
        (),
        redirect,
    )
    found = [await _known(oauth)]
    if settings.public_url is not None:
        says = (
            f"the bot is installed at {settings.public_url}{INSTALL}, and people come back to {redirect}; "
            "the app needs that as a redirect URL"
        )
        found.append(note("PUBLIC_URL", says))
    return found


async def _known(oauth: SlackOAuth) -> Finding:
    try:
        await oauth.exchange(NO_CODE)
    except SlackUnreachable as error:
        return fail(
            "SLACK_API_URL",
            f"Slack does not answer there ({error.detail})",
            "check the address, the network and the proxy",
        )
    except SlackError as error:
        wrong = UNKNOWN.get(error.detail.rpartition(" ")[2])
        if wrong is None:
            return ok(CLIENT, "Slack knows the app, so workspaces can install it")
        return fail(
            wrong,
            f"Slack does not accept it ({error.detail})",
            "copy it from your Slack app's page, Basic Information",
        )
    return note(CLIENT, "Slack gave tokens for a code that is none", "look at what answers there")
