"""PipesHub's OAuth 2: discovery, authorization, tokens, and signing requests with them."""

import asyncio
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Self
from urllib.parse import urlencode, urlsplit

import httpx
import structlog
from pydantic import AliasChoices, Field

from bot.domain.errors import LinkRefused, PipesHubError, SignInRefused
from bot.domain.people import AccountOwner, AccountTokens
from bot.pipeshub.errors import error_from_response, parse_json, unexpected_json_error, unreachable_error
from bot.pipeshub.http import Server
from bot.pipeshub.json_body import JsonBody, LenientModel, as_object, first_text
from bot.pipeshub.requests import Call, Operation

log = structlog.get_logger(__name__)

TokenProvider = Callable[[], Awaitable[str]]
"""Gives the token to use now."""
TokenRenewal = Callable[[str], Awaitable[str]]
"""Takes the token that was refused and gives a new one; raises SignInRefused where it can't."""


class BearerAuth(httpx.Auth):
    """Signs each request with the token of the moment; renews it once on 401 where that is possible."""

    def __init__(self, token: TokenProvider, renew: TokenRenewal | None = None) -> None:
        self._token = token
        self._renew = renew

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign the request, and once more with a renewed token."""
        token = await self._token()
        response = yield _signed(request, token)
        if response.status_code == httpx.codes.UNAUTHORIZED and self._renew is not None:
            yield _signed(request, await self._renew(token))


def fixed_token_auth(token: str) -> BearerAuth:
    """Return the auth of one service identity, whose token never changes."""

    async def current() -> str:
        return token

    return BearerAuth(current)


def _signed(request: httpx.Request, token: str) -> httpx.Request:
    if not token.strip().isascii() or not token.strip().isprintable() or not token.strip():
        raise SignInRefused("the token is empty or holds characters no token has")
    request.headers["Authorization"] = f"Bearer {token.strip()}"
    return request


DOCUMENTS = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
"""Where it says so, in the order in which it is asked; at the server's root, not under `/api/v1`."""

# Every release mounts it there; the documentation's `/oauth/…` was never served.
_DEFAULT_MOUNT = "/oauth2"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of the authorization server."""

    authorization: str
    token: str
    revocation: str
    userinfo: str

    @classmethod
    def from_document(cls, api: str, document: LenientModel) -> Self:
        """Return what a discovery document says, and for what it leaves out where releases have it.

        `api` is the API's address, up to `/api/v1`. An address of another origin counts as left out: codes,
        tokens and the client's secret go to the server that an operator named, and to no other.
        """
        mounted = {
            "authorization_endpoint": "/authorize",
            "token_endpoint": "/token",
            "revocation_endpoint": "/revoke",
            "userinfo_endpoint": "/userinfo",
        }

        def found(name: str) -> str:
            said = first_text(document, name)
            return said if said and _origin(said) == _origin(api) else f"{api}{_DEFAULT_MOUNT}{mounted[name]}"

        return cls(*map(found, mounted))


def server_root(api: str) -> str:
    """Return the server's root, above the API's address."""
    return api.removesuffix("/api/v1")


def _origin(url: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    userless = "@" not in parts.netloc and "\\" not in url
    return (parts.scheme, parts.hostname or "", port) if userless else None


DISCOVER = Operation("GET", "/.well-known")
TOKEN = Operation("POST", "/oauth2/token")
REVOKE = Operation("POST", "/oauth2/revoke")
USERINFO = Operation("GET", "/oauth2/userinfo")

SCOPES = (
    "openid profile email offline_access conversation:read conversation:write conversation:chat "
    "user:read config:read kb:read connector:read agent:read agent:execute semantic:write"
)
"""What people are asked for; without `offline_access` there is no refresh token."""

OAUTH_TIMEOUT = 15.0
"""Seconds for one call; a renewal must end while its lease lasts."""

ENDPOINTS_CACHE_SECONDS = 3600.0
"""Seconds for which the endpoints are remembered."""

DEFAULT_TOKEN_LIFETIME = 3600.0
"""Seconds an access token lasts where the server does not say: PipesHub's default."""


class _TokenResponse(JsonBody):
    access_token: str = Field("", validation_alias=AliasChoices("access_token", "accessToken"))
    refresh_token: str = Field("", validation_alias=AliasChoices("refresh_token", "refreshToken"))
    expires_in: float = Field(
        DEFAULT_TOKEN_LIFETIME, validation_alias=AliasChoices("expires_in", "expiresIn")
    )


class _Userinfo(JsonBody):
    user_id: str = Field("", validation_alias=AliasChoices("user_id", "userId", "sub"))
    email: str = ""


def new_verifier() -> str:
    """Return a new PKCE code verifier, of 64 characters."""
    return secrets.token_urlsafe(48)


