"""PipesHub's OAuth 2: discovery, authorization, tokens, and signing requests with them."""

import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from urllib.parse import urlencode, urlsplit

import httpx
import structlog
from cachetools import TTLCache
from pydantic import AliasChoices, Field

from bot.domain.errors import LinkRefused, PipesHubError, SignInRefused, TooManyRequests
from bot.domain.people import AccountOwner, AccountTokens
from bot.pipeshub.errors import parse_json, unexpected_json_error
from bot.pipeshub.http import API_PATH, Server
from bot.pipeshub.json_body import JsonObject, LenientModel, as_object, first_text
from bot.pipeshub.limits import MAX_BODY, unpack
from bot.pipeshub.requests import Call, Operation

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BearerAuth(httpx.Auth):
    """Signs each request with the current token; renews it once on 401 where that is possible.

    `token` returns the current token. `renew` takes the token that was refused and returns a new one; it
    raises SignInRefused where there is none.
    """

    token: Callable[[], Awaitable[str]]
    renew: Callable[[str], Awaitable[str]] | None = None

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign the request, and once more with a renewed token."""
        token = await self.token()
        response = yield _signed(request, token)
        if response.status_code == httpx.codes.UNAUTHORIZED and self.renew is not None:
            unpack(response, "a refused token", MAX_BODY)  # httpx reads it before it sends the next request
            yield _signed(request, await self.renew(token))


def fixed_token_auth(token: str) -> BearerAuth:
    """Return the auth of one service identity, whose token never changes."""

    async def current() -> str:
        return token

    return BearerAuth(current)


def _signed(request: httpx.Request, token: str) -> httpx.Request:
    token = token.strip()
    if not (token and token.isascii() and token.isprintable()):
        raise SignInRefused("the token is empty or holds characters no token has")
    request.headers["Authorization"] = f"Bearer {token}"
    return request


DISCOVERY_PATHS = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
"""Where servers publish their endpoints, in the order they are asked; at the root, not under `/api/v1`."""

# Where every release has them; the documentation's `/oauth/…` was never served.
_DEFAULT_PATHS = {
    "authorization_endpoint": "/oauth2/authorize",
    "token_endpoint": "/oauth2/token",
    "revocation_endpoint": "/oauth2/revoke",
    "userinfo_endpoint": "/oauth2/userinfo",
}


def read_endpoints(api: str, document: JsonObject) -> dict[str, str]:
    """Return the addresses that a discovery document says, and the default where it leaves one out.

    `api` is the API's address, up to `/api/v1`. An address of another origin counts as left out: codes,
    tokens and the client's secret go only to the server that the operator named.
    """
    found = {name: f"{api}{path}" for name, path in _DEFAULT_PATHS.items()}
    for name in found:
        published = first_text(document, name)
        if published and _origin(published) == _origin(api):
            found[name] = published
    return found


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
"""What people are asked to allow; without `offline_access` there is no refresh token."""

OAUTH_TIMEOUT = 15.0  # seconds for one call; a renewal must end before its lease does
ENDPOINTS_CACHE_SECONDS = 3600.0  # seconds for which the endpoints are remembered
DEFAULT_TOKEN_LIFETIME = 3600.0
"""Seconds an access token lasts where the server does not say: PipesHub's default."""


class _TokenResponse(LenientModel):
    access_token: str = Field("", validation_alias=AliasChoices("access_token", "accessToken"))
    refresh_token: str = Field("", validation_alias=AliasChoices("refresh_token", "refreshToken"))
    expires_in: float = Field(
        DEFAULT_TOKEN_LIFETIME, validation_alias=AliasChoices("expires_in", "expiresIn")
    )


class _Userinfo(LenientModel):
    user_id: str = Field("", validation_alias=AliasChoices("user_id", "userId", "sub"))
    email: str = ""


def new_verifier() -> str:
    """Return a new PKCE code verifier, of 64 characters."""
    return secrets.token_urlsafe(48)


