"""The OAuth 2 authorization server: who asked for access, who allowed it, and what came of it."""

import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from urllib.parse import urlencode

from bot.demo.knowledge.model import Invalid
from bot.demo.knowledge.users import SCOPES, Tokens, User

CODE_LIFETIME = 600.0
"""Seconds; a code is good for ten minutes, and once."""

REFRESH_LIFETIME = 30 * 86_400.0


class OAuthError(Exception):
    """A refusal in the words of RFC 6749, which the API's other errors do not share."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status

    def body(self) -> dict[str, object]:
        """Return the JSON body of the refusal."""
        return {"error": self.error, "error_description": self.description}


@dataclass(frozen=True, slots=True)
class Client:
    """A registered application; a public one has no secret."""

    id: str
    secret: str | None
    redirects: tuple[str, ...]
    name: str = "PipesHub in Slack"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asked a person for; `challenge` is empty without PKCE."""

    client: Client
    redirect: str
    scopes: frozenset[str]
    state: str
    challenge: str

    def back(self, **said: str) -> str:
        """Return the address at the client that tells it what came of its request."""
        return (
            f"{self.redirect}{'&' if '?' in self.redirect else '?'}{urlencode({**said, 'state': self.state})}"
        )


@dataclass(frozen=True, slots=True)
class _Grant:
    """What a code or a refresh token stands for, until `expires_at`; `gone` says that it was used."""

    asked: Asked
    user_id: str
    expires_at: float
    gone: bool = False


