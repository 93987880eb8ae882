"""The people of the organisation, and the access tokens they call with."""

import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from bot.demo.knowledge.model import Forbidden, Unauthorized


@dataclass(frozen=True, slots=True)
class User:
    """One account; `id` has 24 hex digits, `email` is lower case."""

    id: str
    email: str
    full_name: str
    role: str = "Member"


SERVICE_USER = User("65f000000000000000000001", "service@example.com", "Knowledge Service", "Admin")
DEMO_USERS = (
    SERVICE_USER,
    User("65f000000000000000000002", "ada@example.com", "Ada Okafor", "Admin"),
    User("65f000000000000000000003", "ben@example.com", "Ben Lindqvist"),
    User("65f000000000000000000004", "chloe@example.com", "Chloé Martin"),
    User("65f000000000000000000005", "dev@example.com", "Dev Patel"),
)


class Users:
    """The directory: who exists, by id, by e-mail address and by search."""

    def __init__(self, users: Iterable[User]) -> None:
        self._by_id = {user.id: user for user in users}
        self._by_email = {user.email.lower(): user for user in self._by_id.values()}

    def named(self, name: str) -> User | None:
        """Return the user with this id or e-mail address."""
        return self._by_id.get(name) or self._by_email.get(name.lower())

    def all(self) -> tuple[User, ...]:
        """Return all users."""
        return tuple(self._by_id.values())

    def with_id(self, user_id: str) -> User | None:
        """Return the user with this id."""
        return self._by_id.get(user_id)

    def matching(self, pattern: str) -> list[User]:
        """Return the users whose name or address matches a regular expression, whatever the case.

        Real servers take the search as an unescaped pattern, so this one does. Raises `re.error`.
        """
        wanted = re.compile(pattern, re.IGNORECASE)
        return [
            user
            for user in self._by_id.values()
            if wanted.search(user.email) or wanted.search(user.full_name)
        ]


SCOPES = frozenset(
    {
        "openid",
        "profile",
        "email",
        "offline_access",
        "conversation:read",
        "conversation:write",
        "conversation:chat",
        "user:read",
        "config:read",
        "kb:read",
        "connector:read",
        "agent:read",
        "agent:execute",
        "semantic:write",
    }
)
PROJECT_SCOPES = frozenset({"project:read", "project:write"})
"""Known to generations that have projects."""
IMPERSONATION = "user:"
REFUSED = "OAUTH_INVALID_TOKEN"
EXPIRED = "OAUTH_EXPIRED_TOKEN"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `scopes` is None for a session, which no scope restricts."""

    user: User
    scopes: frozenset[str] | None = None

    def require(self, *scopes: str) -> None:
        """Raise `Forbidden` unless the token carries every one of `scopes`."""
        missing = [scope for scope in scopes if self.scopes is not None and scope not in self.scopes]
        if missing:
            raise Forbidden(f"Insufficient scope. Required: {', '.join(missing)}")


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An OAuth access token; `expires_at` is in seconds since 1970."""

    user_id: str
    scopes: frozenset[str]
    expires_at: float
    revoked: bool = False


class Tokens:
    """The table of tokens.

    Three kinds are accepted: the fixed ones the server was started with, `user:<id or e-mail>`, and
    OAuth access tokens that were issued. Only the last expire and are held to their scopes.
    """

    def __init__(
        self, users: Users, fixed: Mapping[str, str], clock: Callable[[], float] = time.time
    ) -> None:
        self._users = users
        self._fixed = dict(fixed)
        self._clock = clock
        self._issued: dict[str, AccessToken] = {}

    def issue(self, user_id: str, scopes: frozenset[str], lifetime: float = 3600) -> str:
        """Return a new OAuth access token, valid for `lifetime` seconds."""
        token = f"oauth_{secrets.token_urlsafe(24)}"
        self._issued[token] = AccessToken(user_id, scopes, self._clock() + lifetime)
        return token

    def revoke(self, token: str) -> None:
        """Make an issued token useless; an unknown one is left alone."""
        if known := self._issued.get(token):
            self._issued[token] = replace(known, revoked=True)

    def revoke_all(self, user_id: str) -> None:
        """Make every access token of a user useless."""
        for token, known in self._issued.items():
            if known.user_id == user_id:
                self._issued[token] = replace(known, revoked=True)

    def expire_all(self, user_id: str) -> None:
        """Let every access token of a user expire now, whatever was said of its lifetime."""
        for token, known in self._issued.items():
            if known.user_id == user_id:
                self._issued[token] = replace(known, expires_at=self._clock())

    def identify(self, authorization: str | None) -> Caller:
        """Return who sends this `Authorization` header; raise `Unauthorized` for an unknown one."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthorized("No token provided")
        token = token.strip()
        if issued := self._issued.get(token):
            return self._with_access_token(issued)
        name = (
            token.removeprefix(IMPERSONATION) if token.startswith(IMPERSONATION) else self._fixed.get(token)
        )
        if name is None:
            raise Unauthorized("Invalid token")
        return Caller(self._known(name))

    def _with_access_token(self, token: AccessToken) -> Caller:
        if token.revoked:
            raise Unauthorized("Token has been revoked", REFUSED)
        if token.expires_at <= self._clock():
            raise Unauthorized("Access token has expired", EXPIRED)
        return Caller(self._known(token.user_id), token.scopes)

    def _known(self, name: str) -> User:
        user = self._users.named(name)
        if user is None:
            raise Unauthorized("User not found, please login again")
        return user