def code_challenge(verifier: str) -> str:
    """Return the S256 code challenge of a verifier (RFC 7636 §4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class PipesHubOAuth:
    """The bot as an OAuth client of one server.

    `redirect_uri` is where people come back to, as it was registered; a public client has no secret. Every
    request is sent once: codes and refresh tokens are good for one use.
    """

    server: Server
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    _endpoints: TTLCache[str, dict[str, str]] = field(
        default_factory=lambda: TTLCache(maxsize=1, ttl=ENDPOINTS_CACHE_SECONDS), init=False, repr=False
    )

    async def authorization_url(self, state: str, verifier: str) -> str:
        """Return the address where a person allows the bot to use their account."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": SCOPES,
            "state": state,
            "code_challenge": code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        address = await self._endpoint("authorization_endpoint")
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"

    async def exchange(self, code: str, verifier: str) -> AccountTokens:
        """Return the tokens for a code. Raises PipesHubError; LinkRefused where none come that last."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        try:
            granted = await self._request_tokens(form | {"code_verifier": verifier})
        except PipesHubError as error:
            # The limit of the token endpoint (429) is passing: it says nothing of the code.
            passing = isinstance(error, TooManyRequests)
            if not passing and error.status is not None and httpx.codes.is_client_error(error.status):
                raise LinkRefused(error.detail, status=error.status) from error
            raise
        if not granted.refresh:
            raise LinkRefused("no refresh token came; let the OAuth client have the scope offline_access")
        return granted

    async def refresh(self, refresh_token: str) -> AccountTokens:
        """Return new tokens; the server invalidates the old ones at once.

        An invalid refresh token is refused with 400 or 401, with varying texts. Raises PipesHubError.
        """
        granted = await self._request_tokens({"grant_type": "refresh_token", "refresh_token": refresh_token})
        return granted if granted.refresh else replace(granted, refresh=refresh_token)

    async def revoke(self, token: str) -> None:
        """Make a token useless. Raises PipesHubError where the request fails."""
        endpoint = await self._endpoint("revocation_endpoint")
        await self._send(Call(REVOKE), endpoint, data=self._client | {"token": token})

    async def find_owner(self, access_token: str) -> AccountOwner:
        """Return whose account a token is for: GET /oauth2/userinfo. Raises PipesHubError."""
        call, endpoint = Call(USERINFO), await self._endpoint("userinfo_endpoint")
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        found = _Userinfo.model_validate(await self._fetch(call, endpoint, headers=headers))
        if not found.user_id:
            raise unexpected_json_error(call)
        return AccountOwner(found.user_id, found.email.strip().lower() or None)

    async def _endpoint(self, name: str) -> str:
        """Return an address of the authorization server, asked once an hour; until it tells, the default."""
        known = self._endpoints.get(self.server.url)
        if known is not None:
            return known[name]
        root = self.server.url.removesuffix(API_PATH)
        for path in DISCOVERY_PATHS:
            try:
                document = await self._fetch(Call(DISCOVER), f"{root}{path}")
            except PipesHubError as error:
                log.info("pipeshub.discovery_failed", path=path, reason=error.detail)
                continue
            if document:
                found = read_endpoints(self.server.url, document)
                self._endpoints[self.server.url] = found
                return found[name]
        return f"{self.server.url}{_DEFAULT_PATHS[name]}"

    @property
    def _client(self) -> dict[str, str]:
        secret = {"client_secret": self.client_secret} if self.client_secret else {}
        return {"client_id": self.client_id} | secret

    async def _request_tokens(self, form: dict[str, str]) -> AccountTokens:
        call, endpoint = Call(TOKEN), await self._endpoint("token_endpoint")
        asked_at = time.time()
        granted = _TokenResponse.model_validate(await self._fetch(call, endpoint, data=self._client | form))
        if not granted.access_token:
            raise unexpected_json_error(call)
        return AccountTokens(granted.access_token, granted.refresh_token, asked_at + granted.expires_in)

    async def _fetch(self, call: Call, url: str, **content: dict[str, str]) -> JsonObject:
        return as_object(parse_json(call, await self._send(call, url, **content)))

    async def _send(
        self,
        call: Call,
        url: str,
        *,
        data: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        request = self.server.http.build_request(
            call.operation.method, url, data=data, headers=headers, timeout=OAUTH_TIMEOUT
        )
        with self.server.meters.pipeshub_call(str(call.operation), PipesHubError):
            return await self.server.send(call, request, OAUTH_TIMEOUT)