class Authorizer:
    """Keeps requests, codes and refresh tokens; `lifetime` is that of access tokens, in seconds."""

    def __init__(
        self,
        clients: Iterable[Client],
        tokens: Tokens,
        lifetime: float,
        clock: Callable[[], float] = time.time,
        scopes: frozenset[str] = SCOPES,
    ) -> None:
        self._clients = {each.id: each for each in clients}
        self._tokens = tokens
        self._clock = clock
        self._requests: dict[str, Asked] = {}
        self._codes: dict[str, _Grant] = {}
        self._refreshing: dict[str, _Grant] = {}
        self._given: dict[str, tuple[str, ...]] = {}
        self._scopes = scopes
        self.lifetime = lifetime

    def ask(self, query: Mapping[str, str]) -> str:
        """Note what a client asks for and return the name of the request.

        Raises OAuthError and Invalid where no one can be sent back to the client.
        """
        client = self._clients.get(query.get("client_id", ""))
        if client is None:
            raise OAuthError("invalid_client", "Unknown client", 401)
        if query.get("redirect_uri", "") not in client.redirects:
            raise OAuthError("invalid_request", "Invalid redirect_uri")
        if not query.get("state"):
            raise Invalid("state is required")
        if query.get("response_type") != "code":
            raise OAuthError("unsupported_response_type", "Only response_type=code is supported")
        scopes = frozenset(query.get("scope", "").split())
        if not scopes or not scopes <= self._scopes:
            raise OAuthError("invalid_scope", f"Invalid scopes: {' '.join(sorted(scopes - self._scopes))}")
        challenge = query.get("code_challenge", "")
        if challenge and query.get("code_challenge_method") != "S256":
            raise OAuthError("invalid_request", "Only code_challenge_method=S256 is supported")
        if not challenge and client.secret is None:
            raise OAuthError("invalid_request", "PKCE is required for public clients")
        name = secrets.token_urlsafe(16)
        self._requests[name] = Asked(client, query["redirect_uri"], scopes, query["state"], challenge)
        return name

    def asked(self, request: str) -> Asked | None:
        """Return what a request asks for, None where it is answered or was never made."""
        return self._requests.get(request)

    def allow(self, request: str, user: User) -> str:
        """Let a client in for a person and return where that leads. Raises KeyError as `asked` is None."""
        asked = self._requests.pop(request)
        code = secrets.token_urlsafe(24)
        self._codes[code] = _Grant(asked, user.id, self._clock() + CODE_LIFETIME)
        return asked.back(code=code)

    def deny(self, request: str) -> str:
        """Keep a client out and return where that leads. Raises KeyError as `asked` is None."""
        return self._requests.pop(request).back(
            error="access_denied", error_description="The user denied the request"
        )

    def grant(self, form: Mapping[str, str]) -> dict[str, object]:
        """Return the tokens for a code or a refresh token. Raises OAuthError and Invalid."""
        client = self._client(form)
        match form.get("grant_type"):
            case "authorization_code":
                return self._for_code(client, form)
            case "refresh_token":
                return self._for_refresh(client, form.get("refresh_token", ""))
            case None:
                raise Invalid("grant_type is required")
        raise OAuthError("unsupported_grant_type", "Unsupported grant type")

    def revoke(self, form: Mapping[str, str]) -> None:
        """Make a token useless, of either kind; an unknown one is left alone. Raises OAuthError."""
        client = self._client(form)
        token = form.get("token", "")
        known = self._refreshing.get(token)
        if known is None or known.asked.client == client:
            self._end(token)

    def withdraw(self, user_id: str) -> None:
        """Take every client's access to a person's account away, as the person can in PipesHub."""
        self._tokens.revoke_all(user_id)
        for token, grant in self._refreshing.items():
            if grant.user_id == user_id:
                self._refreshing[token] = replace(grant, gone=True)

    def _client(self, form: Mapping[str, str]) -> Client:
        client = self._clients.get(form.get("client_id", ""))
        if client is None or not hmac.compare_digest(
            (client.secret or "").encode(), form.get("client_secret", "").encode()
        ):
            raise OAuthError("invalid_client", "Invalid client credentials", 401)
        return client

    def _for_code(self, client: Client, form: Mapping[str, str]) -> dict[str, object]:
        code = form.get("code", "")
        grant = self._codes.get(code)
        if grant is None or grant.asked.client != client:
            raise OAuthError("invalid_grant", "Invalid authorization code")
        if grant.gone:
            # Who sends a code again may have stolen it, so what it gave is taken back.
            for token in self._given.pop(code, ()):
                self._end(token)
            raise OAuthError("invalid_grant", "Invalid authorization code")
        self._codes[code] = replace(grant, gone=True)
        if grant.expires_at <= self._clock():
            raise OAuthError("invalid_grant", "Authorization code has expired")
        if form.get("redirect_uri") != grant.asked.redirect:
            raise OAuthError("invalid_grant", "Invalid redirect_uri")
        if grant.asked.challenge and _challenge(form.get("code_verifier", "")) != grant.asked.challenge:
            raise OAuthError("invalid_grant", "Invalid code_verifier")
        granted = self._granted(grant)
        given = (granted["access_token"], granted.get("refresh_token"))
        self._given[code] = tuple(str(each) for each in given if each)
        return granted

    def _end(self, token: str) -> None:
        """Make a token useless, of either kind."""
        self._tokens.revoke(token)
        if known := self._refreshing.get(token):
            self._refreshing[token] = replace(known, gone=True)

    def _for_refresh(self, client: Client, token: str) -> dict[str, object]:
        grant = self._refreshing.get(token)
        # Real servers say `server_error` here, and not `invalid_grant`.
        if grant is None or grant.asked.client != client:
            raise OAuthError("server_error", "Invalid refresh token")
        if grant.gone:
            raise OAuthError("server_error", "Refresh token has been revoked")
        if grant.expires_at <= self._clock():
            raise OAuthError("server_error", "Refresh token has expired")
        self._refreshing[token] = replace(grant, gone=True)
        return self._granted(grant)

    def _granted(self, grant: _Grant) -> dict[str, object]:
        scopes = grant.asked.scopes
        granted: dict[str, object] = {
            "access_token": self._tokens.issue(grant.user_id, scopes, self.lifetime),
            "token_type": "Bearer",
            "expires_in": int(self.lifetime),
            "scope": " ".join(sorted(scopes)),
        }
        if "offline_access" in scopes:
            token = secrets.token_urlsafe(32)
            expires_at = self._clock() + REFRESH_LIFETIME
            self._refreshing[token] = replace(grant, expires_at=expires_at, gone=False)
            granted["refresh_token"] = token
        return granted


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
