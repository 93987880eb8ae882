"""Checks of PipesHub: reachable, which generation, the token's scopes, models, and the OAuth client.

No question is asked, and no account is used.
"""

from collections.abc import Iterator, Sequence

import httpx

from bot.checks.findings import Finding, fail, note, ok
from bot.domain.errors import NotAllowed, NotPipesHub, PipesHubError, SignInRefused, TooManyRequests
from bot.flows.accounts.link import CALLBACK_PATH
from bot.pipeshub.catalog import Catalog, ServerGeneration, UserDirectory
from bot.pipeshub.http import NO_RETRIES, Server
from bot.pipeshub.oauth import PipesHubOAuth
from bot.settings import HOW_TO_GET, Settings, secret_value

PIPESHUB_CLIENT = "PIPESHUB_CLIENT_ID"

NO_TOKEN = "no-token"  # noqa: S105 (it opens nothing: that is what it is for)
"""A refresh token that no one has; its refusal shows whether the server knows the client."""


async def account_linking(server: Server, settings: Settings) -> Sequence[Finding]:
    """Report whether people can connect their accounts, as far as that shows without one."""
    redirect = f"{settings.public_url or ''}{CALLBACK_PATH}"
    secret = secret_value(settings.pipeshub_client_secret)
    oauth = PipesHubOAuth(server, settings.pipeshub_client_id or "", secret, redirect)
    found = [await _client(oauth)]
    if settings.public_url is not None:
        says = (
            f"people come back to {redirect}; the OAuth client in PipesHub needs that as a redirect address"
        )
        found.append(note("PUBLIC_URL", says))
    if settings.pipeshub_bearer_auth is not None:
        says = "not used, since everybody asks with an account of their own"
        found.append(note("PIPESHUB_BEARER_AUTH", says, f"remove it, or remove {PIPESHUB_CLIENT}"))
    if settings.allow_email_mismatch:
        says = "people may connect accounts with another e-mail address than they have in Slack"
        found.append(note("ALLOW_EMAIL_MISMATCH", says, "remove it unless that is meant"))
    return found


async def _client(oauth: PipesHubOAuth) -> Finding:
    try:
        await oauth.refresh(NO_TOKEN)
    except PipesHubError as error:
        if error.status == httpx.codes.UNAUTHORIZED:
            return fail(
                PIPESHUB_CLIENT,
                f"the server does not know this client, or not with this secret ({error.detail})",
                "copy PIPESHUB_CLIENT_ID and PIPESHUB_CLIENT_SECRET from the OAuth client in PipesHub",
            )
        if error.status == httpx.codes.BAD_REQUEST:
            return ok(PIPESHUB_CLIENT, "the server answers this client, so people can connect their accounts")
        return fail(
            PIPESHUB_CLIENT,
            f"no tokens can be had from the server ({error.detail})",
            "check that it is of v0.3.0 or later, and that /api/v1/oauth2/token can be reached",
        )
    return note(
        PIPESHUB_CLIENT, "the server gave tokens for a token that is none", "look at what answers there"
    )


URL, TOKEN = "PIPESHUB_SERVER_URL", "PIPESHUB_BEARER_AUTH"

UNUSED_ADDRESS = "unused@example.invalid"
"""An address that no user has (RFC 2606)."""

AGUI_MODES = {"agent", "internal_search", "web_search"}
"""The modes that streams take from v0.6 on; the bot asks in `internal_search` where another is refused."""

ANSWERS_PLAINLY = {ServerGeneration.DOCUMENTED, ServerGeneration.PLAIN, ServerGeneration.UNKNOWN}


async def reachable(catalog: Catalog) -> Finding:
    """Report whether anything answers, and how it says that it is."""
    try:
        unhealthy = await catalog.unhealthy_services()
    except PipesHubError as error:
        says = f"nothing answers there ({error.detail})"
        return fail(URL, says, "check the address, the network and the proxy")
    if unhealthy is None:
        return note(URL, "the server answers, but does not say how it is (GET /health)")
    if unhealthy:
        says = f"the server answers, and says it is not well: {', '.join(unhealthy)}"
        return note(URL, says, "look at its own log")
    return ok(URL, "the server answers, and says it is well")


async def bearer_token(catalog: Catalog) -> tuple[ServerGeneration | None, Finding]:
    """Return the generation of the server, None where its conversations cannot be read, with the reason."""
    try:
        generation = await catalog.generation()
    except SignInRefused as error:
        says = f"the server does not accept it ({error.detail}); it may have expired"
        return None, fail(TOKEN, says, HOW_TO_GET[TOKEN])
    except NotAllowed as error:
        mend = "let it have the scopes conversation:read, conversation:write and conversation:chat"
        return None, fail(TOKEN, f"it may not read conversations ({error.detail})", mend)
    except NotPipesHub as error:
        says = f"something else than PipesHub's API answers there ({error.detail})"
        return None, fail(URL, says, "set it to the address that /api/v1 stands under")
    except TooManyRequests as error:
        says = f"the server asks to slow down ({error.detail})"
        return None, note(URL, says, "check again in a minute")
    except PipesHubError as error:
        says = f"conversations cannot be listed ({error.detail})"
        return None, fail(URL, says, "look at the server's own log")
    return generation, ok(TOKEN, "the server accepts it, and lists conversations")


def server_generation(found: ServerGeneration, settings: Settings) -> Iterator[Finding]:
    """Report the generation of the server, and settings that do not suit it."""
    if found is ServerGeneration.UNKNOWN:
        yield note("PipesHub's generation", "the server does not tell; the first answer shows it to the bot")
    else:
        yield ok("PipesHub's generation", found)
    mode = settings.pipeshub_chat_mode
    if found is ServerGeneration.AGUI and mode not in AGUI_MODES:
        says = f"this server does not know {mode}, so questions are asked in internal_search"
        yield note("PIPESHUB_CHAT_MODE", says, f"set it to one of {', '.join(sorted(AGUI_MODES))}")
    if not settings.pipeshub_streaming and found not in ANSWERS_PLAINLY:
        says = "this server only streams, so whole answers are taken from its streams"
        yield note("PIPESHUB_STREAMING", says)


async def models(catalog: Catalog, wanted: str | None) -> Finding:
    """Report the models, and whether the one that is set is among them."""
    found = await catalog.models()
    if not found:
        return note(
            "PipesHub's models",
            "none are told, so nobody can choose one",
            "let the token have the scope config:read, or set up a model in PipesHub",
        )
    if wanted is not None and wanted not in {each.key for each in found}:
        available = ", ".join(f"{each.key} ({each.label})" for each in found)
        # The server takes any key, and falls back to its first model without a word.
        return note("PIPESHUB_MODEL_KEY", "no model of the server has this key", f"choose one of {available}")
    return ok("PipesHub's models", ", ".join(each.label for each in found))


async def user_lookup(server: Server, auth: httpx.Auth) -> Finding:
    """Report whether people can be looked up, which sharing needs."""
    try:
        await UserDirectory(server, auth, NO_RETRIES).find_by_emails([UNUSED_ADDRESS])
    except PipesHubError as error:
        return note(
            "PipesHub's users",
            f"cannot be looked up ({error.detail}), so nothing can be shared",
            "let the token have the scope user:read",
        )
    return ok("PipesHub's users", "can be looked up, for sharing")
