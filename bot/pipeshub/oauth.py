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
from bot.domain.people import Owner, Tokens
from bot.pipeshub.errors import json_of, refused, shapeless, unreachable
from bot.pipeshub.http import Server
from bot.pipeshub.json_body import Body, JsonBody, objects, text
from bot.pipeshub.requests import Call, Operation

log = structlog.get_logger(__name__)

Token = Callable[[], Awaitable[str]]
"""Gives the token to use now."""
Renewal = Callable[[str], Awaitable[str]]
"""Takes the token that was refused and gives a new one; raises SignInRefused where it can't."""


class Bearer(httpx.Auth):
    """Signs each request with the token of the moment; renews it once on 401 where that is possible."""

    def __init__(self, token: Token, renew: Renewal | None = None) -> None:
        self._token = token
        self._renew = renew

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign the request, and once more with a renewed token."""
        token = await self._token()
        response = yield _signed(request, token)
        if response.status_code == httpx.codes.UNAUTHORIZED and self._renew is not None:
            yield _signed(request, await self._renew(token))


def fixed(token: str) -> Bearer:
    """Return the auth of one service identity, whose token never changes."""

    async def current() -> str:
        return token

    return Bearer(current)


def _signed(request: httpx.Request, token: str) -> httpx.Request:
    if not token.strip().isascii() or not token.strip().isprintable() or not token.strip():
        raise SignInRefused("the token is empty or holds characters no token has")
    request.headers["Authorization"] = f"Bearer {token.strip()}"
    return request


DOCUMENTS = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
"""Where it says so, in the order in which it is asked; at the server's root, not under `/api/v1`."""

# Every release mounts it there; the documentation's `/oauth/…` was never served.
_MOUNTED = "/oauth2"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of the authorization server."""

    authorization: str
    token: str
    revocation: str
    userinfo: str

    @classmethod
    def of(cls, api: str, document: Body) -> Self:
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
            said = text(document, name)
            return said if said and _origin(said) == _origin(api) else f"{api}{_MOUNTED}{mounted[name]}"

        return cls(*map(found, mounted))


def root(api: str) -> str:
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

PATIENCE = 15.0
"""Seconds for one call; a renewal must end while its lease lasts."""

KEPT = 3600.0
"""Seconds for which the endpoints are remembered."""

LIFETIME = 3600.0
"""Seconds an access token lasts where the server does not say: PipesHub's default."""


class _Granted(JsonBody):
    access_token: str = Field("", validation_alias=AliasChoices("access_token", "accessToken"))
    refresh_token: str = Field("", validation_alias=AliasChoices("refresh_token", "refreshToken"))
    expires_in: float = Field(LIFETIME, validation_alias=AliasChoices("expires_in", "expiresIn"))


class _Userinfo(JsonBody):
    user_id: str = Field("", validation_alias=AliasChoices("user_id", "userId", "sub"))
    email: str = ""


def new_verifier() -> str:
    """Return a new PKCE code verifier, of 64 characters."""
    return secrets.token_urlsafe(48)


def challenge(verifier: str) -> str:
    """Return the S256 code challenge of a verifier (RFC 7636 §4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class OAuth:
    """The bot as a client of one server's authorization server."""

    def __init__(self, server: Server, client_id: str, client_secret: str, redirect: str) -> None:
        """`redirect` is where people come back to, as it was registered; a public client has no secret."""
        self._server = server
        self._client = {"client_id": client_id} | ({"client_secret": client_secret} if client_secret else {})
        self._redirect = redirect
        self._endpoints: tuple[float, Endpoints] | None = None

    async def authorization(self, state: str, verifier: str) -> str:
        """Return the address where a person says that the bot may use their account."""
        asked = {
            "response_type": "code",
            "client_id": self._client["client_id"],
            "redirect_uri": self._redirect,
            "scope": SCOPES,
            "state": state,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        }
        address = (await self.endpoints()).authorization
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    async def exchange(self, code: str, verifier: str) -> Tokens:
        """Return the tokens for a code that came back.

        Raises LinkRefused where the server gives none, or none that last, and PipesHubError.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect}
        try:
            granted = await self._granted(form | {"code_verifier": verifier})
        except PipesHubError as error:
            if error.status is not None and httpx.codes.is_client_error(error.status):
                raise LinkRefused(error.detail, status=error.status) from error
            raise
        if not granted.refresh:
            raise LinkRefused("no refresh token came; let the OAuth client have the scope offline_access")
        return granted

    async def refresh(self, refresh_token: str) -> Tokens:
        """Return new tokens; the server lets go of the old ones at once.

        A dead refresh token is refused with 400 or 401, whatever the words. Raises PipesHubError.
        """
        granted = await self._granted({"grant_type": "refresh_token", "refresh_token": refresh_token})
        return granted if granted.refresh else Tokens(granted.access, refresh_token, granted.expires_at)

    async def revoke(self, token: str) -> None:
        """Make a token useless. Raises PipesHubError where that could not be asked for."""
        endpoint = (await self.endpoints()).revocation
        await self._send(REVOKE, endpoint, data=self._client | {"token": token})

    async def owner(self, access_token: str) -> Owner:
        """Return whose account a token is for: GET /oauth2/userinfo. Raises PipesHubError."""
        endpoint = (await self.endpoints()).userinfo
        call = Call(USERINFO)
        response = await self._send(
            USERINFO,
            endpoint,
            headers={"Authorization": f"Bearer {access_token}", "Accept": "application/json"},
        )
        found = _Userinfo.model_validate(objects(json_of(call, response)))
        if not found.user_id:
            raise shapeless(call)
        return Owner(found.user_id, found.email.strip().lower() or None)

    async def endpoints(self) -> Endpoints:
        """Return where the authorization server answers, asked once an hour.

        A server that does not say is asked where every release answers, and again the next time.
        """
        if self._endpoints is not None and time.monotonic() < self._endpoints[0]:
            return self._endpoints[1]
        for path in DOCUMENTS:
            try:
                response = await self._send(DISCOVER, f"{root(self._server.url)}{path}")
                document = objects(json_of(Call(DISCOVER), response))
            except PipesHubError as error:
                log.info("no discovery", path=path, reason=error.detail)
                continue
            if document:
                found = Endpoints.of(self._server.url, document)
                self._endpoints = (time.monotonic() + KEPT, found)
                return found
        return Endpoints.of(self._server.url, {})

    async def _granted(self, form: dict[str, str]) -> Tokens:
        endpoint = (await self.endpoints()).token
        asked = time.time()
        response = await self._send(TOKEN, endpoint, data=self._client | form)
        call = Call(TOKEN)
        granted = _Granted.model_validate(objects(json_of(call, response)))
        if not granted.access_token:
            raise shapeless(call)
        return Tokens(granted.access_token, granted.refresh_token, asked + granted.expires_in)

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
                async with asyncio.timeout(PATIENCE):
                    response = await self._server.http.request(
                        operation.method, url, data=data, headers=headers, timeout=PATIENCE
                    )
            except (httpx.RequestError, TimeoutError) as error:
                raise unreachable(call, error) from error
            if not response.is_success:
                raise refused(call, response)
        return response
