"""Where a PipesHub server's authorization server answers."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from bot.pipeshub.frames import Body, text

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
