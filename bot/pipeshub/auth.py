"""Who asks: a bearer token on every request."""

from collections.abc import AsyncGenerator, Awaitable, Callable

import httpx

from bot.domain.errors import SignInRefused

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
