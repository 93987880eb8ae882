"""Accounts of people's own: whether PipesHub knows the bot as an OAuth client. Nobody is signed in."""

from collections.abc import Sequence

import httpx

from bot.checks.findings import Finding, fail, note, ok
from bot.domain.errors import PipesHubError
from bot.flows.linking import CALLBACK
from bot.pipeshub.http import Server
from bot.pipeshub.oauth import OAuth
from bot.settings import Settings

CLIENT = "PIPESHUB_CLIENT_ID"

NO_TOKEN = "no-token"  # noqa: S105 (it opens nothing: that is what it is for)
"""A refresh token that nobody has: what the server says of it shows whether it knows the client."""


async def linking(server: Server, settings: Settings) -> Sequence[Finding]:
    """Report whether people can connect their accounts, as far as that shows without one."""
    secret = settings.pipeshub_client_secret
    redirect = f"{settings.public_url or ''}{CALLBACK}"
    oauth = OAuth(
        server, settings.pipeshub_client_id or "", secret.get_secret_value() if secret else "", redirect
    )
    found = [await _client(oauth)]
    if settings.public_url is not None:
        says = (
            f"people come back to {redirect}; the OAuth client in PipesHub needs that as a redirect address"
        )
        found.append(note("PUBLIC_URL", says))
    if settings.pipeshub_bearer_auth is not None:
        says = "not used, since everybody asks with an account of their own"
        found.append(note("PIPESHUB_BEARER_AUTH", says, f"remove it, or remove {CLIENT}"))
    if settings.allow_email_mismatch:
        says = "people may connect accounts with another e-mail address than they have in Slack"
        found.append(note("ALLOW_EMAIL_MISMATCH", says, "remove it unless that is meant"))
    return found


async def _client(oauth: OAuth) -> Finding:
    try:
        await oauth.refresh(NO_TOKEN)
    except PipesHubError as error:
        if error.status == httpx.codes.UNAUTHORIZED:
            return fail(
                CLIENT,
                f"the server does not know this client, or not with this secret ({error.detail})",
                "copy PIPESHUB_CLIENT_ID and PIPESHUB_CLIENT_SECRET from the OAuth client in PipesHub",
            )
        if error.status == httpx.codes.BAD_REQUEST:
            return ok(CLIENT, "the server answers this client, so people can connect their accounts")
        return fail(
            CLIENT,
            f"no tokens can be had from the server ({error.detail})",
            "check that it is of v0.3.0 or later, and that /api/v1/oauth2/token can be reached",
        )
    return note(CLIENT, "the server gave tokens for a token that is none", "look at what answers there")