def code_challenge(verifier: str) -> str:
    """Return the S256 code challenge of a verifier (RFC 7636 §4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class PipesHubOAuth:
    """The bot as a client of one server's authorization server."""

    def __init__(self, server: Server, client_id: str, client_secret: str, redirect: str) -> None:
        """`redirect` is where people come back to, as it was registered; a public client has no secret."""
        self._server = server
        self._client = {"client_id": client_id} | ({"client_secret": client_secret} if client_secret else {})
        self._redirect = redirect
        self._endpoints: tuple[float, Endpoints] | None = None

    async def authorization_url(self, state: str, verifier: str) -> str:
        """Return the address where a person says that the bot may use their account."""
        asked = {
            "response_type": "code",
            "client_id": self._client["client_id"],
            "redirect_uri": self._redirect,
            "scope": SCOPES,
            "state": state,
            "code_challenge": code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        address = (await self.endpoints()).authorization
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    async def exchange(self, code: str, verifier: str) -> AccountTokens:
        """Return the tokens for a code that came back.

        Raises LinkRefused where the server gives none, or none that last, and PipesHubError.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect}
        try:
            granted = await self._request_tokens(form | {"code_verifier": verifier})
        except PipesHubError as error:
            if error.status is not None and httpx.codes.is_client_error(error.status):
                raise LinkRefused(error.detail, status=error.status) from error
            raise
        if not granted.refresh:
            raise LinkRefused("no refresh token came; let the OAuth client have the scope offline_access")
        return granted

    async def refresh(self, refresh_token: str) -> AccountTokens:
        """Return new tokens; the server lets go of the old ones at once.

        A dead refresh token is refused with 400 or 401, whatever the words. Raises PipesHubError.
        """
        granted = await self._request_tokens({"grant_type": "refresh_token", "refresh_token": refresh_token})
        return (
            granted if granted.refresh else AccountTokens(granted.access, refresh_token, granted.expires_at)
        )

    async def revoke(self, token: str) -> None:
        """Make a token useless. Raises PipesHubError where that could not be asked for."""
        endpoint = (await self.endpoints()).revocation
        await self._send(REVOKE, endpoint, data=self._client | {"token": token})

    async def find_owner(self, access_token: str) -> AccountOwner:
        """Return whose account a token is for: GET /oauth2/userinfo. Raises PipesHubError."""
        endpoint = (await self.endpoints()).userinfo
        call = Call(USERINFO)
        response = await self._send(
            USERINFO,
            endpoint,
            headers={"Authorization": f"Bearer {access_token}", "Accept": "application/json"},
        )
        found = _Userinfo.model_validate(as_object(parse_json(call, response)))
        if not found.user_id:
            raise unexpected_json_error(call)
        return AccountOwner(found.user_id, found.email.strip().lower() or None)

    async def endpoints(self) -> Endpoints:
        """Return where the authorization server answers, asked once an hour.

        A server that does not say is asked where every release answers, and again the next time.
        """
        if self._endpoints is not None and time.monotonic() < self._endpoints[0]:
            return self._endpoints[1]
        for path in DOCUMENTS:
            try:
                response = await self._send(DISCOVER, f"{server_root(self._server.url)}{path}")
                document = as_object(parse_json(Call(DISCOVER), response))
            except PipesHubError as error:
                log.info("pipeshub.discovery_failed", path=path, reason=error.detail)
                continue
            if document:
                found = Endpoints.from_document(self._server.url, document)
                self._endpoints = (time.monotonic() + ENDPOINTS_CACHE_SECONDS, found)
                return found
        return Endpoints.from_document(self._server.url, {})

    async def _request_tokens(self, form: dict[str, str]) -> AccountTokens:
        endpoint = (await self.endpoints()).token
        asked = time.time()
        response = await self._send(TOKEN, endpoint, data=self._client | form)
        call = Call(TOKEN)
        granted = _TokenResponse.model_validate(as_object(parse_json(call, response)))
        if not granted.access_token:
            raise unexpected_json_error(call)
        return AccountTokens(granted.access_token, granted.refresh_token, asked + granted.expires_in)

    async def _send(
        self,
        operation: Operation,
        url: str,
        *,
        data: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request once: what is good once must not be sent twice."""
        call = Call(operation)
        with self._server.meters.pipeshub_call(str(operation), PipesHubError):
            try:
                async with asyncio.timeout(OAUTH_TIMEOUT):
                    response = await self._server.http.request(
                        operation.method, url, data=data, headers=headers, timeout=OAUTH_TIMEOUT
                    )
            except (httpx.RequestError, TimeoutError) as error:
                raise unreachable_error(call, error) from error
            if not response.is_success:
                raise error_from_response(call, response)
        return response
