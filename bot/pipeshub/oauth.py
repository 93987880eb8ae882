"""OAuth 2: accounts that people let the bot use, by authorization code with PKCE (RFC 6749, RFC 7636)."""

import asyncio
import secrets
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import urlencode

import httpx
import structlog
from pydantic import AliasChoices, Field

from bot.domain.errors import LinkRefused, PipesHubError
from bot.domain.people import Owner, Tokens
from bot.pipeshub.discovery import DOCUMENTS, Endpoints, root
from bot.pipeshub.failures import json_of, refused, shapeless, unreachable
from bot.pipeshub.frames import objects
from bot.pipeshub.operations import Call, Operation
from bot.pipeshub.server import Server
from bot.pipeshub.tolerance import Body

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

log = structlog.get_logger(__name__)


class _Granted(Body):
    access_token: str = Field("", validation_alias=AliasChoices("access_token", "accessToken"))
    refresh_token: str = Field("", validation_alias=AliasChoices("refresh_token", "refreshToken"))
    expires_in: float = Field(LIFETIME, validation_alias=AliasChoices("expires_in", "expiresIn"))


class _Userinfo(Body):
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
